"""Shows the verdict's sentence as the run's note ("3 new, 1 moved, 0 bad").

A task cannot write a note: Airflow's task API has no route for it, and its REST API wants a password. The scheduler
can: it calls this listener when a run ends, with the run's row in its hands. So no credential is needed anywhere.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

log = logging.getLogger(__name__)

NOTE_KEY = "note"
NOTE_LIMIT = 1_000  # characters of Airflow's column
VERDICT = "verdict"
PREFIXES = ("exchange.", "exchange_backfill.")


class RunNotes:
    """Runs inside the scheduler: one short read and one row, and never an error that would reach it."""

    @hookimpl
    def on_dag_run_success(self, dag_run: DagRun) -> None:
        """A run ended well."""
        _copy_note(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: DagRun) -> None:
        """A run ended badly."""
        _copy_note(dag_run)


class ExchangeSyncListeners(AirflowPlugin):
    """How Airflow finds the listener: by an entry point, since it does not load the plugins of providers by itself."""

    name = "exchange_sync_listeners"
    listeners = [RunNotes()]


def _copy_note(dag_run: DagRun) -> None:
    if not dag_run.dag_id.startswith(PREFIXES):
        return
    try:
        written = dag_run.dag_run_note
        if written is not None and written.user_id is not None:
            return  # a person's own note stays
        note = _verdicts_note(dag_run)
        if note:
            dag_run.note = note.replace("\0", "")[:NOTE_LIMIT]
    except Exception as error:  # noqa: BLE001 - the scheduler must go on; a missing note harms nothing
        log.warning("The note of %s %s could not be written: %s", dag_run.dag_id, dag_run.run_id, type(error).__name__)


def _verdicts_note(dag_run: DagRun) -> str | None:
    from airflow.models.xcom import XComModel
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None:
        return None
    row = session.execute(
        XComModel.get_many(
            run_id=dag_run.run_id, key=NOTE_KEY, task_ids=VERDICT, dag_ids=dag_run.dag_id, limit=1
        ).with_only_columns(XComModel.value)
    ).first()
    return None if row is None else str(XComModel.deserialize_value(row))
