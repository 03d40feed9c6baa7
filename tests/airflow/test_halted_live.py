"""A run that has begun comes to its end, or is ended, when a person or a failure pauses its DAG (decision 71)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from exchange_sync.orchestrate.airflow_api import dag_path, runs_of, runs_path
from exchange_sync.pipeline.halted import LIVE_NOTE
from exchange_sync.pipeline.pausing import Found, Run, settle
from exchange_sync.store.database import Database

from stack.local import DAG_ID, INTEGRATION, LocalStack
from stack.rest import Rest
from tests.airflow.plant import Plant, account_of, planting
from tests.airflow.told import posting

pytestmark = [pytest.mark.live, pytest.mark.slice]

SLOW_SECONDS = 8.0


class Hand:
    """The pause switch as maintenance turns it."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def is_paused(self, dag_id: str) -> bool | None:
        return bool(self._rest.get(dag_path(dag_id))["is_paused"])

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        self._rest.send("PATCH", f"{dag_path(dag_id)}?update_mask=is_paused", {"is_paused": paused})

    def under_way(self, dag_id: str) -> list[Run]:
        return runs_of(self._rest.get(runs_path(dag_id)))


@pytest.fixture
def plant(live_stack: LocalStack) -> Iterator[Plant]:
    with posting() as post, planting(live_stack, post) as made:
        yield made


@contextmanager
def a_run_in_the_middle(plant: Plant) -> Iterator[tuple[str, str]]:
    """A mail that is being read, by a slow Exchange: its Message-ID, and the run's id."""
    plant.eventually(plant.is_idle, "no run is under way")
    plant.exchange.add_fault("slow", operation="SyncFolderItems", times=1, seconds=SLOW_SECONDS)
    try:
        late = plant.deliver(plant.addresses[0])
        yield late, plant.eventually(lambda: _reading(plant), "a mailbox is being read")
    finally:
        plant.exchange.remove_faults()


def _reading(plant: Plant) -> str:
    found = plant.rest.get(f"{dag_path(DAG_ID)}/dagRuns/~/taskInstances", state="running", limit="100")
    return next((task["dag_run_id"] for task in found["task_instances"] if task["task_id"] == "mailbox.extract"), "")


def _run(plant: Plant, run: str) -> dict[str, Any]:
    return next(one for one in plant.runs() if one["dag_run_id"] == run)


def test_a_run_that_a_person_pauses_midway_is_ended_and_its_mail_comes_with_the_next(plant: Plant) -> None:
    switch = Hand(plant.rest)
    with a_run_in_the_middle(plant) as (late, run):
        switch.set_paused(DAG_ID, paused=True)
    try:
        plant.eventually(lambda: _run(plant, run)["state"] == "failed", "maintenance ends the run")
        assert _run(plant, run)["note"] == LIVE_NOTE
        assert plant.query("SELECT disabled_reason FROM integrations") == [("user",)]
        assert plant.query("SELECT 1 FROM incidents WHERE closed_at IS NULL") == []
        assert not plant.is_comment(late)
    finally:
        switch.set_paused(DAG_ID, paused=False)
    plant.eventually(lambda: plant.is_comment(late), "what it had not loaded is loaded by the next run")


def test_a_run_under_which_its_integration_is_disabled_by_command_loads_what_it_has_read(plant: Plant) -> None:
    with a_run_in_the_middle(plant) as (late, run):
        plant.stack.command("disable", INTEGRATION)
        _maintain(plant)
    try:
        plant.eventually(lambda: _run(plant, run)["state"] == "success", "the run comes to its end")
        assert plant.is_comment(late)
        plant.eventually(lambda: plant.paused()[DAG_ID], "then its DAG is paused")
        plant.eventually(plant.is_idle, "no run is left under way")
    finally:
        plant.stack.command("enable", INTEGRATION)
    plant.eventually(lambda: not plant.paused()[DAG_ID], "and unpaused when it is enabled")


def test_a_failed_run_has_its_end_and_its_note_though_maintenance_comes_between(plant: Plant) -> None:
    """The gate has disabled the integration, its verdict has not begun: a slow machine leaves room for a pause."""
    account = account_of(plant.stack)
    plant.eventually(plant.is_idle, "no run is under way")
    plant.exchange.set_account(account[0], "changed meanwhile")
    try:
        _quickly(plant, lambda: plant.query("SELECT 1 FROM integrations WHERE NOT enabled"))
        _maintain(plant)
        plant.eventually(lambda: plant.paused()[DAG_ID], "paused")
        plant.eventually(plant.is_idle, "every run has its state")
        newest = [run for run in plant.runs() if run["dag_id"] == DAG_ID and run["state"] == "failed"][0]
        assert "refuses" in newest["note"] or "password" in newest["note"], newest["note"]
        assert newest["note"] != LIVE_NOTE
    finally:
        plant.exchange.set_account(*account)
        plant.stack.command("enable", INTEGRATION)
    plant.eventually(lambda: not plant.paused()[DAG_ID], "unpaused when it is enabled")


def _quickly(plant: Plant, ask: Callable[[], Any]) -> None:
    patience = plant.stack.patience(300)
    while not ask():
        assert not patience.over()
        time.sleep(0.05)


def _maintain(plant: Plant) -> None:
    """What maintenance does every minute, at just this moment."""
    with closing(Database(plant.database)) as db:
        [(integration_id,)] = plant.query("SELECT id FROM integrations")
        assert settle(db, integration_id, Hand(plant.rest), datetime.now(UTC)) is Found.DISABLED
