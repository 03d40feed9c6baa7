"""Authentication, access and version do not change what becomes of mail: the same comments from the same seeds.

Every authentication meets every version, and accesses alternate so that each meets both: all pairs of the three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from exchange_simulator.seeds import firm, oddities
from exchange_simulator.seeds.people import MAILBOXES
from exchange_simulator.testing import Running, running
from exchange_sync.model.config import IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.sync import sync_mailbox
from exchange_sync.source.factory import open_source

from tests.contract.source.logins import SCHEMES, connect
from tests.integration.pipeline.conftest import World

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
VERSIONS = ("2010-rtm", "2010", "2013", "2016", "2019", "se", "online")
ACCESSES = ("impersonation", "delegate")
CELLS = [
    (authentication, ACCESSES[(a + v) % 2], version)
    for (a, authentication), (v, version) in product(enumerate(SCHEMES), enumerate(VERSIONS))
]
QUICK = {
    ("basic", "impersonation", "2010-rtm"),
    ("ntlm", "impersonation", "2010"),
    ("oauth_secret", "impersonation", "online"),
}
_EXPECTED: list[dict[str, object]] = []
SHOWN = (
    "SELECT id, message_id, conflict, timestamp, user_properties, messages, attachments, quoted, sender, sent_at, size,"
    " problems FROM comments ORDER BY id"
)


def small_firm(version: str, scheme: str) -> Iterator[Running]:
    """Every kind of odd mail once, in the firm's four mailboxes."""
    with running(exchange=version, schemes=(scheme,), password="p:a%ß") as made:
        for person in MAILBOXES.values():
            made.store.add_mailbox(person.address, person.name)
        firm.deliver_all(made.store, [kind(AT, f"matrix-{number}") for number, (kind, _) in enumerate(oddities.ALL)])
        yield made


def comments(world: World, simulator: Running, authentication: str, access: str) -> list[dict[str, object]]:
    """What a sync of the four mailboxes makes of them."""
    boxes = tuple(MailboxConfig(person.address, "acme", "mail") for person in MAILBOXES.values())
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes))
    connection = connect(simulator, authentication, access=access)
    world.context.source_factory = lambda _: open_source(connection)
    for box in boxes:
        sync_mailbox(world.context, box.address)
    return world.rows(SHOWN)


@pytest.fixture
def expected(make_world: Callable[[], World]) -> list[dict[str, object]]:
    """By Basic and impersonation, from Exchange 2016; once a run."""
    if not _EXPECTED:
        for simulator in small_firm("2016", "basic"):
            _EXPECTED.extend(comments(make_world(), simulator, "basic", "impersonation"))
    return _EXPECTED


@pytest.mark.parametrize(
    ("authentication", "access", "version"),
    [pytest.param(*cell, marks=() if cell in QUICK else pytest.mark.long) for cell in CELLS],
)
def test_the_same_seeds_give_the_same_comments(
    make_world: Callable[[], World], expected: list[dict[str, object]],
    authentication: str, access: str, version: str,
) -> None:  # fmt: skip
    for simulator in small_firm(version, SCHEMES[authentication]):
        found = comments(make_world(), simulator, authentication, access)
        assert simulator.control.counts()["refused"] == {}
    assert len(expected) >= 10
    assert found == expected


def test_the_cells_hold_every_pair() -> None:
    pairs = {(i, j, cell[i], cell[j]) for cell in CELLS for i, j in ((0, 1), (0, 2), (1, 2))}
    assert len(CELLS) >= 15
    assert len(pairs) == len(SCHEMES) * 2 + len(SCHEMES) * len(VERSIONS) + 2 * len(VERSIONS)
    assert set(CELLS) >= QUICK
