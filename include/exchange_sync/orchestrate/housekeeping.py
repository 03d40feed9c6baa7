"""Trims the runs and logs that our own DAGs leave in Airflow (design decision 17). Runs outside tasks: Airflow bars
them from its database.

`airflow db clean` goes by age alone and archives what it deletes; here failed runs stay longer, the newest always
stay, and other people's DAGs are never touched. Deleting a run takes its tasks, XComs and notes along.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchange_sync.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

OURS = ("exchange.", "exchange_backfill.", "exchange_maintenance")
BATCH = 200  # runs deleted in one transaction, so that the scheduler never waits long
PREFIX = "EXCHANGE_SYNC_KEEP_"


@dataclass(frozen=True)
class Limits:
    """How long a finished run and its logs stay: seconds since its end, and how many of each DAG stay in any case."""

    succeeded_seconds: float = 7 * 86_400.0
    failed_seconds: float = 30 * 86_400.0
    newest_runs: int = 20

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Limits:
        """EXCHANGE_SYNC_KEEP_SUCCEEDED_SECONDS, …_FAILED_SECONDS, …_NEWEST_RUNS. Raises BadInput."""
        env = os.environ if environment is None else environment
        return cls(
            succeeded_seconds=_number(env, "SUCCEEDED_SECONDS", cls.succeeded_seconds),
            failed_seconds=_number(env, "FAILED_SECONDS", cls.failed_seconds),
            newest_runs=int(_number(env, "NEWEST_RUNS", cls.newest_runs)),
        )


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


def run(now: datetime, limits: Limits | None = None) -> Report:
    """Trim once. now: aware. To be called in a process of its own, such as the command line's.

    Raises BadInput when the environment's limits do not fit, sqlalchemy.exc.SQLAlchemyError when Airflow's database
    is away.
    """
    from airflow.configuration import conf
    from airflow.utils.session import create_session

    limits = limits or Limits.from_environment()
    report = Report()
    with create_session() as session:
        dag_ids = _our_dags(session)
        for dag_id in dag_ids:
            report.runs += _trim_runs(session, dag_id, now, limits)
        report.audit_rows = _trim_audit(session, dag_ids, now, limits)
        folder = Path(conf.get("logging", "base_log_folder"))
        template = conf.get("logging", "log_filename_template")
        if template.startswith("dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/"):
            report.log_directories = _trim_task_logs(session, folder, now, limits)
        else:
            log.warning("Task logs are not trimmed: [logging] log_filename_template has been changed.")
        report.parse_logs = _trim_parse_logs(folder / "dag_processor", now, limits)
    return report


def _our_dags(session: Session) -> list[str]:
    """Our DAGs that have runs, those of removed integrations included."""
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    return sorted(dag_id for dag_id in session.scalars(select(DagRun.dag_id).distinct()) if _is_ours(dag_id))


def _trim_runs(session: Session, dag_id: str, now: datetime, limits: Limits) -> int:
    """Finished runs beyond their age, except the newest: the scheduler reckons the next run from the last one."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.state import DagRunState
    from sqlalchemy import and_, delete, or_, select

    newest = (
        select(DagRun.id).where(DagRun.dag_id == dag_id).order_by(DagRun.run_after.desc()).limit(limits.newest_runs)
    )
    kept = set(session.scalars(newest))
    old = select(DagRun.id).where(
        DagRun.dag_id == dag_id,
        or_(
            and_(DagRun.state == DagRunState.SUCCESS, DagRun.end_date < _before(now, limits.succeeded_seconds)),
            and_(DagRun.state == DagRunState.FAILED, DagRun.end_date < _before(now, limits.failed_seconds)),
        ),
    )
    ids = [found for found in session.scalars(old) if found not in kept]
    for start in range(0, len(ids), BATCH):
        session.execute(delete(DagRun).where(DagRun.id.in_(ids[start : start + BATCH])))
        session.commit()
    return len(ids)


def _trim_audit(session: Session, dag_ids: list[str], now: datetime, limits: Limits) -> int:
    """Airflow writes two rows a task into its audit log. What people did is there too, and stays."""
    from airflow.models.log import Log
    from sqlalchemy import delete, select

    old = select(Log.id).where(
        Log.dag_id.in_(dag_ids),
        Log.run_id.is_not(None),
        Log.event.in_(("running", "success", "failed", "skipped", "up_for_retry")),
        Log.dttm < _before(now, limits.succeeded_seconds),
    )
    removed = 0
    while ids := session.scalars(old.limit(BATCH * 10)).all():
        session.execute(delete(Log).where(Log.id.in_(ids)))
        session.commit()
        removed += len(ids)
    return removed


def _trim_task_logs(session: Session, folder: Path, now: datetime, limits: Limits) -> int:
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
            if run_folder.name.removeprefix("run_id=") not in known and _is_old(run_folder, now, limits):
                shutil.rmtree(run_folder, ignore_errors=True)
                removed += 1
        if not known and not any(dag_folder.iterdir()):
            dag_folder.rmdir()
    return removed


def _trim_parse_logs(folder: Path, now: datetime, limits: Limits) -> int:
    """The DAG processor's logs of our own DAG files: one a day, which grows with every parse."""
    removed = 0
    for path in folder.glob("*/*/exchange_*.py.log"):
        if _is_old(path, now, limits):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _is_ours(dag_id: str) -> bool:
    return dag_id.startswith(OURS)


def _is_old(path: Path, now: datetime, limits: Limits) -> bool:
    try:
        return path.stat().st_mtime < _before(now, limits.succeeded_seconds).timestamp()
    except FileNotFoundError:
        return False


def _before(now: datetime, seconds: float) -> datetime:
    return now - timedelta(seconds=seconds)


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text: Any = env.get(PREFIX + name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 10**10:
        raise BadInput(f"{PREFIX}{name} is {text!r}: expected a number above 0")
    return value
