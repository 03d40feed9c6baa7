"""Airflow's rows and logs of our DAGs level off; everybody else's stay (design decision 17)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from exchange_sync.disk import DiskFault
from exchange_sync.errors import BadInput, Retriable
from exchange_sync.orchestrate.housekeeping import run
from exchange_sync.settings import Settings

from tests.airflow.fakes import FakePipeline, install
from tests.support.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
DAG, FOREIGN = "exchange.acme.mail", "payroll"
NOWHERE = {"database_url": "", "blob_url": "", "staging_url": "", "snapshot": Path()}
WEEK = Settings(**NOWHERE, keep_newest_runs=2)
CHILDREN = ("task_instance", "xcom", "rendered_task_instance_fields", "task_map")


class Runs:
    """Makes runs as Airflow leaves them: copies, row by row, of one that really ran, with its logs."""

    def __init__(self, database: Path, logs: Path, dag_id: str, run_id: str) -> None:
        self.database, self.logs = database, logs
        with closing(sqlite3.connect(database)) as connection:
            connection.row_factory = sqlite3.Row
            (self.run,) = connection.execute("SELECT * FROM dag_run WHERE run_id = ?", (run_id,)).fetchall()
            self.children = {
                table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} WHERE dag_id = ?", (dag_id,))]
                for table in CHILDREN
            }
        assert all(self.children.values()), "the run to copy has rows in every table"

    def add(self, dag_id: str, ends: list[datetime], state: str = "success") -> None:
        """One run for each end, with its tasks, XComs, audit rows and logs."""
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            for end in ends:
                self._add(connection, dag_id, end, state)

    def _add(self, connection: sqlite3.Connection, dag_id: str, end: datetime, state: str) -> None:
        run_id, stamp = f"scheduled__{end.isoformat()}", end.strftime("%Y-%m-%d %H:%M:%S.%f")
        values = {**dict(self.run), "id": None, "dag_id": dag_id, "run_id": run_id, "state": state}
        times = {"logical_date": stamp, "end_date": stamp, "run_after": stamp, "run_type": "scheduled"}
        number = _insert(connection, "dag_run", values | times)
        _insert(
            connection,
            "dag_run_note",
            {"dag_run_id": number, "content": "1 new", "created_at": stamp, "updated_at": stamp},
        )
        names = {row["id"]: uuid.uuid4().hex for row in self.children["task_instance"]}
        for table, rows in self.children.items():
            for row in rows:
                changed = row | {"dag_id": dag_id, "run_id": run_id}
                if table == "task_instance":
                    changed["id"] = names[row["id"]]
                if "dag_run_id" in row:
                    changed["dag_run_id"] = number
                _insert(connection, table, changed)
        for event in ("running", state):
            audit = {"dttm": stamp, "dag_id": dag_id, "run_id": run_id, "event": event, "task_id": "gate"}
            _insert(connection, "log", audit)
        folder = self.logs / f"dag_id={dag_id}" / f"run_id={run_id}" / "task_id=gate"
        folder.mkdir(parents=True)
        (folder / "attempt=1.log").write_text("one line\n")
        os.utime(folder.parent, (end.timestamp(), end.timestamp()))

    def count(self, table: str, dag_id: str = DAG) -> int:
        with closing(sqlite3.connect(self.database)) as connection:
            (found,) = connection.execute(f"SELECT count(*) FROM {table} WHERE dag_id = ?", (dag_id,)).fetchone()
            return int(found)

    def log_folders(self, dag_id: str = DAG) -> list[str]:
        return sorted(path.name for path in self.logs.glob(f"dag_id={dag_id}/*"))


def _insert(connection: sqlite3.Connection, table: str, values: dict[str, Any]) -> int:
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    return int(connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())).lastrowid)


@pytest.fixture
def runs(airflow_database: Path, integrations: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Runs:
    from airflow.configuration import conf
    from airflow.dag_processing.dagbag import DagBag

    install(monkeypatch, FakePipeline())
    integrations("acme/mail")
    done = DagBag(dag_folder=str(ROOT / "dags" / "exchange_integrations.py")).dags[DAG].test()
    logs = Path(conf.get("logging", "base_log_folder"))
    shutil.rmtree(logs, ignore_errors=True)
    made = Runs(airflow_database, logs, DAG, done.run_id)
    with closing(sqlite3.connect(airflow_database)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("DELETE FROM dag_run")
    return made


def days(*ago: float) -> list[datetime]:
    return [NOW - timedelta(days=number) for number in ago]


def test_succeeded_runs_go_after_a_week_and_failed_ones_after_a_month(runs: Runs) -> None:
    runs.add(DAG, days(40, 8, 6, 5, 4))
    runs.add(DAG, days(39, 29), state="failed")
    assert run(NOW, WEEK).runs == 3
    assert runs.count("dag_run") == 4
    for table in CHILDREN:
        assert runs.count(table) == 4 * len(runs.children[table]), table


def test_the_newest_runs_stay_however_old(runs: Runs) -> None:
    runs.add(DAG, days(90, 80, 70))
    assert run(NOW, WEEK).runs == 1
    assert runs.count("dag_run") == 2


def test_runs_that_are_not_finished_stay(runs: Runs) -> None:
    runs.add(DAG, days(90), state="running")
    runs.add(DAG, days(3, 2, 1))
    assert run(NOW, WEEK).runs == 0


def test_other_peoples_dags_are_never_touched(runs: Runs) -> None:
    runs.add(FOREIGN, days(400, 300, 200))
    runs.add("exchangerates", days(400, 300, 200))
    report = run(NOW, WEEK)
    assert (report.runs, report.audit_rows, report.log_directories) == (0, 0, 0)
    assert len(runs.log_folders(FOREIGN)) == len(runs.log_folders("exchangerates")) == 3


def test_the_logs_of_a_run_go_with_it_and_those_of_a_run_that_stays_stay(runs: Runs) -> None:
    runs.add(DAG, days(20, 15, 5, 4, 3))
    assert run(NOW, WEEK).log_directories == 2
    kept = [f"run_id=scheduled__{end.isoformat()}" for end in days(5, 4, 3)]
    assert runs.log_folders() == sorted(kept)


def test_parse_logs_of_our_dag_files_alone_go_after_a_week(runs: Runs) -> None:
    folder = runs.logs / "dag_processor" / "2027-02-01" / "dags-folder"
    folder.mkdir(parents=True)
    for name in ("exchange_integrations.py.log", "payroll.py.log"):
        (folder / name).write_text("parsed")
        os.utime(folder / name, (0, 0))
    assert run(NOW, WEEK).parse_logs == 1
    assert [path.name for path in folder.iterdir()] == ["payroll.py.log"]


def test_logs_on_a_read_only_disk_are_told_of_in_one_sentence(runs: Runs) -> None:
    with small_disk() as disk:
        folder = disk.path / "2027-02-01" / "dags-folder"
        folder.mkdir(parents=True)
        (folder / "exchange_integrations.py.log").write_text("parsed")
        os.utime(folder / "exchange_integrations.py.log", (0, 0))
        runs.logs.mkdir(exist_ok=True)
        (runs.logs / "dag_processor").symlink_to(disk.path)
        disk.remount("ro")
        with pytest.raises(DiskFault, match="the disk of Airflow's logs is read-only"):
            run(NOW, WEEK)
        disk.remount("rw")
        assert run(NOW, WEEK).parse_logs == 1


def test_two_thousand_runs_at_a_short_interval_level_off(runs: Runs) -> None:
    settings = Settings(**NOWHERE, keep_succeeded_seconds=900, keep_failed_seconds=900)
    counts, begin = [], NOW - timedelta(days=1)
    for block in range(20):
        ends = [begin + timedelta(seconds=15 * (100 * block + number)) for number in range(100)]
        runs.add(DAG, ends)
        run(ends[-1], settings)
        counts.append((runs.count("dag_run"), runs.count("task_instance"), runs.count("log"), len(runs.log_folders())))
    assert counts[-1] == counts[2], "after 2,000 runs there is no more than after 300"
    assert counts[-1][0] == 61, "fifteen minutes at four runs a minute"
    assert counts[-1][3] == 61


def test_how_long_runs_stay_can_be_set_down_to_minutes() -> None:
    given = {"EXCHANGE_SYNC_DATABASE_URL": "x", "EXCHANGE_SYNC_KEEP_SUCCEEDED_SECONDS": "600"}
    assert Settings.from_environment(given).keep_succeeded_seconds == 600
    with pytest.raises(BadInput, match="EXCHANGE_SYNC_KEEP_FAILED_SECONDS is 'a week': expected a number above 0"):
        Settings.from_environment(given | {"EXCHANGE_SYNC_KEEP_FAILED_SECONDS": "a week"})


def test_a_database_that_is_away_is_asked_again_later_and_its_password_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sqlalchemy.exc import OperationalError

    def away(session: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("postgresql://airflow:s3cret@db"))

    monkeypatch.setattr("exchange_sync.orchestrate.housekeeping._our_dags", away)
    with pytest.raises(Retriable, match="Airflow's database cannot be reached") as caught:
        run(NOW, WEEK)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
