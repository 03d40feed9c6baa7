"""What persists is disabled at its level; what passes by itself never is (issue 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from exchange_sync.errors import IntegrationFault, MailboxFault, Reason, Retriable
from exchange_sync.pipeline import failing
from exchange_sync.store import incidents

from tests.integration.failing.conftest import BACKFILL, LIVE, Plant
from tests.support.mail import mail
from tests.support.memory_exchange import MemoryExchange, MemorySource

A, B = "a@acme.example", "b@acme.example"
LOGIN = IntegrationFault("refused", Reason("invalid_exchange_credentials", "HTTP 401", "Check the password."))
GONE = MailboxFault("b is gone", Reason("mailbox_removed", "ErrorAccountDisabled", "Restore it, or remove it here."))
BUSY = Retriable("busy", 5.0, whole_server=True, code="ErrorServerBusy")


@pytest.fixture
def exchange() -> MemoryExchange:
    made = MemoryExchange()
    for address in (A, B):
        made.add_mailbox(address)
        made.deliver(address, made.folder(address, "Inbox"), mail(1 if address == A else 2))
    return made


@pytest.fixture
def plant(exchange: MemoryExchange, make_plant: Callable[..., Plant]) -> Plant:
    return make_plant(lambda: MemorySource(exchange), [A, B])


def always(error: Exception, *, of: str | None = None, at: str | None = None) -> Callable[[str, Sequence[str]], None]:
    """A fault that raises at an operation (any), for a mailbox (any)."""

    def strike(operation: str, ids: Sequence[str]) -> None:
        if (at is None or operation == at) and (of is None or of in ids):
            raise error

    return strike


def test_three_failed_runs_disable_the_integration_and_pause_its_dags(exchange: MemoryExchange, plant: Plant) -> None:
    exchange.fault = always(LOGIN)
    for _ in range(2):
        assert plant.run().failed
        assert plant.row["enabled"]
        assert not plant.switch.turns  # a red run alone pauses nothing
    plant.run()
    row = plant.row
    assert (row["enabled"], row["disabled_reason"], row["pause_confirmed_at"]) == (False, "sync_error", plant.now)
    assert plant.switch.paused == {LIVE: True, BACKFILL: True}
    [incident] = plant.incidents()
    assert (incident["level"], incident["kind"], incident["action"]) == (
        "integration", "invalid_exchange_credentials", "integration_disabled"
    )  # fmt: skip
    assert incident["since"] < incident["opened_at"]  # type: ignore[operator]
    assert [(row["event"], row["recipient"]) for row in plant.messages()] == [("opened", "ann@acme.example")]


def test_a_success_between_failures_starts_the_count_again(exchange: MemoryExchange, plant: Plant) -> None:
    for fault in (LOGIN, LOGIN, None, LOGIN, LOGIN):
        exchange.fault = always(fault) if fault else lambda operation, ids: None
        plant.run()
    assert (plant.row["enabled"], plant.row["consecutive_failures"]) == (True, 2)
    assert not plant.incidents()


def test_throttling_and_time_outs_never_count_nor_reset(exchange: MemoryExchange, plant: Plant) -> None:
    exchange.fault = always(LOGIN)
    plant.run()
    plant.run()
    exchange.fault = always(BUSY)
    for _ in range(5):
        assert not plant.run().failed
    assert (plant.row["enabled"], plant.row["consecutive_failures"]) == (True, 2)
    exchange.fault = always(LOGIN)
    plant.run()
    assert plant.row["enabled"] is False


def test_a_mailbox_that_the_server_cuts_short_neither_counts_nor_resets(exchange: MemoryExchange, plant: Plant) -> None:
    cut = Retriable("busy", 5.0, code="ErrorServerBusy")
    for fault in (GONE, GONE, cut, cut):
        exchange.fault = always(fault, of=B, at="folders")
        plant.run()
        assert plant.box(B)["enabled"]
    assert plant.box(B)["consecutive_failures"] == 2
    exchange.fault = always(GONE, of=B)
    plant.run()
    assert plant.box(B)["enabled"] is False


def test_a_run_in_which_the_server_gave_nothing_resets_nothing(exchange: MemoryExchange, plant: Plant) -> None:
    """The log-in works, and each mailbox is cut short: the bucket that was full may still be."""
    plant.configure([A, B], quota_emails=1)
    exchange.deliver(A, exchange.folder(A, "Inbox"), mail(3))
    plant.run()
    plant.run()
    assert plant.row["consecutive_failures"] == 2
    exchange.fault = always(Retriable("busy", 5.0, code="ErrorServerBusy"), at="folders")
    assert not plant.run().failed
    assert plant.row["consecutive_failures"] == 2
    exchange.fault = lambda operation, ids: None
    plant.run()
    assert (plant.row["enabled"], plant.row["disabled_reason"]) == (False, "quota")


def test_runs_beside_each_other_are_stopped_each_for_itself(plant: Plant) -> None:
    """A live run and those of a backfill: the second one's refusal must not free the first one's tasks."""
    for name in ("one", "two", "one"):
        with plant.context(name) as context:
            incidents.stop(context.db, context.row["id"], name)
    for name in ("one", "two"):
        with plant.context(name) as context, pytest.raises(failing.Stopped):
            failing.may_connect(context)
    with plant.context("three") as context:
        failing.may_connect(context)
    for number in range(100):
        incidents.stop(plant.db, str(plant.row["id"]), f"later-{number}")
    assert len(plant.row["stopped_runs"]) == 50  # type: ignore[arg-type]
    assert plant.row["stopped_runs"][-1] == "later-99"  # type: ignore[index]


def test_a_wrong_mailbox_is_disabled_alone_and_the_others_are_synced(exchange: MemoryExchange, plant: Plant) -> None:
    exchange.fault = always(GONE, of=B)
    for _ in range(3):
        outcome = plant.run()
        assert not outcome.failed
        assert f"failed: {B}" in outcome.note
        assert any("Restore it" in line for line in plant.log)
    assert (plant.box(B)["enabled"], plant.box(B)["disabled_reason"]) == (False, "sync_error")
    assert plant.row["enabled"]
    assert plant.box(A)["enabled"]
    assert not plant.switch.turns
    [incident] = plant.incidents()
    assert (incident["level"], incident["kind"], incident["action"]) == (
        "mailbox",
        "mailbox_removed",
        "mailbox_disabled",
    )
    assert plant.comments() == 1
    exchange.deliver(A, exchange.folder(A, "Inbox"), mail(3))
    plant.run()
    assert plant.comments() == 2
    assert len(plant.messages()) == 1


def test_with_its_last_mailbox_the_integration_is_disabled(exchange: MemoryExchange, plant: Plant) -> None:
    exchange.fault = always(
        MailboxFault("no right", Reason("mailbox_access_denied", "E", "Give the right.")), at="folders"
    )
    for _ in range(3):
        assert plant.run().failed
    assert plant.row["disabled_reason"] == "sync_error"
    assert plant.switch.paused[LIVE]
    assert [(one["level"], one["kind"]) for one in plant.incidents()] == [
        ("mailbox", "mailbox_access_denied"), ("mailbox", "mailbox_access_denied"),
        ("integration", "all_mailboxes_disabled"),
    ]  # fmt: skip

    exchange.fault = lambda operation, ids: None
    plant.enable()

    assert plant.box(A)["enabled"]
    assert plant.box(B)["enabled"]
    plant.run()
    assert plant.comments() == 2
    assert all(one["closed_at"] for one in plant.incidents())


def test_a_full_bucket_disables_with_the_reason_quota_and_half_loads_nothing(
    exchange: MemoryExchange, plant: Plant
) -> None:
    plant.configure([A, B], quota_emails=1)
    exchange.deliver(A, exchange.folder(A, "Inbox"), mail(3))
    for _ in range(3):
        assert plant.run().failed
    assert (plant.row["enabled"], plant.row["disabled_reason"]) == (False, "quota")
    assert [one["kind"] for one in plant.incidents()] == ["comment_quota_hit"]
    assert plant.comments() == 1  # that of the other mailbox; nothing of the part that would have passed the quota

    plant.configure([A, B], quota_emails=10)
    plant.enable()
    plant.run()
    assert plant.comments() == 3


def test_after_the_first_refused_log_in_no_further_task_of_the_run_connects(
    exchange: MemoryExchange, plant: Plant
) -> None:
    exchange.fault = always(LOGIN, at="folders")  # the password changed after the gate
    plant.run()
    assert exchange.count("folders") == 1
    assert plant.box(A)["consecutive_failures"] == plant.box(B)["consecutive_failures"] == 0
    assert plant.row["consecutive_failures"] == 1


def test_a_task_that_is_cleared_and_fails_again_counts_as_one_run(exchange: MemoryExchange, plant: Plant) -> None:
    exchange.fault = always(GONE, of=B)
    with plant.context("same") as context:
        for number in range(4):
            plant._mailbox(context, B, f"batch-{number}")
    assert (plant.box(B)["consecutive_failures"], plant.box(B)["enabled"]) == (1, True)


def test_once_mended_and_enabled_the_sync_goes_on_where_it_stopped(exchange: MemoryExchange, plant: Plant) -> None:
    plant.run()
    before = plant.box(A)["generation"]
    exchange.fault = always(LOGIN)
    for _ in range(4):
        plant.run()
    exchange.deliver(A, exchange.folder(A, "Inbox"), mail(5))
    exchange.fault = lambda operation, ids: None
    exchange.calls.clear()

    plant.switch.paused[LIVE] = False  # a person unpauses in Airflow
    plant.run()

    assert plant.row["enabled"]
    assert plant.comments() == 3
    assert exchange.asked("mimes") == 1  # what arrived meanwhile, and nothing twice
    assert plant.box(A)["generation"] == before + 1  # type: ignore[operator]
    [incident] = plant.incidents()
    assert incident["closed_at"]
    assert [row["event"] for row in plant.messages()] == ["opened", "recovered"]
