"""Secrets appear nowhere but in the connection: not in logs, exceptions, results, staging, blobs, database or export.

After a full working and a full failing run by each authentication, everything that was written is searched for every
form of every secret. The search proves itself on leaks that are planted.
"""

from __future__ import annotations

import base64
import io
import logging
import pickle
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote

import pytest
from exchange_simulator.seeds import firm, oddities
from exchange_simulator.seeds.people import MAILBOXES
from exchange_simulator.testing import Running, running
from exchange_sync.errors import ExchangeSyncError
from exchange_sync.model.config import IntegrationConfig, MailboxConfig
from exchange_sync.pipeline import export
from exchange_sync.pipeline.check import check
from exchange_sync.pipeline.gate import decide
from exchange_sync.pipeline.sync import sync_mailbox
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.contract.source.logins import SCHEMES, connect
from tests.integration.pipeline.conftest import World
from tests.integration.pipeline.test_logins_matrix import AT

SECRET = "M4rk:er%ß"
BOXES = tuple(person.address for person in MAILBOXES.values())[:2]


def forms(simulator: Running, connection: ExchangeConnection) -> set[bytes]:
    """Every form in which a secret of the connection may show."""
    login = f"{simulator.username}:{SECRET}".encode()
    found = {SECRET.encode(), quote(SECRET, safe="").encode(), SECRET.encode("unicode_escape"), base64.b64encode(login)}
    for pem in (connection.private_key, connection.client_certificate):
        found |= {line.encode() for line in (pem or "").splitlines()[1:4]}  # of the key, which comes first
    return found | {token.encode() for token in simulator.simulator.bearer._tokens}


def leaks(secrets: Iterable[bytes], written: dict[str, bytes]) -> list[str]:
    """Where a secret was found."""
    return [place for place, content in written.items() if any(secret in content for secret in secrets)]


def everything(world: World, told: list[object], log: str) -> dict[str, bytes]:
    """All that a run has written, by place."""
    exported = io.StringIO()
    export.write(world.db, exported)
    written = {"log": log.encode(), "export": exported.getvalue().encode(), "results": repr(told).encode()}
    tables = world.rows(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
    )
    for table in tables:
        written[f"table {table['name']}"] = repr(world.rows(f'SELECT * FROM "{table["name"]}"')).encode()
    for url in (world.settings.blob_url, world.settings.staging_url):
        for file in Path(url.removeprefix("file://")).rglob("*"):
            if file.is_file():
                written[str(file)] = file.read_bytes()
    return written


def run(world: World, connection: ExchangeConnection, told: list[object]) -> int:
    """Gate, sync and check; what they say, and what they raise with all its causes. Returns how many failed."""
    world.context.source_factory = lambda _: open_source(connection)
    failed = 0
    for step in (lambda: decide(world.context), *[lambda box=box: sync_mailbox(world.context, box) for box in BOXES]):
        try:
            told.append(step())
        except ExchangeSyncError as error:
            failed += 1
            told += [str(error), "".join(traceback.format_exception(error)), pickle.dumps(error)]
    told += [str(line) for line in check(connection, list(BOXES))] + [repr(connection), str(connection)]
    return failed


@pytest.mark.parametrize(
    "authentication",
    [pytest.param(one, marks=() if one in ("basic", "oauth_certificate") else pytest.mark.long) for one in SCHEMES],
)
def test_no_secret_is_written_by_a_working_or_a_failing_run(
    make_world: Callable[[], World], caplog: pytest.LogCaptureFixture, authentication: str
) -> None:
    world = make_world()
    boxes = tuple(MailboxConfig(address, "acme", "mail") for address in BOXES)
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes))
    with running(schemes=(SCHEMES[authentication],), password=SECRET) as simulator, caplog.at_level(logging.DEBUG):
        for person in MAILBOXES.values():
            simulator.store.add_mailbox(person.address, person.name)
        firm.deliver_all(simulator.store, [kind(AT, f"leak-{n}") for n, (kind, _) in enumerate(oddities.ALL[:4])])
        connection = connect(simulator, authentication)
        told: list[object] = []
        assert run(world, connection, told) == 0
        assert world.rows("SELECT id FROM comments")
        if authentication == "client_certificate":
            simulator.store.accounts.remove(simulator.username)
        else:
            simulator.control.set_account(simulator.username, "another")
            simulator.simulator.bearer._keys.clear()
        secrets = forms(simulator, connection)
        assert run(world, connection, told) > 0
        secrets |= forms(simulator, connection)
    written = everything(world, told, caplog.text)
    assert len(written) > 15
    assert leaks(secrets, written) == []
    for place in written:  # planted, each place and each form is found
        for secret in secrets:
            assert leaks(secrets, {**written, place: written[place] + b" " + secret + b" "}) == [place]


def test_an_idle_poll_costs_one_log_in_and_two_requests(make_world: Callable[[], World]) -> None:
    world = make_world()
    one = (MailboxConfig(BOXES[0], "acme", "mail"),)
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=one))
    with running(schemes=("ntlm",), password=SECRET) as simulator:
        simulator.store.add_mailbox(BOXES[0], "Support")
        world.context.source_factory = lambda _: open_source(connect(simulator, "ntlm"))
        for _ in range(2):  # the first makes the mailbox known, the second finds nothing
            decide(world.context)
            sync_mailbox(world.context, BOXES[0])
        simulator.control.clear_calls()
        simulator.control.clear_authentication()
        assert decide(world.context).mailboxes == []
        assert [call["operation"] for call in simulator.control.calls()] == ["GetFolder", "FindFolder"]
        assert simulator.control.authentication()["attempts"] == 1


def test_a_first_connection_with_oauth_is_one_token_and_one_request() -> None:
    with running(schemes=("bearer",), password=SECRET) as simulator:
        simulator.store.add_mailbox(BOXES[0], "Support")
        source = open_source(connect(simulator, "oauth_secret"))
        source.probe(BOXES[0])
        source.close()
        assert simulator.simulator.bearer.issued == 1
        assert [call["operation"] for call in simulator.control.calls()] == ["GetFolder"]
        assert simulator.control.authentication()["attempts"] == 1
