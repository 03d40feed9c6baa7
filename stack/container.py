"""The set-up inside containers (docker-compose.yaml): ``python -m stack.container home | init | demo``.

The same parts as the local stack's: roles and databases, the product's schema, Airflow's database and users, and, for
the demo, the connection and the integration. Every step may be run again: what is there stays as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg2

from stack import databases
from stack.airflow import LOCAL_SETTINGS, User, create_user, service_account
from stack.files import write_private
from stack.layout import ROOT, Layout, script
from stack.local import BACKFILL_DAG_ID, CONNECTION, DAG_ID, configuration, demo_connection
from stack.rest import Rest, RestError
from stack.simulator import Simulator

PATIENCE_SECONDS = 900.0  # for other containers, whose work cannot be measured from in here; a busy machine needs it


class SetupError(RuntimeError):
    """The containers cannot be set up; the message says what to mend."""


def home(environment: Mapping[str, str]) -> None:
    """Write what Airflow reads at its start into AIRFLOW_HOME. Part of the image's build."""
    config = Path(environment["AIRFLOW_HOME"]) / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "airflow_local_settings.py").write_text(LOCAL_SETTINGS, encoding="utf-8")


def init(environment: Mapping[str, str]) -> None:
    """Both databases, brought up to date, and Airflow's users.

    Raises SetupError when PostgreSQL does not answer or a step fails.
    """
    admin_url = environment.get("DATABASE_ADMIN_URL", "")
    _await_postgres(admin_url or environment["EXCHANGE_SYNC_DATABASE_URL"])
    if admin_url:  # without it, somebody else has made roles and databases
        owners = {"airflow": "AIRFLOW_DB_PASSWORD", "exchange_sync": "EXCHANGE_SYNC_DB_PASSWORD"}
        databases.ensure(admin_url, {name: environment[variable] for name, variable in owners.items()})
        print("roles and databases are there", flush=True)
    _run([script("exchange-sync"), "init-db"], environment)
    users = [
        User("admin", environment["AIRFLOW_ADMIN_PASSWORD"], "Admin"),
        User("viewer", environment["AIRFLOW_VIEWER_PASSWORD"], "Viewer"),
    ]
    api = environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].removesuffix("/").removesuffix("/execution")
    commands, service = service_account(api)
    _airflow([["db", "migrate"], *(create_user(user) for user in users), *commands], environment)
    _connect(service, environment)
    _run([script("exchange-sync"), "access"], environment)


def demo(environment: Mapping[str, str]) -> None:
    """The simulator as an integration: its connection in Airflow, its mailboxes configured, its DAGs unpaused.

    Runs in the simulator's network, since its control API listens there alone.
    Raises SetupError when a step fails, RestError when Airflow refuses.
    """
    simulator = Simulator(Layout(Path(environment["DEMO_HOME"])))
    facts = json.loads(simulator.ready_file.read_text(encoding="utf-8"))
    # The text, since the workers do not see the simulator's files.
    facts["ca_file"] = Path(facts["ca_file"]).read_text(encoding="utf-8")
    _connect({CONNECTION: demo_connection(facts)}, environment)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "demo.yaml"
        write_private(file, configuration(simulator.mailboxes(), 15))
        _run([script("exchange-sync"), "apply", str(file)], environment)
    rest = Rest(environment["AIRFLOW_URL"], "admin", environment["AIRFLOW_ADMIN_PASSWORD"])
    for dag_id in (DAG_ID, BACKFILL_DAG_ID):
        _unpause(rest, dag_id)


def _await_postgres(url: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg2.connect(url, connect_timeout=5).close()
            return
        except psycopg2.OperationalError as error:
            if time.monotonic() > end:
                # the driver's text names host, port and role, never the password
                raise SetupError(f"PostgreSQL cannot be reached or refuses the login: {error}") from None
        time.sleep(1)


def _unpause(rest: Rest, dag_id: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return rest.unpause(dag_id)
        except RestError as error:  # 404: Airflow has not read the DAG file yet; 0: it does not answer yet
            if error.status not in (0, 404) or time.monotonic() > end:
                raise
        time.sleep(1)


def _connect(connections: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "connections.json"
        write_private(file, json.dumps(connections))
        _airflow([["connections", "import", str(file), "--overwrite"]], environment)


def _airflow(commands: Iterable[Sequence[str]], environment: Mapping[str, str]) -> None:
    lines = "".join(f"{json.dumps(list(words))}\n" for words in commands)
    _run([script("python"), "-m", "stack.airflow_setup"], environment, lines)


def _run(command: Sequence[str], environment: Mapping[str, str], given: str = "") -> None:
    done = subprocess.run(command, input=given, text=True, env=dict(environment), cwd=ROOT)
    if done.returncode != 0:
        raise SetupError(f"{' '.join(command[:3])} ended with status {done.returncode}; its reason stands above")


STEPS = {"home": home, "init": init, "demo": demo}


def main(arguments: list[str] | None = None) -> int:
    """The command line. Expected failures are one message and status 1."""
    parser = argparse.ArgumentParser(prog="python -m stack.container", description=__doc__)
    parser.add_argument("step", choices=STEPS)
    try:
        STEPS[parser.parse_args(arguments).step](os.environ)
    except KeyError as error:
        print(f"The environment lacks {error.args[0]}; see docker-compose.yaml and .env.example.", file=sys.stderr)
        return 1
    except (SetupError, RestError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
