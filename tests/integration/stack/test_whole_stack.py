"""The whole stack while it runs: its parts, its secrets, its log-ins."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from stack.airflow import COMPONENTS
from stack.local import DAG_ID
from stack.rest import Rest, RestError

pytestmark = pytest.mark.live


def modes_below(directory: Path) -> Iterator[tuple[Path, int]]:
    """Every path with its mode; links, PostgreSQL's own files and what vanished meanwhile are left out."""
    for path in directory.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if "data" not in path.parts and not path.is_symlink():
                yield path, path.stat().st_mode


def test_every_part_is_well(live_stack):
    health = live_stack.airflow.health()
    assert {health[part] for part in ("metadatabase", "scheduler", "dag_processor")} == {"healthy"}
    assert set(COMPONENTS) < set(live_stack.processes.names())
    assert all(live_stack.processes.is_running(name) for name in live_stack.processes.names())


def test_no_triggerer_runs(live_stack):
    assert live_stack.airflow.health().get("triggerer") != "healthy"


def test_the_seeds_have_become_at_least_a_thousand_comments(live_stack):
    rows = live_stack.status()
    assert len(rows) == 4
    assert sum(row["created"] for row in rows) >= 1_000


def test_all_state_is_private(live_stack):
    for path, mode in modes_below(live_stack.layout.local):
        assert stat.S_IMODE(mode) == (0o700 if stat.S_ISDIR(mode) else 0o600), path


def test_starting_again_starts_nothing_twice(live_stack):
    before = {path.name: path.read_text() for path in live_stack.layout.run.glob("*.json")}
    live_stack.start()
    assert {path.name: path.read_text() for path in live_stack.layout.run.glob("*.json")} == before


def test_the_facts_for_programs_are_complete(live_stack):
    assert set(live_stack.facts()) == {
        "airflow_url", "api_url", "ui_user", "ui_password", "viewer_user", "viewer_password", "database_url",
        "simulator_url", "simulator_control_url", "simulator_control_token", "simulator_ca",
    }  # fmt: skip


def test_the_api_for_programs_answers_and_wants_a_token(live_stack):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{live_stack.facts()['api_url']}/auth/user", timeout=30)
    assert refused.value.code == 401


def test_a_terminal_that_reads_the_variables_finds_the_stack(live_stack):
    command = f". {live_stack.layout.variables} && exchange-sync status --json"
    told = subprocess.run(["/bin/sh", "-c", command], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert len(json.loads(told.stdout)["mailboxes"]) == 4, told.stderr


def test_the_viewer_may_look_but_not_pause(live_stack):
    viewer = Rest(live_stack.airflow.url, "viewer", live_stack.keys.viewer_password)
    assert DAG_ID in viewer.dags(DAG_ID)
    with pytest.raises(RestError) as refused:
        viewer.send("PATCH", f"/dags/{DAG_ID}?update_mask=is_paused", {"is_paused": True})
    assert refused.value.status == 403


def test_a_stranger_may_not_even_look(live_stack):
    with pytest.raises(RestError) as refused:
        Rest(live_stack.airflow.url, "admin", "guess").dags(DAG_ID)
    assert refused.value.status == 401


def test_the_connection_is_one_that_people_find_in_airflow(live_stack):
    found = live_stack.rest().get("/connections/exchange_demo")
    assert found["conn_type"] == "exchange"
    assert found["host"] == json.loads(live_stack.simulator.ready_file.read_text())["ews_url"]
    assert json.loads(live_stack.simulator.ready_file.read_text())["password"] not in json.dumps(found)


def secrets_of(live_stack):
    facts, keys = live_stack.facts(), live_stack.keys
    secrets = [facts["ui_password"], facts["viewer_password"], facts["simulator_control_token"]]
    secrets += [keys.fernet_key, keys.jwt_secret, keys.secret_key]
    secrets += [json.loads(live_stack.simulator.ready_file.read_text())["password"]]
    secrets += [live_stack.postgres.url(name).split(":")[2].split("@")[0] for name in ("airflow", "exchange_sync")]
    return secrets


@contextlib.contextmanager
def asked(url):
    """A cursor in a database."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        yield cursor


def rows_that_hold(live_stack, texts):
    """Tables of Airflow's database with a row that holds one of these texts, and how many such rows."""
    found = {}
    with (
        contextlib.closing(psycopg2.connect(live_stack.postgres.url("airflow"))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            held = " OR ".join(["row_to_json(t)::text LIKE %s"] * len(texts))
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE {held}', [f"%{text}%" for text in texts])
            count = cursor.fetchone()[0]
            if count:
                found[table] = count
    return found


def test_no_secret_stands_in_airflows_tables_xcom_and_rendered_fields_included(live_stack):
    assert rows_that_hold(live_stack, secrets_of(live_stack)) == {}  # connections hold them encrypted
    assert "xcom" in rows_that_hold(live_stack, ["support@larkfieldmoss.example"])  # what is there would be found


def test_no_correspondent_and_no_subject_stands_in_airflows_tables(live_stack):
    with (
        contextlib.closing(psycopg2.connect(live_stack.facts()["database_url"])) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            """SELECT DISTINCT user_properties ->> 'string:Sender' FROM comments
            WHERE user_properties ->> 'string:Sender Domain' <> 'larkfieldmoss.example' LIMIT 40"""
        )
        senders = [row[0] for row in cursor.fetchall()]
    assert len(senders) > 10
    assert rows_that_hold(live_stack, senders) == {}


def test_no_secret_stands_in_a_log(live_stack):
    secrets = secrets_of(live_stack)
    logs = [*live_stack.layout.logs.iterdir(), *(live_stack.layout.airflow / "logs").rglob("*.log")]
    for log in logs:
        text = log.read_text(errors="replace") if log.is_file() else ""
        assert [place for place, secret in enumerate(secrets) if secret in text] == [], log


def listeners(pids: list[int]) -> Iterator[tuple[str, int]]:
    """Address and port of every socket on which these processes, or their children, listen."""
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in (found := psutil.Process(pid), *found.children(recursive=True)):
                for one in process.net_connections("inet"):
                    if one.status == psutil.CONN_LISTEN:
                        yield one.laddr.ip, one.laddr.port


def test_nothing_listens_but_to_this_machine(live_stack):
    found = set(listeners([*live_stack.processes.stragglers(), live_stack.postgres.pid()]))
    assert {port for _, port in found} >= set(live_stack.keys.ports.values())
    assert {address for address, _ in found} <= {"127.0.0.1", "::1"}


def test_logs_of_running_tasks_are_served_to_those_alone_who_have_airflow_s_key(live_stack):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{live_stack.keys.ports['task_logs']}/log/x", timeout=30)
    assert refused.value.code == 403


def test_a_killed_database_is_started_again_and_all_go_on(live_stack):
    os.kill(live_stack.postgres.pid(), signal.SIGKILL)
    patience = live_stack.patience(300)

    def goes_on() -> bool:
        with contextlib.suppress(RestError, psycopg2.Error):
            psycopg2.connect(live_stack.postgres.url()).close()
            health = live_stack.airflow.health()
            return {health.get(part) for part in ("metadatabase", "scheduler", "dag_processor")} == {"healthy"}
        return False

    while not goes_on():
        assert not patience.over(), patience.spent()
        time.sleep(1)
    assert len(live_stack.status()) == 4
