"""Airflow's pause switch mirrors PostgreSQL (design decision 8).

    PostgreSQL says                    Airflow says   what follows
    on                                 running        nothing
    on, unpause wanted                 paused         unpause, read back
    on                                 paused         a person paused it: off, reason "user"
    off, pause unconfirmed             any            pause, read back, confirm
    off, pause confirmed               paused         nothing
    off, pause confirmed               running        a person unpaused it: on again, incident closed

Where Airflow does not answer, nothing changes: whoever comes next asks again.

Airflow starts no further task of a paused DAG's run, so we pause a DAG only when no run of it is under way, or when the
one that is has come to its last task (decision 71).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from exchange_sync.errors import Retriable
from exchange_sync.model.names import backfill_dag_id, live_dag_id
from exchange_sync.store import switching
from exchange_sync.store.database import Database, Row

log = logging.getLogger("exchange_sync.pausing")


RUNS_END_WITHIN = timedelta(minutes=30)  # after an integration went off; longer than a task and its successors last


@dataclass(frozen=True)
class Run:
    """A run that is under way. looked_at: when Airflow last looked which of its tasks may start."""

    name: str
    looked_at: datetime


class Switch(Protocol):
    """Airflow's pause switch, by REST. All raise Retriable when Airflow does not answer or refuses."""

    def is_paused(self, dag_id: str) -> bool | None:
        """None: Airflow does not know the DAG."""

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Turn it. Harmless where it stands so already, and where Airflow does not know the DAG."""

    def under_way(self, dag_id: str) -> list[Run]:
        """The DAG's runs that have begun and are not over; none where Airflow does not know it."""


class Found(Enum):
    """What settling came to."""

    ENABLED = "enabled"
    ENABLED_AGAIN = "a person unpaused it: enabled again"
    DISABLED = "disabled"
    DISABLED_BY_USER = "a person paused it: disabled"
    UNKNOWN = "Airflow does not answer"


def settle(db: Database, integration_id: str, switch: Switch, now: datetime, ending: str = "") -> Found:
    """Bring one integration's two switches together. Raises Retriable when PostgreSQL is away.

    ending: a run whose last task asks for this. What that pause meets comes to its end all the same.
    """
    row = switching.state(db, integration_id)
    try:
        return _settle(db, row, switch, now, ending)
    except Retriable as silent:
        log.warning("%s/%s: the pause switch is left as it is: %s", row["owner"], row["name"], silent)
        return Found.UNKNOWN


def pause_if_disabled(db: Database, integration_id: str, switch: Switch, now: datetime, ending: str = "") -> Found:
    """At a run's end: a red run alone pauses nothing. A person's hand on the switch is left to settle."""
    row = switching.state(db, integration_id)
    if row["enabled"] or row["pause_confirmed_at"] is not None:
        return Found.ENABLED if row["enabled"] else Found.DISABLED
    return settle(db, integration_id, switch, now, ending)


def _settle(db: Database, row: Row, switch: Switch, now: datetime, ending: str) -> Found:
    live, backfill = live_dag_id(row["owner"], row["name"]), backfill_dag_id(row["owner"], row["name"])
    paused = switch.is_paused(live)
    if not row["enabled"]:
        return _settle_disabled(db, row, switch, (live, backfill), paused, now, ending)
    if paused and row["unpause_wanted_at"] is not None:
        for dag_id in (live, backfill):
            switch.set_paused(dag_id, paused=False)
        paused = switch.is_paused(live)
    if paused is False:
        if row["unpause_wanted_at"] is not None:
            switching.unpause_confirmed(db, row["id"])
        return Found.ENABLED
    started = row["last_run_at"] is not None or row["looked_run"] is not None
    if not paused or row["unpause_wanted_at"] is not None or not started:
        return Found.ENABLED  # a new DAG is born paused: nobody has decided anything yet
    if not switching.disable_by_user(db, row["id"], now, paused=True):
        return Found.DISABLED
    switch.set_paused(backfill, paused=True)
    return Found.DISABLED_BY_USER


def _settle_disabled(
    db: Database, row: Row, switch: Switch, dag_ids: tuple[str, str], paused: bool | None, now: datetime, ending: str
) -> Found:
    live, backfill = dag_ids
    if row["pause_confirmed_at"] is not None:
        if paused is not False:
            return Found.DISABLED
        switching.enable(db, row["id"], now, unpause=False)
        switch.set_paused(backfill, paused=False)
        return Found.ENABLED_AGAIN
    for dag_id in (live, backfill):
        if _run_goes_on(switch, dag_id, row, now, ending):
            log.info("%s is paused when its run is over", dag_id)
        else:
            switch.set_paused(dag_id, paused=True)
    if switch.is_paused(live) is not False and switch.is_paused(backfill) is not False:
        switching.pause_confirmed(db, row["id"], now)
    return Found.DISABLED


def _run_goes_on(switch: Switch, dag_id: str, row: Row, now: datetime, ending: str) -> bool:
    """Whether the pause would strand a run. Not waited for without end: a run may be stuck for reasons of its own."""
    if switch.is_paused(dag_id) is not False or (row["disabled_at"] and now - row["disabled_at"] > RUNS_END_WITHIN):
        return False
    return any(run.name != ending for run in switch.under_way(dag_id))
