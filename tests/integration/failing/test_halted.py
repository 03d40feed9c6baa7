"""Runs that a pause has halted are ended, and none that goes on by itself (decision 71)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from exchange_sync.pipeline.halted import BACKFILL_NOTE, LIVE_NOTE, UNSEEN, end_halted
from exchange_sync.pipeline.pausing import Run

from tests.integration.failing.conftest import BACKFILL, LIVE, Plant
from tests.support.memory_exchange import MemoryExchange, MemorySource

A = "a@acme.example"


@pytest.fixture
def plant(make_plant: Callable[..., Plant]) -> Plant:
    exchange = MemoryExchange()
    exchange.add_mailbox(A)
    return make_plant(lambda: MemorySource(exchange), [A])


def end(plant: Plant, *working: str) -> list[str]:
    return end_halted(plant.row, plant.switch, lambda dag_id, run: run in working, plant.now)


def halted(plant: Plant, dag_id: str, *names: str, since: timedelta = UNSEEN) -> None:
    plant.switch.runs[dag_id] = [Run(name, plant.now - since) for name in names]


@pytest.mark.parametrize(("dag_id", "note"), [(LIVE, LIVE_NOTE), (BACKFILL, BACKFILL_NOTE)])
def test_a_run_of_a_paused_dag_with_no_task_at_work_is_ended_with_a_note(plant: Plant, dag_id: str, note: str) -> None:
    plant.switch.paused[dag_id] = True
    halted(plant, dag_id, "first", "second")
    assert end(plant) == [f"{dag_id} first", f"{dag_id} second"]
    assert plant.switch.ended == [(dag_id, "first", note), (dag_id, "second", note)]
    assert end(plant) == []


def test_a_run_goes_on_while_a_task_is_at_work(plant: Plant) -> None:
    plant.switch.paused[LIVE] = True
    halted(plant, LIVE, "working", "halted")
    assert end(plant, "working") == [f"{LIVE} halted"]


def test_a_run_that_airflow_has_just_looked_at_is_left_to_it(plant: Plant) -> None:
    """A task has just ended, and Airflow finishes the run if that was the last one."""
    plant.switch.paused[LIVE] = True
    halted(plant, LIVE, "just", since=UNSEEN - timedelta(seconds=1))
    assert end(plant) == []


def test_a_run_of_a_dag_that_is_not_paused_is_never_touched(plant: Plant) -> None:
    halted(plant, LIVE, "slow", since=timedelta(days=1))
    assert end(plant) == []


def test_an_airflow_that_does_not_answer_is_asked_again(plant: Plant) -> None:
    plant.switch.paused[LIVE] = True
    halted(plant, LIVE, "halted")
    plant.switch.away = True
    assert end(plant) == []
    plant.switch.away = False
    assert end(plant) == [f"{LIVE} halted"]
