"""What people read: the run's note, the reason of a red task, the watermark as a Variable."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exchange_sync.errors import MailboxFault, Reason
from exchange_sync.orchestrate.failure import TaskFailed, say_why
from exchange_sync.orchestrate.listener import NOTE_LIMIT, RunNotes
from exchange_sync.orchestrate.tasks import mailbox_states
from exchange_sync.orchestrate.watermarks import VariableWatermarks

from tests.airflow.fakes import FakePipeline, install

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ended(
    airflow_database: Path, integrations: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[[FakePipeline], Iterator[Any]]:
    """Run once, then let the listener see the run as the scheduler shows it: in its own session."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    def run(fake: FakePipeline, before: str | None = None) -> str | None:
        install(monkeypatch, fake)
        integrations("acme/mail")
        done = DagBag(dag_folder=str(ROOT / "dags" / "exchange_integrations.py")).dags["exchange.acme.mail"].test()
        with create_session() as session:
            row = session.scalar(select(DagRun).where(DagRun.run_id == done.run_id))
            row.note = (before, "admin") if before else None
            session.flush()
            RunNotes().on_dag_run_success(row)
        with create_session() as session:
            return session.scalar(select(DagRun).where(DagRun.run_id == done.run_id)).note

    return run


def test_the_verdicts_sentence_becomes_the_runs_note(ended: Callable[..., str]) -> None:
    assert ended(FakePipeline(verdict=("3 new, 1 moved, 0 bad", False))) == "3 new, 1 moved, 0 bad"


def test_a_note_that_airflow_could_not_store_is_cut(ended: Callable[..., str]) -> None:
    assert ended(FakePipeline(verdict=("x" * 5_000, False))) == "x" * NOTE_LIMIT


def test_a_persons_own_note_is_left_alone(ended: Callable[..., str]) -> None:
    assert ended(FakePipeline(), before="looked into it") == "looked into it"


def test_a_run_whose_integration_failed_has_the_reason_as_its_note(ended: Callable[..., str]) -> None:
    fault = MailboxFault("the login was refused", Reason("invalid_exchange_credentials", "HTTP 401", "Renew it."))
    assert ended(FakePipeline(errors={"gate": fault})) == "the login was refused [HTTP 401] Renew it."


def test_nothing_that_goes_wrong_with_a_note_reaches_the_scheduler(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        dag_id, run_id = "exchange.acme.mail", "r"

        @property
        def dag_run_note(self) -> None:
            raise RuntimeError("secret")

    RunNotes().on_dag_run_failed(Broken())
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_other_peoples_runs_are_not_even_looked_at() -> None:
    class Foreign:
        dag_id = "payroll"

    RunNotes().on_dag_run_success(Foreign())


def test_the_reason_is_the_last_line_and_stands_outside_the_folded_part(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        say_why({"exception": TaskFailed("a@acme.example does not exist. Correct the address.")})
    assert [record.getMessage() for record in caplog.records] == [
        "::endgroup::",
        "a@acme.example does not exist. Correct the address.",
    ]


def test_an_unexpected_error_keeps_airflows_own_traceback(caplog: pytest.LogCaptureFixture) -> None:
    say_why({"exception": ValueError("bug")})
    say_why({})
    assert not caplog.records


def test_a_mailboxs_state_follows_from_its_four_tasks() -> None:
    names = ("extract", "clean", "enrich", "load")
    cases = {
        "all": ("success", "success", "success", "success"),
        "idle": ("success", "skipped", "skipped", "skipped"),
        "busy": ("skipped", "skipped", "skipped", "skipped"),
        "gone": ("failed", "upstream_failed", "upstream_failed", "upstream_failed"),
        "load": ("success", "success", "success", "failed"),
        "newer": ("success", "success", "success", "skipped"),
    }
    states = {
        f"mailbox.{name}_{index}": state
        for index, found in enumerate(cases.values())
        for name, state in zip(names, found, strict=True)
    }
    assert mailbox_states(list(cases), states) == {
        "all": "success", "idle": "success", "busy": "skipped", "gone": "failed", "load": "failed", "newer": "success",
    }  # fmt: skip


class Variables:
    """Airflow's Variables, as a task meets them."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.descriptions: dict[str, str] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: str, description: str) -> None:
        self.values[key], self.descriptions[key] = value, description


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    made = Variables()
    monkeypatch.setattr("exchange_sync.orchestrate.watermarks.Variable", made)
    return made


KEY = "exchange.acme.mail.a@acme.example"


def test_a_watermark_is_the_variable_of_its_mailbox_with_a_hint_for_who_edits_it(variables: Variables) -> None:
    marks = VariableWatermarks()
    assert marks.read("acme/mail", "a@acme.example") is None
    text = json.dumps({"generation": 1})
    assert marks.replace("acme/mail", "a@acme.example", None, text)
    assert variables.values == {KEY: text}
    assert "lower synced_until" in variables.descriptions[KEY]
    assert marks.read("acme/mail", "a@acme.example") == text


def test_a_watermark_that_somebody_edited_or_deleted_meanwhile_is_left_as_it_is(variables: Variables) -> None:
    marks = VariableWatermarks()
    variables.values[KEY] = "edited"
    assert not marks.replace("acme/mail", "a@acme.example", "as read", "new")
    assert variables.values == {KEY: "edited"}
    del variables.values[KEY]
    assert not marks.replace("acme/mail", "a@acme.example", "as read", "new")
    assert variables.values == {}
