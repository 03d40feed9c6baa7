"""A backfill's gate: what is whole needs no task, one log-in a run, and a busy server is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from exchange_sync.errors import IntegrationFault, MailboxFault, Reason, Retriable
from exchange_sync.pipeline.backfill import read_window, verdict
from exchange_sync.pipeline.backfill_gate import enter, look
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.load import load

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.integration.pipeline.test_backfill import SINCE, UNTIL, damage
from tests.support.mail import mail

REFUSED = IntegrationFault("refused", Reason("invalid_exchange_credentials", "HTTP 401", "Check the password."))
DENIED = MailboxFault("no right", Reason("mailbox_access_denied", "ErrorAccessDenied", "Give the right."))


@pytest.fixture
def world(world: World) -> World:
    """Two mailboxes of three emails each, synced."""
    for place, address in enumerate((SUPPORT, CLAIMS)):
        for number in range(3):
            inbox = world.exchange.folder(address, "Inbox")
            world.exchange.deliver(address, inbox, mail(10 * place + number))
        world.sync(address)
    world.exchange.calls.clear()
    world.context.run = "window"
    return world


def always(world: World, error: Exception, of: str | None = None, at: str | None = None) -> None:
    def strike(operation: str, ids: Sequence[str]) -> None:
        if (at is None or operation == at) and (of is None or of in ids):
            raise error

    world.exchange.fault = strike


def waits(world: World) -> list[float]:
    """How long the integration, then each mailbox by address, is left alone, in seconds; 0: not at all."""
    rows = world.rows("SELECT not_before FROM integrations")
    rows += world.rows("SELECT not_before FROM mailboxes ORDER BY address")
    now = world.context.clock()
    return [max(0.0, (row["not_before"] - now).total_seconds()) if row["not_before"] else 0.0 for row in rows]


def test_a_window_that_is_whole_names_no_mailbox_and_says_what_was_compared(world: World) -> None:
    assert look(world.context, SINCE, UNTIL, "gate") == []
    assert verdict(world.context, []).note == "6 compared, 0 missing fetched, 0 mended, 0 gone"
    assert world.exchange.count("probe") == 1
    assert world.rows("SELECT 1 FROM batches WHERE run = 'window' AND closed_at IS NULL") == []


@pytest.mark.parametrize(("lost", "address"), [(11, CLAIMS), (1, SUPPORT)])
def test_with_something_missing_all_mailboxes_are_named_and_their_tasks_fetch_it(
    world: World, lost: int, address: str
) -> None:
    damage(world, lost)
    assert look(world.context, SINCE, UNTIL, "gate") == [CLAIMS, SUPPORT]
    for number, box in enumerate((CLAIMS, SUPPORT)):
        result = read_window(world.context, box, SINCE, UNTIL, f"task-{number}")
        assert bool(result.ref) == (box == address)
        if result.ref:
            load(world.context, box, enrich(world.context, clean(world.context, result.ref)))
    assert verdict(world.context, []).note == "6 compared, 1 missing fetched, 0 mended, 0 gone"
    assert look(world.context, SINCE, UNTIL, "again") == []


def test_entering_logs_in_and_compares_nothing(world: World) -> None:
    assert enter(world.context) == [CLAIMS, SUPPORT]
    assert [call[0] for call in world.exchange.calls] == ["probe"]


def test_an_email_that_has_gone_is_noted_by_the_gate_itself(world: World) -> None:
    item = world.rows("SELECT item_id FROM origins ORDER BY id LIMIT 1")[0]["item_id"]
    world.exchange.delete(SUPPORT, str(item))
    assert look(world.context, SINCE, UNTIL, "gate") == []
    assert verdict(world.context, []).note == "5 compared, 0 missing fetched, 0 mended, 1 gone"


def test_what_the_time_does_not_suffice_for_is_left_to_tasks(world: World) -> None:
    context = world.make_context(list_seconds=1e-9)
    assert look(context, SINCE, UNTIL, "gate") == [CLAIMS, SUPPORT]
    assert world.exchange.count("find") == 0


def test_a_refused_log_in_is_one_attempt_and_no_further_window_tries_before_the_live_sync_got_in(world: World) -> None:
    always(world, REFUSED)
    with pytest.raises(IntegrationFault, match="refused"):
        look(world.context, SINCE, UNTIL, "gate")
    assert [call[0] for call in world.exchange.calls] == ["probe"]
    assert world.rows("SELECT consecutive_failures AS n FROM integrations") == [{"n": 1}]

    for number in range(20):
        other = world.make_context()
        other.run = f"window {number}"
        with pytest.raises(Retriable, match="its live sync tries first") as waiting:
            look(other, SINCE, UNTIL, f"gate-{number}")
        assert waiting.value.after == 60
        other.db.close()
    assert world.exchange.count("probe") == 1, "twenty windows more, and no attempt"


def test_a_mailbox_that_may_not_be_read_is_named_for_its_own_task_to_tell(world: World) -> None:
    always(world, DENIED, of=SUPPORT, at="find")
    assert look(world.context, SINCE, UNTIL, "gate") == [CLAIMS, SUPPORT]
    always(world, DENIED, of=CLAIMS, at="probe")
    assert look(world.context, SINCE, UNTIL, "again") == [CLAIMS, SUPPORT], "the one that was asked first"
    assert enter(world.context) == [CLAIMS, SUPPORT]
    assert world.rows("SELECT consecutive_failures AS n FROM integrations") == [{"n": 0}]


def test_a_server_that_asked_to_be_left_alone_is_not_connected_to(world: World) -> None:
    soon = world.context.clock() + timedelta(minutes=10)
    world.rows("UPDATE integrations SET not_before = %s RETURNING 1", soon)
    for attempt in (
        lambda: look(world.context, SINCE, UNTIL, "gate"),
        lambda: read_window(world.context, SUPPORT, SINCE, UNTIL, "task"),
    ):
        with pytest.raises(Retriable, match="asked to be left alone until") as waiting:
            attempt()
        assert 590 < waiting.value.after <= 600
    assert world.exchange.calls == []


def test_a_mailbox_that_waits_is_left_alone_by_gate_and_task_and_the_others_are_compared(world: World) -> None:
    soon = world.context.clock() + timedelta(minutes=10)
    world.rows("UPDATE mailboxes SET not_before = %s WHERE address = %s RETURNING 1", soon, SUPPORT)
    assert look(world.context, SINCE, UNTIL, "gate") == [CLAIMS, SUPPORT]
    with pytest.raises(Retriable, match="the mailbox asked to be left alone"):
        read_window(world.context, SUPPORT, SINCE, UNTIL, "task")
    assert not any(SUPPORT in str(call) for call in world.exchange.calls)


def test_a_wait_that_a_server_asks_a_backfill_for_holds_for_the_live_sync_too(world: World) -> None:
    always(world, Retriable("busy", 300, code="ErrorServerBusy"), of=SUPPORT)
    with pytest.raises(Retriable, match="busy"):
        read_window(world.context, SUPPORT, SINCE, UNTIL, "task")
    assert [seconds > 290 for seconds in waits(world)] == [False, False, True]
    always(world, Retriable("busy", 300, whole_server=True, code="ErrorServerBusy"), at="find")
    with pytest.raises(Retriable, match="busy"):
        look(world.context, SINCE, UNTIL, "gate")
    assert [seconds > 290 for seconds in waits(world)] == [True, False, True]
