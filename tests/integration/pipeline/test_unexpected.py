"""Any exception has a consequence (decision 65): at each call of the pipeline into another package one is raised.

Once: the other mail is loaded, and nothing is lost. Always: somebody is told. When it stops, all mail is there.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

import pytest
from exchange_sync.errors import ExchangeSyncError
from exchange_sync.model.config import Filters, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.gate import decide
from exchange_sync.pipeline.sync import sync_mailbox
from exchange_sync.pipeline.verdict import verdict

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import mail
from tests.support.striking import SECRET, Site, Striker, sites

ALWAYS = 1_000_000
CONFIGURED = IntegrationConfig(
    "acme", "exchange", "exchange_acme",
    mailboxes=(
        MailboxConfig(SUPPORT, "acme", "mail", attachments="all", filters=Filters(domain_deny=("payroll.example",))),
        MailboxConfig(CLAIMS, "acme", "mail"),
    ),
)  # fmt: skip
REFUSED = b"Message-ID: <refused@x>\r\nFrom: eve@payroll.example\r\nSubject: s\r\n\r\nx"
NAMELESS = b"From: bob@x.example\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\nSubject: nameless\r\n\r\nx"


def fill(world: World) -> None:
    """Mail of every kind: plain, with files, large, nameless, refused, a draft, copies, in two mailboxes."""
    world.configure(CONFIGURED)
    for address in (SUPPORT, CLAIMS):
        inbox = world.exchange.folder(address, "Inbox")
        for number in range(3):
            world.exchange.deliver(address, inbox, mail(number))
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(7), size=10_000_000)
    world.exchange.deliver(SUPPORT, inbox, mail(8), is_draft=True)
    world.exchange.deliver(SUPPORT, inbox, NAMELESS)
    world.exchange.deliver(SUPPORT, inbox, REFUSED)


def run(world: World, number: int) -> list[str]:
    """As a run of the DAG goes: the gate, the mailboxes, the verdict; what was raised, by its text."""
    world.context.run = f"run {number}"
    world.context.__dict__.pop("row", None)  # each task of a run reads it anew
    raised = []
    try:
        due = decide(world.context).mailboxes
    except ExchangeSyncError as error:
        return [str(error)]
    states = {}
    for address in due:
        try:
            sync_mailbox(world.context, address)
            states[address] = "success"
        except ExchangeSyncError as error:
            raised.append(str(error))
            states[address] = "failed"
    try:
        verdict(world.context, states)
    except Exception as error:  # noqa: BLE001 - the verdict's task is red then, and Airflow shows it
        raised.append(type(error).__name__)
    return raised


def comments(world: World) -> set[object]:
    return {row["message_id"] for row in world.rows("SELECT message_id FROM comments")}


def told(world: World) -> list[dict[str, object]]:
    """What somebody would see: errors, incidents, the quarantine."""
    return world.rows(
        """SELECT last_error ->> 'code' AS what FROM mailboxes WHERE last_error IS NOT NULL
        UNION ALL SELECT last_error ->> 'code' FROM integrations WHERE last_error IS NOT NULL
        UNION ALL SELECT kind FROM incidents UNION ALL SELECT code FROM quarantine"""
    )


def time_passes(world: World) -> None:
    """Whoever waits may be asked again, and the quarantine is tried again."""
    world.rows("UPDATE mailboxes SET not_before = NULL, change_mark = NULL RETURNING 1")
    world.rows("UPDATE integrations SET not_before = NULL RETURNING 1")
    world.rows("UPDATE origins SET state = 'pending', reason = NULL WHERE state = 'quarantined' RETURNING 1")


def reached(make_world: Callable[[], World]) -> tuple[Striker, list[Site], set[object]]:
    """The sites that two runs lead through, and the mail that a world without strikes ends with."""
    striker = Striker(sites("pipeline"))
    world = make_world()
    fill(world)
    run(world, 0)  # Great Expectations and pandas are imported: their own calls are not the pipeline's
    world = make_world()
    fill(world)
    with striker.recording():
        assert run(world, 1) == []
        time_passes(world)
        assert run(world, 2) == []
    return striker, sorted(striker.reached), comments(world)


def strike(make_world: Callable[[], World], striker: Striker, site: Site, whole: set[object]) -> None:
    """Once, and always: with what must hold after each."""
    world = make_world()
    fill(world)
    with striker.striking(site, 1) as struck:
        raised = run(world, 1)
    if struck[0]:
        assert raised or told(world) or comments(world) == whole, f"{site}: one strike, and nobody knows"
        assert not raised or told(world) or comments(world), f"{site}: a red task, and nothing to be seen beside it"
    time_passes(world)
    run(world, 2)
    time_passes(world)
    run(world, 3)
    assert comments(world) == whole, f"{site}: not all mail is there after one strike"
    world.close()

    world = make_world()
    fill(world)
    with striker.striking(site, ALWAYS) as struck:
        raised = [text for number in range(3) for text in (time_passes(world), run(world, number))[1]]
    if struck[0]:
        assert told(world) or raised or comments(world) == whole, f"{site}: struck always, and nobody is told"
        assert not world.rows("SELECT 1 FROM mailboxes WHERE NOT enabled"), f"{site}: it switched a mailbox off"
        assert not world.rows("SELECT 1 FROM integrations WHERE NOT enabled"), f"{site}: it switched all off"
    assert SECRET not in str((raised, told(world))), f"{site}: what the exception said is told"
    for number in range(3):
        time_passes(world)
        run(world, 10 + number)
    assert comments(world) == whole, f"{site}: not all mail is there once it stopped"
    time_passes(world)
    run(world, 20)
    assert not world.rows("SELECT kind FROM incidents WHERE closed_at IS NULL"), f"{site}: its incident stays open"
    world.close()


@pytest.mark.long
def test_any_exception_has_a_consequence(make_world: Callable[[], World], caplog: pytest.LogCaptureFixture) -> None:
    """EXCHANGE_SYNC_STRIKES: every n-th site only; 1 takes all of them."""
    caplog.set_level(logging.ERROR)
    every = int(os.environ.get("EXCHANGE_SYNC_STRIKES", "12"))
    striker, found, whole = reached(make_world)
    assert len(found) >= 50, found
    assert len(whole) == 5
    failed = []
    for site in found[::every]:
        try:
            strike(make_world, striker, site, whole)
        except AssertionError as error:
            failed.append(str(error))
        except Exception as error:  # noqa: BLE001 - whatever comes out is a fault of the pipeline, of this site
            failed.append(f"{site}: {type(error).__name__} came out of a run: {error}")
    assert not failed, f"{len(failed)} of {len(found[::every])} sites:\n" + "\n".join(failed)
    assert SECRET not in caplog.text
