"""What is looked after every minute, whatever the integrations' own DAGs do: pause switches, runs that a pause has
halted, late mailboxes, quarantined emails whose next attempt is due, and messages. One task, since starting one costs
more than its work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, get_current_context, task

from exchange_sync.clock import now_utc
from exchange_sync.orchestrate.failure import TaskFailed, say_why

if TYPE_CHECKING:
    from exchange_sync.store.database import Database

log = logging.getLogger(__name__)

DAG_ID = "exchange_maintenance"
AT_WORK = ("queued", "running", "restarting", "deferred")
DOC = """\
### Exchange Sync: maintenance

Every minute: Airflow's pause switches and the product's own are brought together, runs that a pause has halted are
ended, integrations without a recent success become an incident, quarantined emails are tried again when they are due,
and messages go out.
Pause it and all of that waits; the sync itself does not.
"""


def maintenance_dag() -> DAG:
    """The DAG; it runs from the start, since nobody would think of unpausing it."""
    with DAG(
        dag_id=DAG_ID,
        dag_display_name="Exchange Sync: maintenance",
        description="Pause switches, late integrations, quarantine, messages",
        doc_md=DOC,
        schedule=timedelta(minutes=1),
        start_date=datetime(2025, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["exchange"],
        default_args={"retries": 0, "execution_timeout": timedelta(minutes=5), "on_failure_callback": say_why},
    ) as dag:
        task(show_return_value_in_logs=False)(maintain)()
    return dag


def maintain() -> None:
    """All of them, each for itself. Raises TaskFailed naming those that failed, after the others are done."""
    from exchange_sync.errors import ExchangeSyncError
    from exchange_sync.settings import Settings
    from exchange_sync.store.database import Database

    settings = Settings.from_environment()
    steps: list[Callable[[Database, Any, datetime], None]] = [
        _converge,
        _end_halted,
        _look_for_stale,
        _retry_quarantine,
        _tell,
    ]
    failed: list[str] = []
    with closing(Database(settings.database_url)) as db:
        for step in steps:
            try:
                step(db, settings, now_utc())
            except ExchangeSyncError as error:
                failed.append(f"{step.__name__.strip('_')}: {error}")
    if failed:
        raise TaskFailed("; ".join(failed))


def _converge(db: Database, settings: Any, now: datetime) -> None:  # noqa: ARG001 - all steps are called alike
    from exchange_sync.orchestrate.airflow_api import AirflowSwitch
    from exchange_sync.pipeline.pausing import Found, settle
    from exchange_sync.store.switching import states

    switch = AirflowSwitch()
    for row in states(db):
        found = settle(db, row["id"], switch, now)
        if found is not Found.ENABLED:
            log.info("%s/%s: %s", row["owner"], row["name"], found.value)


def _end_halted(db: Database, settings: Any, now: datetime) -> None:  # noqa: ARG001 - as above
    from exchange_sync.orchestrate.airflow_api import AirflowSwitch
    from exchange_sync.pipeline.halted import end_halted
    from exchange_sync.store.switching import states

    switch = AirflowSwitch()
    for row in states(db):
        for ended in end_halted(row, switch, _at_work, now):
            log.warning("%s: its DAG was paused in mid-run; it is ended", ended)


def _at_work(dag_id: str, run: str) -> bool:
    """Whether a task of a run runs, or is handed to a worker: those go on in a paused DAG, and no others."""
    states: dict[str, dict[str, str]] = get_current_context()["ti"].get_task_states(dag_id=dag_id, run_ids=[run])
    return any(state in AT_WORK for state in states.get(run, {}).values())


def _look_for_stale(db: Database, settings: Any, now: datetime) -> None:
    from exchange_sync.pipeline.failing import look_for_stale

    for name in look_for_stale(db, settings, now):
        log.warning("%s: no success for too long; an incident is opened", name)


def _retry_quarantine(db: Database, settings: Any, now: datetime) -> None:  # noqa: ARG001 - as above
    from exchange_sync.store.attention import retry
    from exchange_sync.store.switching import states

    for row in states(db):
        tried = retry(db, row["id"], due_at=now)
        if tried:
            log.info("%s/%s: %d quarantined emails are tried again", row["owner"], row["name"], tried)


def _tell(db: Database, settings: Any, now: datetime) -> None:  # noqa: ARG001 - as above
    from exchange_sync.orchestrate.channels import channels
    from exchange_sync.pipeline.telling import send_due

    sent, failed = send_due(db, channels(), now_utc)
    if sent or failed:
        log.info("%d messages sent, %d are tried again later", sent, failed)
