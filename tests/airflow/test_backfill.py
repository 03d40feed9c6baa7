"""The backfill DAG: its windows, and what each outcome of the pipeline does to a run (design decision 4)."""

from __future__ import annotations

import sys
import types
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from exchange_sync.errors import IntegrationFault, MailboxFault, Reason, Retriable, Superseded

from tests.airflow.fakes import FakePipeline, install

ROOT = Path(__file__).resolve().parents[2]
A, B = "a@acme.example", "b@acme.example"
DAY = datetime(2026, 11, 20, tzinfo=UTC)
BUSY = Retriable("the server is busy", 0.0, code="ErrorServerBusy")
DISABLED = IntegrationFault(
    "acme/mail is disabled (sync_error): nothing was re-read", Reason("integration_disabled", "disabled", "Enable it.")
)
DENIED = MailboxFault("b@acme.example may not be read", Reason("access", "ErrorAccessDenied", "Give it the right."))


@dataclass
class FakeBackfill(FakePipeline):
    """windows: what was re-read, by mailbox. passing: errors that come once only, by step and mailbox."""

    windows: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    passing: dict[Any, Exception] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)


@pytest.fixture
def parse(airflow_database: Path, integrations: Callable[..., Path]) -> Callable[..., Any]:
    def bag(*names: str) -> Any:
        from airflow.dag_processing.dagbag import DagBag

        integrations(*names)
        return DagBag(dag_folder=str(ROOT / "dags" / "exchange_integrations.py"))

    return bag


@pytest.fixture
def run(parse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeBackfill], Any]:
    from exchange_sync.orchestrate import backfill

    monkeypatch.setattr(backfill, "FIRST_WAIT", timedelta(0))

    def run_once(fake: FakeBackfill) -> Any:
        install(monkeypatch, fake)
        _install_backfill(monkeypatch, fake)
        dag = parse("acme/mail").dags["exchange_backfill.acme.mail"]
        for task in dag.tasks:  # dag.test() starts retries at once
            task.retry_exponential_backoff = 0
        return dag.test(logical_date=DAY)

    return run_once


def _install_backfill(monkeypatch: pytest.MonkeyPatch, fake: FakeBackfill) -> None:
    def look(context: Any, since: datetime, until: datetime, batch_id: str) -> list[str]:
        fake.step("gate", context.integration)
        return fake.due

    def read_window(context: Any, mailbox: str, since: datetime, until: datetime, batch_id: str) -> Any:
        fake.windows.append((mailbox, since, until))
        error = fake.passing.pop(("read_window", mailbox), None)
        if error:
            raise error
        fake.step("read_window", mailbox, batch_id, context.run)
        return types.SimpleNamespace(ref=None if mailbox in fake.idle else f"{mailbox}/fetched", counts={})

    def verdict(context: Any, unfinished: list[str]) -> Any:
        fake.step("verdict", context.integration, context.run)
        fake.unfinished = list(unfinished)
        return types.SimpleNamespace(note="412 compared, 3 missing fetched, 1 mended, 0 gone", failed=bool(unfinished))

    for name, contents in (
        ("backfill_gate", {"look": look, "enter": look}),
        ("backfill", {"read_window": read_window, "verdict": verdict}),
    ):  # fmt: skip
        made = types.ModuleType(f"exchange_sync.pipeline.{name}")
        made.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, made.__name__, made)


def states(run: Any) -> dict[str, dict[str, str]]:
    """Of each task the states of its instances, by label."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for instance in run.get_task_instances():
        label = instance.rendered_map_index or str(instance.map_index)
        found[instance.task_id.removeprefix("mailbox.")][label] = str(instance.state)
    return dict(found)


def test_each_integration_has_a_backfill_dag_beside_its_live_one(parse: Callable[..., Any]) -> None:
    found = parse("acme/mail", "globex/support-2")
    assert not found.import_errors
    assert sorted(found.dags) == [
        "exchange.acme.mail", "exchange.globex.support-2", "exchange_backfill.acme.mail",
        "exchange_backfill.globex.support-2",
    ]  # fmt: skip
    dag = found.dags["exchange_backfill.acme.mail"]
    assert (dag.max_active_runs, dag.catchup) == (2, False)
    assert "exchange_backfill.acme.mail" in dag.doc_md


def test_a_run_rereads_its_data_interval_and_every_mailbox_goes_all_the_way(run: Callable[..., Any]) -> None:
    fake = FakeBackfill()
    done = run(fake)
    assert str(done.state) == "success"
    before = DAY - timedelta(days=1)  # triggered by hand, Airflow gives a run the last day that was over
    assert (done.data_interval_start, done.data_interval_end) == (before, DAY)
    assert sorted(fake.windows) == [(A, before, DAY), (B, before, DAY)]
    for step in ("read_window", "clean", "enrich", "load"):
        assert fake.called(step) == [A, B], step
        assert states(done)[step] == {A: "success", B: "success"}, step


def test_the_scheduler_gives_windows_of_a_day_to_a_backfill_over_a_span(parse: Callable[..., Any]) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagSerialization.from_dict(DagSerialization.to_dict(parse("acme/mail").dags["exchange_backfill.acme.mail"]))
    found = [info.data_interval for info in dag.iter_dagrun_infos_between(DAY, DAY + timedelta(days=2))]
    assert [(each.start, each.end) for each in found] == [
        (DAY + timedelta(days=n), DAY + timedelta(days=n + 1)) for n in range(3)
    ]


def test_where_every_mailbox_is_whole_no_task_of_them_starts_and_the_run_is_green(run: Callable[..., Any]) -> None:
    fake = FakeBackfill(due=[])
    done = run(fake)
    assert str(done.state) == "success"
    assert states(done)["read_window"] == {"-1": "skipped"}
    assert fake.windows == []
    assert fake.called("verdict")


def test_the_verdict_waits_for_the_gate_and_for_the_first_task_of_every_mailbox(parse: Callable[..., Any]) -> None:
    """In a run that is run again the last task of a group may have no instance to wait for."""
    for name, dag in parse("acme/mail").dags.items():
        first = "mailbox.read_window" if name.startswith("exchange_backfill") else "mailbox.extract"
        assert dag.get_task("verdict").upstream_task_ids == {"gate", first, "mailbox.load"}, name


def test_a_mailbox_without_later_instances_is_compared_and_one_without_the_first_is_not() -> None:
    from exchange_sync.orchestrate.backfill import unfinished

    steps = ("read_window", "clean", "enrich", "load")
    all_good = {f"mailbox.{step}_0": "success" for step in steps}
    grown = {**all_good, "mailbox.read_window_1": "success"}
    assert unfinished([A, B], grown) == []
    assert unfinished([A, B], all_good) == [B]
    assert unfinished([A, B], {**grown, "mailbox.read_window_1": "removed"}) == [B]
    for state in ("failed", "upstream_failed", "running"):
        assert unfinished([A, B], {**grown, "mailbox.load_1": state}) == [B], state


def test_a_mailbox_with_nothing_missing_skips_clean_enrich_and_load_and_counts_as_done(run: Callable[..., Any]) -> None:
    fake = FakeBackfill(idle={B})
    done = run(fake)
    assert str(done.state) == "success"
    assert fake.called("load") == [A]
    assert fake.unfinished == []


def test_while_the_integration_is_disabled_the_run_fails_and_asks_no_mailbox(run: Callable[..., Any]) -> None:
    fake = FakeBackfill(errors={"gate": DISABLED})
    done = run(fake)
    assert str(done.state) == "failed"
    assert states(done)["gate"] == {"-1": "failed"}
    assert len(fake.called("gate")) == 1, "a retry would not help"
    assert fake.windows == []
    instance = {each.task_id: each for each in done.get_task_instances()}["verdict"]
    assert "is disabled" in instance.xcom_pull(task_ids="verdict", key="note")


def test_a_busy_server_is_asked_again(run: Callable[..., Any]) -> None:
    fake = FakeBackfill(passing={("read_window", B): BUSY})
    done = run(fake)
    assert str(done.state) == "success"
    assert [mailbox for mailbox, *_ in fake.windows].count(B) == 2
    assert fake.called("load") == [A, B]


def test_a_window_that_stays_busy_is_red_and_not_done(run: Callable[..., Any]) -> None:
    fake = FakeBackfill(errors={("read_window", B): BUSY})
    done = run(fake)
    assert str(done.state) == "failed"
    assert states(done)["read_window"] == {A: "success", B: "failed"}
    assert len(fake.called("read_window")) == 1 + 4, "once, and three retries"
    assert fake.unfinished == [B]
    assert fake.called("load") == [A], "and holds up no other"


def test_the_wait_that_a_server_asks_for_is_waited() -> None:
    from exchange_sync.orchestrate.backfill import WindowRetries
    from exchange_sync.orchestrate.failure import NotNow, TaskFailed

    def decided(error: BaseException) -> tuple[str, timedelta | None]:
        decision = WindowRetries().evaluate(error, 1, 3)
        return decision.action.value, decision.retry_delay

    assert decided(NotNow("busy", 300.0)) == ("retry", timedelta(minutes=5))
    assert decided(NotNow("busy", 10.0)) == ("retry", None), "the task's own wait is longer"
    assert decided(TaskFailed("denied")) == ("fail", None)
    assert decided(ValueError("a bug")) == ("default", None)


def test_a_mailbox_that_may_not_be_read_is_tried_once_and_the_window_is_not_done(run: Callable[..., Any]) -> None:
    fake = FakeBackfill(errors={("read_window", B): DENIED})
    done = run(fake)
    assert str(done.state) == "failed"
    assert fake.called("read_window") == [A, B]
    assert fake.unfinished == [B]


def test_a_cleared_task_of_a_batch_that_is_loaded_ends_quietly(run: Callable[..., Any]) -> None:
    done = run(FakeBackfill(errors={("load", B): Superseded("backfill batch 1 is closed")}))
    assert str(done.state) == "success"
    assert states(done)["load"] == {A: "success", B: "skipped"}


def test_its_tasks_stand_back_behind_the_live_ones(parse: Callable[..., Any]) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    dags = parse("acme/mail").dags
    live, backfill = (
        DagSerialization.from_dict(DagSerialization.to_dict(dags[dag_id]))
        for dag_id in ("exchange.acme.mail", "exchange_backfill.acme.mail")
    )
    weights = {task.task_id: task.weight_rule.get_weight(_instance(task)) for task in backfill.tasks}
    assert set(weights.values()) == {1}
    assert min(task.weight_rule.get_weight(_instance(task)) for task in live.tasks) >= 1


def _instance(task: Any) -> Any:
    return types.SimpleNamespace(task=task)
