"""Airflow on SQLite in this process: its home is chosen before anything imports it.

airflow_database    the metadata database, emptied for one test
product_settings    EXCHANGE_SYNC_* for one test; the product's database is not there
integrations        integrations([...]) writes the snapshot that DAG files are built from
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(tempfile.mkdtemp(prefix="exchange-sync-tests-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
DATABASE = HOME / "airflow.db"
os.environ["AIRFLOW_HOME"] = str(HOME)
# a file rather than variables: children that other tests start would inherit those
(HOME / "airflow.cfg").write_text(
    f"""[core]
dags_folder = {ROOT / "dags"}
plugins_folder = {ROOT / "plugins"}
load_examples = False
executor = LocalExecutor
[database]
sql_alchemy_conn = sqlite:///{DATABASE}
[logging]
base_log_folder = {HOME / "logs"}
"""
)


@pytest.fixture(scope="session")
def _tables() -> list[str]:
    """Make the metadata database. The tables that are empty in a new one: the rest, such as log_template, stays."""
    from airflow.utils.db import initdb

    initdb()
    with sqlite3.connect(DATABASE) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return [name for (name,) in names if not connection.execute(f'SELECT 1 FROM "{name}"').fetchone()]


@pytest.fixture
def airflow_database(_tables: list[str]) -> Path:
    """The metadata database, emptied: Airflow keeps connections open, so the file cannot be exchanged."""
    with sqlite3.connect(DATABASE, timeout=20) as connection:
        for table in _tables:
            connection.execute(f'DELETE FROM "{table}"')
    return DATABASE


@pytest.fixture
def product_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings whose PostgreSQL refuses at once. Returns the snapshot's path."""
    snapshot = tmp_path / "integrations.json"
    monkeypatch.setenv("EXCHANGE_SYNC_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("EXCHANGE_SYNC_HOME", str(tmp_path))
    monkeypatch.setenv("EXCHANGE_SYNC_SNAPSHOT", str(snapshot))
    return snapshot


@pytest.fixture
def integrations(product_settings: Path) -> Callable[..., Path]:
    """Write a snapshot that names these integrations (``owner/name``) and is fresh enough to serve."""

    def write(*names: str) -> Path:
        rows = [
            {
                "owner": name.split("/")[0],
                "name": name.split("/")[1],
                "title": "",
                "connection": "exchange_default",
                "interval_seconds": 60,
                "viewers": [],
                "editors": [],
            }
            for name in names
        ]
        product_settings.write_text(json.dumps({"integrations": rows}))
        os.utime(product_settings, (time.time(), time.time()))
        return product_settings

    return write
