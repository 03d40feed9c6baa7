"""Trims the runs and logs that our own DAGs leave in Airflow (design decision 17). Runs outside tasks: Airflow bars
them from its database.

`airflow db clean` goes by age alone and archives what it deletes; here failed runs stay longer, the newest always
stay, and other people's DAGs are never touched. Deleting a run takes its tasks, XComs and notes along.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from exchange_sync import disk
from exchange_sync.errors import Retriable
from exchange_sync.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

OURS = ("exchange.", "exchange_backfill.", "exchange_maintenance")
BATCH = 200  # runs deleted in one transaction, so that the scheduler never waits long
TEMPLATE = "dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/"  # where Airflow writes the logs of a run


@dataclass
class Report:
    """What was removed: runs, rows of the audit log, directories of task logs and files of parse logs."""

    runs: int = 0
    audit_rows: int = 0
    log_directories: int = 0
    parse_logs: int = 0

    def __str__(self) -> str:
        return (
            f"removed {self.runs} runs, {self.audit_rows} rows of the audit log, "
            f"{self.log_directories} runs' logs, {self.parse_logs} parse logs"
        )


def run(now: datetime, settings: Settings) -> Report:
    """Trim once. now: aware. To be called in a process of its own, such as the command line's.

    Raises Retriable when Airflow's database is away, DiskFault when its logs cannot be removed.
    """
    from sqlalchemy.exc import OperationalError

    try:
        with disk.writing("Airflow's logs"):
            report = _trim(now, settings)
    except OperationalError:
        # the driver's text may hold the address with its password
        raise Retriable("Airflow's database cannot be reached", 60.0, code="OperationalError") from None
    log.info("%s", report)
    return report


def _trim(now: datetime, settings: Settings) -> Report:
    from airflow.configuration import conf
    from airflow.utils.session import create_session

    report = Report()
    folder = Path(conf.get("logging", "base_log_folder"))
    with create_session() as session:
        dag_ids = _our_dags(session)
        for dag_id in dag_ids:
            report.runs += _trim_runs(session, dag_id, now, settings)
        report.audit_rows = _trim_audit(session, dag_ids, now, settings)
        if conf.get("logging", "log_filename_template").startswith(TEMPLATE):
            report.log_directories = _trim_task_logs(session, folder, now, settings)
        else:
            log.warning("Task logs are not trimmed: [logging] log_filename_template has been changed.")
    report.parse_logs = _trim_parse_logs(folder / "dag_processor", now, settings)
    return report


def _our_dags(session: Session) -> list[str]:
    """Our DAGs that have runs, those of removed integrations included."""
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    return sorted(dag_id for dag_id in session.scalars(select(DagRun.dag_id).distinct()) if _is_ours(dag_id))


def _trim_runs(session: Session, dag_id: str, now: datetime, settings: Settings) -> int:
    """Finished runs beyond their age, except the newest: the scheduler reckons the next run from the last one."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.state import DagRunState
    from sqlalchemy import and_, delete, or_, select

    newest = select(DagRun.id).where(DagRun.dag_id == dag_id).order_by(DagRun.run_after.desc())
    kept = set(session.scalars(newest.limit(settings.keep_newest_runs)))
    old = select(DagRun.id).where(
        DagRun.dag_id == dag_id,
        or_(
            and_(DagRun.state == DagRunState.SUCCESS, DagRun.end_date < _before(now, settings.keep_succeeded_seconds)),
            and_(DagRun.state == DagRunState.FAILED, DagRun.end_date < _before(now, settings.keep_failed_seconds)),
        ),
    )
    ids = [found for found in session.scalars(old) if found not in kept]
    for start in range(0, len(ids), BATCH):
        session.execute(delete(DagRun).where(DagRun.id.in_(ids[start : start + BATCH])))
        session.commit()
    return len(ids)


def _trim_audit(session: Session, dag_ids: list[str], now: datetime, settings: Settings) -> int:
    """Airflow writes two rows a task into its audit log. What people did is there too, and stays."""
    from airflow.models.log import Log
    from sqlalchemy import delete, select

    old = select(Log.id).where(
        Log.dag_id.in_(dag_ids),
        Log.run_id.is_not(None),
        Log.event.in_(("running", "success", "failed", "skipped", "up_for_retry")),
        Log.dttm < _before(now, settings.keep_succeeded_seconds),
    )
    removed = 0
    while ids := session.scalars(old.limit(BATCH * 10)).all():
        session.execute(delete(Log).where(Log.id.in_(ids)))
        session.commit()
        removed += len(ids)
    return removed


def _trim_task_logs(session: Session, folder: Path, now: datetime, settings: Settings) -> int:
    """Directories of runs that Airflow no longer knows and that nothing was written to for a while."""
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    removed = 0
    for dag_folder in folder.glob("dag_id=exchange*"):
        dag_id = dag_folder.name.removeprefix("dag_id=")
        if not _is_ours(dag_id):
            continue
        known = set(session.scalars(select(DagRun.run_id).where(DagRun.dag_id == dag_id)))
        for run_folder in dag_folder.glob("run_id=*"):
            if run_folder.name.removeprefix("run_id=") not in known and _is_old(run_folder, now, settings):
                shutil.rmtree(run_folder, ignore_errors=True)
                removed += 1
        if not known and not any(dag_folder.iterdir()):
            dag_folder.rmdir()
    return removed


def _trim_parse_logs(folder: Path, now: datetime, settings: Settings) -> int:
    """The DAG processor's logs of our own DAG files: one a day, which grows with every parse."""
    removed = 0
    for path in folder.glob("*/*/exchange_*.py.log"):
        if _is_old(path, now, settings):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _is_ours(dag_id: str) -> bool:
    return dag_id.startswith(OURS)


def _is_old(path: Path, now: datetime, settings: Settings) -> bool:
    try:
        return path.stat().st_mtime < _before(now, settings.keep_succeeded_seconds).timestamp()
    except FileNotFoundError:
        return False


def _before(now: datetime, seconds: float) -> datetime:
    return now - timedelta(seconds=seconds)
