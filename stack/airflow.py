"""Airflow of one stack: its home, its database, its users and connections, its processes.

No triggerer: nothing here defers.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.files import PRIVATE_UMASK, private_directory, write_json, write_private
from stack.keys import Keys
from stack.layout import ROOT, Layout, script
from stack.patience import Patience
from stack.processes import ProcessError, Processes, tail

LOG_SERVER = "airflow-task-logs"
# Airflow's scheduler would serve the logs of running tasks on every address of the machine, and has no setting for it.
COMPONENTS = {
    "airflow-api-server": ("airflow", "api-server"),
    "airflow-scheduler": ("airflow", "scheduler", "--skip-serve-logs"),
    "airflow-dag-processor": ("airflow", "dag-processor"),
    LOG_SERVER: ("uvicorn", "airflow.utils.serve_logs.log_server:get_app", "--factory", "--host", "127.0.0.1"),
}
READY_SECONDS = 300.0  # of processor time, on a slow machine; a quick one needs a fifth
SERVICE_ROLE = "Exchange Sync Service"  # as exchange_sync.orchestrate.airflow_api has it, a test compares
SERVICE_CONNECTION = "exchange_airflow_api"

# LocalExecutor forks its workers from the scheduler, so what the scheduler has imported costs a task nothing: ten
# tasks that validate took 67 s without this and 4 s with it. Modules of migrations run when imported: never those.
# A Celery worker forks likewise, hence the same for `airflow celery worker`.
LOCAL_SETTINGS = '''\
"""Written by the stack. Imports in the scheduler and in Celery workers what tasks will need, before they fork."""

import sys

if {"scheduler", "worker"} & set(sys.argv[:3]):
    import importlib
    import pkgutil

    import airflow.sdk.execution_time.supervisor
    import airflow.sdk.execution_time.task_runner
    from airflow.sdk import task

    task.python  # loads the providers' decorators once
    for package in ("clean", "enrich", "quality", "store", "source", "notify", "pipeline"):
        found = importlib.import_module(f"exchange_sync.{package}")
        for module in pkgutil.walk_packages(found.__path__, f"{found.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
'''
_HOSTNAME = '''\
"""Written by the local stack: the address at which this machine's own log server answers."""


def hostname() -> str:
    return "127.0.0.1"
'''


@dataclass(frozen=True)
class User:
    """Somebody who may sign in. role: one of Airflow's, such as Admin or Viewer."""

    name: str
    password: str
    role: str


@dataclass(frozen=True)
class Airflow:
    """One Airflow. ``environment`` is complete: what stack.environment makes of base, product and airflow."""

    layout: Layout
    keys: Keys
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where people and programs find it."""
        return f"http://127.0.0.1:{self.keys.ports['airflow']}"

    @contextlib.contextmanager
    def preparing(self, users: Sequence[User]) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Migrate the database and make the users, while the caller goes on; leaving the context waits for the end.

        Yields a function that sets connections (id → Airflow's own JSON form); it may be called as soon as they are
        known, so that a slow database migration and a slow server start side by side.
        Raises ProcessError, with the end of the log, when Airflow refuses something.
        """
        self._write_home()
        given = self.layout.airflow / "connections.json"
        log = private_directory(self.layout.logs) / "airflow-setup.log"
        setup = self._run_setup(log)
        assert setup.stdin is not None

        def send(*words: str) -> None:
            # A setup that has ended says why in its log; its status is looked at below.
            with contextlib.suppress(BrokenPipeError):
                print(json.dumps(words), file=setup.stdin, flush=True)

        def connect(connections: Mapping[str, Any]) -> None:
            write_json(given, connections)
            send("connections", "import", str(given), "--overwrite")

        try:
            send("db", "migrate")
            for user in users:
                send(*create_user(user))
            commands, service = service_account(self.url)
            for words in commands:
                send(*words)
            yield lambda connections: connect({**service, **connections})
            setup.stdin.close()
            if setup.wait() != 0:
                raise ProcessError(f"Airflow could not be set up. The end of {log}:\n{tail(log)}")
        finally:
            setup.kill()
            setup.wait()
            given.unlink(missing_ok=True)

    def start(self, processes: Processes) -> None:
        """Start what is not running. Returns at once; ``wait`` waits."""
        for name, (program, *words) in COMPONENTS.items():
            more = ["--port", str(self.keys.ports["task_logs"]), "--no-access-log"] if name == LOG_SERVER else []
            processes.start(name, [script(program), *words, *more], self.environment, ROOT)

    def wait(self, processes: Processes, seconds: float = READY_SECONDS) -> None:
        """Wait until the API answers and the scheduler and the DAG processor report to be well.

        Raises ProcessError when one of them ends, or when they have worked for so long and nothing came of it.
        """
        patience, health = Patience(seconds, processes.processor_seconds), dict[str, str]()
        while not patience.over(health):
            for name in COMPONENTS:
                processes.require(name)
            health = self.health()
            if all(health.get(part) == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
                return
            time.sleep(0.5)
        raise ProcessError(f"Airflow is not ready after {patience.spent()}: {health}; logs in {processes.logs}")

    def health(self) -> dict[str, str]:
        """Part → its state, as Airflow's own health page tells; empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5) as answer:
                parts = json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return {}
        return {name: str(part.get("status")) for name, part in parts.items() if isinstance(part, dict)}

    def _run_setup(self, log: Path) -> subprocess.Popen[str]:
        with log.open("w", encoding="utf-8") as output:
            log.chmod(0o600)
            return subprocess.Popen(
                [script("python"), "-m", "stack.airflow_setup"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                text=True,
                cwd=ROOT,
                env=dict(self.environment),
                umask=PRIVATE_UMASK,
            )

    def _write_home(self) -> None:
        config = private_directory(self.layout.airflow / "config")
        write_private(config / "airflow_local_settings.py", LOCAL_SETTINGS)
        write_private(config / "local_stack.py", _HOSTNAME)


def service_account(api_url: str) -> tuple[list[list[str]], dict[str, Any]]:
    """The account with which the product turns Airflow's pause switches (design decision 8), and nothing else.

    Returns the words of Airflow's commands that make its role and itself, and the connection that holds its password:
    a new one at every set-up, so that it is kept nowhere else. api_url: Airflow's API as tasks reach it.
    """
    user = User("exchange-sync", secrets.token_urlsafe(24), SERVICE_ROLE)
    commands = [
        ["roles", "create", SERVICE_ROLE],
        create_user(user),
        ["users", "reset-password", "--username", user.name, f"--password={user.password}"],
    ]
    connection = {
        "conn_type": "http",
        "description": "With which Exchange Sync turns the pause switch of its own DAGs",
        "host": api_url,
        "login": user.name,
        "password": user.password,
    }
    return commands, {SERVICE_CONNECTION: connection}


def create_user(user: User) -> list[str]:
    """The words of Airflow's command that makes a user, and leaves one that is there as it is."""
    words = ["users", "create", "--username", user.name, f"--password={user.password}", "--role", user.role]
    return [*words, "--firstname", user.name.title(), "--lastname", "User", "--email", f"{user.name}@localhost.test"]
