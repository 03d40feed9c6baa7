"""What was erased never comes back; another mail under its Message-ID is not what was erased (decision 64)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from exchange_sync.model.identity import comment_id
from exchange_sync.pipeline.erase import erase
from exchange_sync.pipeline.explain import explain

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.integration.pipeline.test_odd_mail import shown, states

NAME = "<scan@mfp.example>"
FIRST = "Mon, 02 Nov 2026 09:00:00 +0000"


def scan(date: str, text: str, subject: str = "Scan") -> bytes:
    return (
        f"Message-ID: {NAME}\r\nFrom: mfp@firm.example\r\nTo: a@firm.example\r\nSubject: {subject}\r\n"
        f"{f'Date: {date}' if date else 'X-No: date'}\r\n\r\n{text}"
    ).encode()


def deliver(world: World, mail: bytes, address: str = SUPPORT) -> None:
    world.exchange.deliver(address, world.exchange.folder(address, "Inbox"), mail)


@pytest.fixture
def erased(world: World) -> World:
    """A mailbox whose one mail was loaded and erased."""
    deliver(world, scan(FIRST, "Invoice 100"))
    world.sync()
    assert erase(world.settings, world.db, "acme/mail", [comment_id(NAME)], world.context.clock, "op") == 1
    return world


@pytest.mark.parametrize(
    "back",
    [
        lambda world: deliver(world, scan(FIRST, "Invoice 100"), CLAIMS),
        lambda world: deliver(world, scan(FIRST, "Invoice 100\n\n_____\nfirm mailing list", "[firm] Scan"), CLAIMS),
        lambda world: deliver(world, scan("Mon, 02 Nov 2026 09:01:30 +0000", "Invoice 100"), CLAIMS),
    ],
    ids=["a copy", "by a list", "sent once more"],
)
def test_what_was_erased_does_not_come_back(erased: World, back: Callable[[World], None]) -> None:
    back(erased)
    erased.sync(CLAIMS)
    erased.sync()
    assert shown(erased) == []
    assert states(erased) == {"skipped: erased": 2}


@pytest.mark.parametrize("runs", [1, 2])
def test_another_mail_under_the_erased_message_id_is_a_comment_of_its_own(erased: World, runs: int) -> None:
    deliver(erased, scan("Fri, 13 Nov 2026 10:00:00 +0000", "Contract 200"))
    for _ in range(runs):
        erased.sync()
    deliver(erased, scan("Fri, 13 Nov 2026 10:00:00 +0000", "Contract 200"), CLAIMS)
    erased.sync(CLAIMS)
    assert shown(erased) == [("Scan", "Contract 200")]
    assert states(erased) == {"loaded": 2, "skipped: erased": 1}
    told = " ".join(explain(erased.db, NAME))
    assert "mail under its Message-ID that was not sent 2026-11-02 09:00:00 UTC is another" in told


def test_that_one_can_be_erased_too_and_stays_away_while_the_next_is_loaded(erased: World) -> None:
    second, third = "Fri, 13 Nov 2026 10:00:00 +0000", "Sat, 14 Nov 2026 10:00:00 +0000"
    deliver(erased, scan(second, "Contract 200"))
    erased.sync()
    (row,) = erased.rows("SELECT id FROM comments")
    erase(erased.settings, erased.db, "acme/mail", [str(row["id"])], erased.context.clock, "op")
    deliver(erased, scan(second, "Contract 200"), CLAIMS)
    deliver(erased, scan(third, "Receipt 300"), CLAIMS)
    erased.sync(CLAIMS)
    assert shown(erased) == [("Scan", "Receipt 300")]


def test_an_id_erased_before_its_email_was_seen_keeps_all_of_them_away(world: World) -> None:
    """Nothing is known of the email that is meant."""
    erase(world.settings, world.db, "acme/mail", [comment_id(NAME)], world.context.clock, "op")
    deliver(world, scan(FIRST, "Invoice 100"))
    deliver(world, scan("Fri, 13 Nov 2026 10:00:00 +0000", "Contract 200"))
    world.sync()
    assert shown(world) == []
