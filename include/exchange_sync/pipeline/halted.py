"""Runs that a pause has halted: Airflow starts no further task of them, and calls them running until it is unpaused.

They are ended as failed, with a note. Nothing is lost by that: what was listed and not loaded is still pending, and the
next run that is let goes on from there (decision 71).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from exchange_sync.errors import Retriable
from exchange_sync.model.names import backfill_dag_id, live_dag_id
from exchange_sync.pipeline.pausing import Switch
from exchange_sync.store.database import Row

log = logging.getLogger("exchange_sync.halted")

# Airflow looks at a run whose task has just ended, paused or not. After this long it does not look any more.
UNSEEN = timedelta(minutes=1)
_NOTE = "Ended, since its DAG was paused in mid-run. Nothing is lost: "
LIVE_NOTE = f"{_NOTE}what it has not loaded is loaded by the first run after the DAG is unpaused."
BACKFILL_NOTE = f"{_NOTE}clear this run, or order the backfill again, to have this day looked at."


class Runs(Switch, Protocol):
    """Airflow's pause switch, and what may be done with a run."""

    def end(self, dag_id: str, run: str, note: str) -> None:
        """End a run as failed. Raises Retriable."""


def end_halted(row: Row, runs: Runs, at_work: Callable[[str, str], bool], now: datetime) -> list[str]:
    """End the runs of an integration's paused DAGs of which no task is at work; their names. Never raises Retriable.

    at_work: whether a task of a DAG's run runs, or is handed to a worker.
    """
    ended = []
    names = row["owner"], row["name"]
    for dag_id, note in ((live_dag_id(*names), LIVE_NOTE), (backfill_dag_id(*names), BACKFILL_NOTE)):
        try:
            found = runs.under_way(dag_id) if runs.is_paused(dag_id) else []
            for run in found:
                if now - run.looked_at >= UNSEEN and not at_work(dag_id, run.name):
                    runs.end(dag_id, run.name, note)
                    ended.append(f"{dag_id} {run.name}")
        except Retriable as silent:
            log.warning("Runs of %s that its pause has halted are left: %s", dag_id, silent)
    return ended
