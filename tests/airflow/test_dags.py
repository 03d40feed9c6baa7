"""The live DAG of an integration: its shape, and what each outcome of the pipeline does to a run (issue 2)."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from exchange_sync.errors import IntegrationFault, MailboxFault, Reason, Retriable, Superseded

from tests.airflow.fakes import FakePipeline, install

ROOT = Path(__file__).resolve().parents[2]
A, B = "a@acme.example", "b@acme.example"
GONE = MailboxFault("b@acme.example does not exist", Reason("mailbox_not_found", "ErrorX", "Correct the address."))
DENIED = IntegrationFault("the login was refused", Reason("invalid_exchange_credentials", "HTTP 401", "Renew it."))
BUSY = Retriable("the server is busy", 300.0, code="ErrorServerBusy")


@pytest.fixture
def bag(airflow_database: Path, integrations: Callable[..., Path]) -> Callable[..., Any]:
    def parse(*names: str) -> Any:
        from airflow.dag_processing.dagbag import DagBag

        integrations(*names)
        return DagBag(dag_folder=str(ROOT / "dags" / "exchange_integrations.py"))

    return parse


@pytest.fixture
def run(bag: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[FakePipeline], Any]:
    def run_once(fake: FakePipeline) -> Any:
        install(monkeypatch, fake)
        return bag("acme/mail").dags["exchange.acme.mail"].test()

    return run_once


def states(run: Any) -> dict[str, dict[str, str]]:
    """Of each task the states of its instances, by label."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for instance in run.get_task_instances():
        label = instance.rendered_map_index or str(instance.map_index)
        found[instance.task_id.removeprefix("mailbox.")][label] = str(instance.state)
    return dict(found)


def test_each_integration_has_one_live_dag_with_its_schedule(bag: Callable[..., Any]) -> None:
    found = bag("acme/mail", "globex/support-2")
    assert not found.import_errors
    assert [name for name in sorted(found.dags) if "_backfill" not in name] == [
        "exchange.acme.mail", "exchange.globex.support-2",
    ]  # fmt: skip
    dag = found.dags["exchange.acme.mail"]
    assert (dag.max_active_runs, dag.catchup, dag.schedule) == (1, False, timedelta(seconds=60))
    assert "exchange" in dag.tags
    assert dag.dag_display_name == "Exchange: acme/mail"
    assert "acme/mail" in dag.doc_md
    assert "exchange.acme.mail.<mailbox>" in dag.doc_md


def test_the_longest_names_that_apply_takes_make_a_dag(bag: Callable[..., Any]) -> None:
    owner, name = "o" * 100, "n" * 100
    found = bag(f"{owner}/{name}")
    assert not found.import_errors
    assert sorted(found.dags) == [f"exchange.{owner}.{name}", f"exchange_backfill.{owner}.{name}"]


def test_parsing_imports_neither_pandas_nor_exchangelib_nor_great_expectations(
    integrations: Callable[..., Path],
) -> None:
    integrations("acme/mail")
    code = (
        "import runpy, sys, airflow.sdk; runpy.run_path(sys.argv[1]);"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'exchangelib', 'great_expectations'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "dags" / "exchange_integrations.py")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert ran.stdout.strip().splitlines()[-1] == "[]"


def test_every_due_mailbox_goes_all_the_way_and_is_labelled_by_its_address(run: Callable[..., Any]) -> None:
    fake = FakePipeline()
    done = run(fake)
    assert str(done.state) == "success"
    for step in ("extract", "clean", "enrich", "load"):
        assert fake.called(step) == [A, B], step
        assert states(done)[step] == {A: "success", B: "success"}, step
    assert fake.called("verdict") == ["acme/mail"]


def test_the_verdict_knows_how_each_mailbox_ended_and_what_the_gate_said(run: Callable[..., Any]) -> None:
    fake = FakePipeline(due=[A, B, "c@acme.example"], errors={("clean", B): GONE, ("extract", "c@acme.example"): BUSY})
    run(fake)
    assert fake.states == {A: "success", B: "failed", "c@acme.example": "skipped"}
    (call,) = [call for call in fake.calls if call[0] == "verdict"]
    assert call[3] == "3 due"


def test_the_run_has_one_name_for_all_its_mailboxes_and_no_other_dag_shares_it(run: Callable[..., Any]) -> None:
    fake = FakePipeline()
    done = run(fake)
    names = {call[3] for call in fake.calls if call[0] == "extract"} | {
        call[2] for call in fake.calls if call[0] == "verdict"
    }
    assert names == {f"exchange.acme.mail/{done.run_id}/0"}


def test_a_mailbox_with_nothing_new_skips_clean_enrich_and_load(run: Callable[..., Any]) -> None:
    fake = FakePipeline(idle={B})
    done = run(fake)
    assert str(done.state) == "success"
    assert fake.called("load") == [A]
    found = states(done)
    assert found["extract"] == {A: "success", B: "success"}
    for step in ("clean", "enrich", "load"):
        assert found[step][A] == "success"
        assert sorted(found[step].values()) == ["skipped", "success"], step


def test_a_clean_that_airflow_started_before_it_could_be_skipped_skips_itself() -> None:
    from airflow.sdk.exceptions import AirflowSkipException
    from exchange_sync.orchestrate import tasks

    with pytest.raises(AirflowSkipException, match="nothing new"):
        tasks.given(None)
    assert tasks.given("batch/fetched") == "batch/fetched"


def test_a_mailbox_that_fails_is_red_and_holds_up_no_other(run: Callable[..., Any]) -> None:
    fake = FakePipeline(errors={("extract", B): GONE})
    done = run(fake)
    assert str(done.state) == "success", "the verdict decides, and it saw no trouble of the integration"
    assert states(done)["extract"] == {A: "success", B: "failed"}
    assert fake.called("load") == [A]


def test_a_busy_server_turns_nothing_red(run: Callable[..., Any]) -> None:
    fake = FakePipeline(errors={("extract", B): BUSY})
    done = run(fake)
    assert str(done.state) == "success"
    assert states(done)["extract"] == {A: "success", B: "skipped"}
    assert sorted(states(done)["load"].values()) == ["skipped", "success"]


def test_a_batch_that_a_newer_one_took_over_ends_quietly(run: Callable[..., Any]) -> None:
    done = run(FakePipeline(errors={("load", B): Superseded("batch 1 is no longer the open one")}))
    assert str(done.state) == "success"
    assert states(done)["load"] == {A: "success", B: "skipped"}


def test_a_gate_that_meets_a_busy_server_ends_the_run_green_without_any_mailbox(run: Callable[..., Any]) -> None:
    fake = FakePipeline(errors={"gate": BUSY})
    done = run(fake)
    assert str(done.state) == "success"
    assert fake.called("extract") == []
    (call,) = [call for call in fake.calls if call[0] == "verdict"]
    assert call[3] == "waiting: the server is busy"


def test_an_integration_fault_at_the_gate_makes_the_run_red_and_asks_no_mailbox(run: Callable[..., Any]) -> None:
    fake = FakePipeline(errors={"gate": DENIED})
    done = run(fake)
    assert str(done.state) == "failed"
    assert states(done)["gate"] == {"-1": "failed"}
    assert states(done)["verdict"] == {"-1": "failed"}
    assert fake.called("extract") == []
    assert fake.called("verdict") == [], "a failed gate must not count as a success"


def test_a_verdict_of_failed_makes_the_run_red(run: Callable[..., Any]) -> None:
    done = run(FakePipeline(verdict=("failed: a@acme.example, b@acme.example", True)))
    assert str(done.state) == "failed"


def test_a_database_that_is_away_at_the_verdict_turns_nothing_red(run: Callable[..., Any]) -> None:
    done = run(FakePipeline(errors={"verdict": Retriable("the product's PostgreSQL cannot be reached", 10.0)}))
    assert str(done.state) == "success"
    assert states(done)["verdict"] == {"-1": "skipped"}


@pytest.mark.parametrize("where", ["nowhere", "gate", "verdict", "pause"])
def test_the_last_task_of_every_run_asks_for_the_pause_that_a_failure_may_call_for(
    run: Callable[..., Any], where: str
) -> None:
    fake = FakePipeline(errors={where: Retriable("PostgreSQL is away", 1.0) if where != "gate" else DENIED})
    ended = run(fake)
    assert fake.asked_to_pause == [ended.run_id]
    assert (str(ended.state) == "failed") == (where == "gate"), "that the switch could not be turned turns nothing red"


def test_nothing_due_is_a_green_run(run: Callable[..., Any]) -> None:
    done = run(FakePipeline(due=[]))
    assert str(done.state) == "success"
    assert states(done)["verdict"] == {"-1": "success"}


def test_every_attempt_at_a_mailbox_has_a_batch_id_of_its_own(run: Callable[..., Any]) -> None:
    fake = FakePipeline()
    run(fake)
    run(fake)
    ids = [call[2] for call in fake.calls if call[0] == "extract"]
    assert len(set(ids)) == len(ids) == 4


def test_what_tasks_hand_on_is_a_reference_and_counts(run: Callable[..., Any]) -> None:
    fake = FakePipeline()
    done = run(fake)
    instances = {(i.task_id, i.map_index): i for i in done.get_task_instances()}
    assert instances["mailbox.extract", 0].xcom_pull(task_ids="mailbox.extract", map_indexes=0) == f"{A}/fetched"
    counts = instances["mailbox.load", 0].xcom_pull(task_ids="mailbox.load", map_indexes=0, key="counts")
    assert counts == {"created": 3}
    closed = [call[0] for call in fake.calls].count("close")
    assert closed == 10 + 1, "every task closes its connections; the verdict has a second one, for the pause"
