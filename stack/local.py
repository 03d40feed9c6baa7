"""One whole stack: PostgreSQL, the simulator, Airflow, the product's own processes. Started, looked at, stopped.

`make demo` starts one in .local, the live tests start theirs in a temporary directory.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stack import environment, keys, ports
from stack.airflow import COMPONENTS, LOG_SERVER, Airflow, User
from stack.files import private_directory, write_private
from stack.layout import ROOT, Layout, script
from stack.patience import Patience
from stack.postgres import Server
from stack.processes import ProcessError, Processes
from stack.progress import Progress
from stack.rest import Rest, RestError
from stack.simulator import NAME as SIMULATOR
from stack.simulator import Mail, Simulator

CONNECTION = "exchange_demo"
INTEGRATION = "demo/exchange"
DAG_ID = "exchange.demo.exchange"
BACKFILL_DAG_ID = "exchange_backfill.demo.exchange"
BUCKET = "demo/mail"
SERVE = "exchange-sync-serve"
HOUSEKEEPING_SECONDS = 600
QUIET_SECONDS = 10.0  # whoever waits hears at least this often that something is at work
PREFERRED_PORTS: dict[str, int | None] = {**keys.PREFERRED, "exchange": 8443, "exchange_control": 8444}


@dataclass(frozen=True)
class Options:
    """How a stack differs from the demo's.

    interval: seconds between runs of the live DAG. fixed_ports: look for the usual ports first, else take any.
    durable: whether the database survives a power cut. variables: added to the environment of every process.
    """

    mail: Mail = field(default_factory=Mail)
    interval: int = 15
    fixed_ports: bool = True
    durable: bool = True
    dags: Path = ROOT / "dags"
    plugins: Path = ROOT / "plugins"
    variables: Mapping[str, str] = field(default_factory=dict)


class LocalStack:
    """The stack below ``layout.local``. Whoever starts or stops it holds its lock meanwhile."""

    def __init__(self, layout: Layout, options: Options | None = None, progress: Progress | None = None) -> None:
        self.layout = layout
        self.options = options or Options()
        self.progress = progress or Progress()
        self.processes = Processes(layout.run, layout.logs)
        self.postgres = Server(layout.postgres, for_tests=not self.options.durable)
        self.simulator = Simulator(layout)

    # Looking

    @property
    def keys(self) -> keys.Keys:
        """Its passwords and ports."""
        return keys.keys(self.layout.secrets)

    @property
    def airflow(self) -> Airflow:
        """Its Airflow."""
        return Airflow(self.layout, self.keys, self.environment())

    def rest(self) -> Rest:
        """Its Airflow's API, as the admin."""
        return Rest(self.airflow.url, "admin", self.keys.admin_password)

    def environment(self) -> dict[str, str]:
        """The complete environment of its processes, with which commands such as ``exchange-sync`` find it."""
        folders = {"dags": self.options.dags, "plugins": self.options.plugins}
        url = self.postgres.url("airflow")
        return {
            **environment.base(),
            **environment.product(self.layout, self.postgres.url("exchange_sync")),
            **environment.airflow(self.layout, self.keys, url, folders),
            **self.options.variables,
        }

    def status(self) -> list[dict[str, Any]]:
        """What `exchange-sync status --json` tells of each mailbox of the integration."""
        rows: list[dict[str, Any]] = json.loads(self.command("status", INTEGRATION, "--json"))["mailboxes"]
        return rows

    def facts(self) -> dict[str, Any]:
        """The content of demo.json. api_url is None while nothing serves the API."""
        simulator = json.loads(self.simulator.ready_file.read_text(encoding="utf-8"))
        known = self.keys
        api = f"http://127.0.0.1:{known.ports['api']}" if self.processes.is_running(SERVE) else None
        return {
            "airflow_url": self.airflow.url,
            "api_url": api,
            "ui_user": "admin",
            "ui_password": known.admin_password,
            "viewer_user": "viewer",
            "viewer_password": known.viewer_password,
            "database_url": self.postgres.url("exchange_sync"),
            "simulator_url": simulator["ews_url"],
            "simulator_control_url": simulator["control_url"],
            "simulator_control_token": simulator["token"],
            "simulator_ca": simulator["ca_file"],
        }

    def command(self, *words: str) -> str:
        """Run `exchange-sync` with these words in this stack; returns what it printed. Raises ProcessError."""
        done = subprocess.run(
            [script("exchange-sync"), *words], cwd=ROOT, env=self.environment(), capture_output=True, text=True
        )
        if done.returncode != 0:
            raise ProcessError(f"exchange-sync {words[0]} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
        return done.stdout

    # Doing

    def start(self) -> None:
        """Start what is not running and wait until Airflow is well; then the DAG runs. Harmless when all runs.

        Raises ProcessError or PostgresError with the reason.
        """
        with self._locked(), ports.held() as hold:
            with self.progress.step("PostgreSQL is up"):
                self.postgres.start()
            kept = {name for name, process in _HOLDERS.items() if self.processes.is_running(process)}
            wanted = PREFERRED_PORTS if self.options.fixed_ports else dict.fromkeys(PREFERRED_PORTS)
            keys.with_free_ports(self.layout.secrets, kept, wanted, hold)
            self._prepare()
            self._start_product()
            with self.progress.step("Airflow is up"):
                self.airflow.wait(self.processes)
                self._wait_for_api()
            # Once only: a person who paused it since meant it.
            if not self.layout.unpaused.exists():
                with self.progress.step("the DAGs are read and unpaused"):
                    for dag_id in (DAG_ID, BACKFILL_DAG_ID):
                        self.unpause(dag_id)
                self.layout.unpaused.touch(mode=0o600)

    def unpause(self, dag_id: str, seconds: float = 60.0) -> None:
        """Unpause a DAG, once Airflow has read it."""
        rest, patience = self.rest(), self.patience(seconds)
        while True:
            try:
                return rest.unpause(dag_id)
            except RestError as error:
                # 404: not read yet; 0: no answer in time, as on a busy machine
                if error.status not in (0, 404) or patience.over():
                    raise
                time.sleep(0.5)

    def patience(self, seconds: float) -> Patience:
        """A wait for something that takes these processes so many seconds when they have the machine to themselves."""
        return Patience(seconds, self.processes.processor_seconds)

    def wait_until_synced(self, seconds: float = 240.0) -> list[dict[str, Any]]:
        """Wait until every mailbox is up to date; returns the status of each. ProcessError when all stands still."""
        patience, shown, said = self.patience(seconds), None, 0.0
        ready: set[str] = set()  # new mail trickles in, so they may never be up to date all at once
        while True:
            try:
                rows = self.status()
            except ProcessError:  # its connection was not answered in time, or the database is being started again
                if patience.over():
                    raise
                time.sleep(1)
                continue
            ready |= {row["mailbox"] for row in rows if row["state"] == "up to date"}
            done = len(ready)
            counted = (done, sum(row["listed"] for row in rows), sum(row["created"] for row in rows))
            if counted != shown or time.monotonic() > said + QUIET_SECONDS:
                shown, said = counted, time.monotonic()
                emails = f"{counted[1]} emails listed, {counted[2]} comments made"
                self.progress.say(f"{done} of {len(rows)} mailboxes up to date; {emails}")
            if rows and done == len(rows):
                return rows
            for name in self.processes.names():
                self.processes.require(name)
            # of those alone that are not there yet: new mail that trickles in elsewhere is no progress
            if patience.over([(row["mailbox"], row["created"]) for row in rows if row["mailbox"] not in ready]):
                states = "; ".join(f"{row['mailbox']}: {row['state']}" for row in rows)
                raise ProcessError(f"not every mailbox is up to date after {patience.spent()}: {states}")
            time.sleep(1)

    def stop(self) -> None:
        """Stop everything and verify that nothing of it lives. Raises ProcessError when something does."""
        with self._locked():
            self.processes.stop()
            self.processes.sweep()
            self.postgres.stop()
            left = self.processes.stragglers()
            if left or self.postgres.is_running():
                raise ProcessError(f"these processes did not end: {left or 'PostgreSQL'}")

    def clean(self) -> None:
        """Stop everything and remove all of its state, also what lies outside ``layout.local``."""
        self.stop()
        self.postgres.destroy()
        shutil.rmtree(self.layout.local, ignore_errors=True)

    # How

    def _prepare(self) -> None:
        """Three things side by side: the product's schema, the simulator with its mail, Airflow's database."""
        if all(self.processes.is_running(name) for name in (*COMPONENTS, SIMULATOR)):
            self._schema()
            return
        users = [User("admin", self.keys.admin_password, "Admin"), User("viewer", self.keys.viewer_password, "Viewer")]
        self.simulator.start(self.processes, self.options.mail, self.keys.ports, environment.base())
        with ThreadPoolExecutor() as pool, self.airflow.preparing(users) as connect:
            schema = pool.submit(self._schema)
            with self.progress.step("the simulated Exchange is up, with mail in it"):
                simulator = self.simulator.wait(self.processes)
            connect({CONNECTION: demo_connection(simulator)})
            schema.result()
            begun = time.monotonic()
        self.progress.say(f"Airflow's database, users and connection are there ({time.monotonic() - begun:.1f} s more)")

    def _schema(self) -> None:
        with self.progress.step("the product's schema is there"):
            self.command("init-db")

    def _start_product(self) -> None:
        """Airflow's three processes first, since they take longest; then the integration and what runs beside."""
        self.airflow.start(self.processes)
        file = self.layout.local / "demo.yaml"
        write_private(file, configuration(self.simulator.mailboxes(), self.options.interval))
        self.command("apply", str(file))
        env = self.environment()
        person = {"EXCHANGE_SYNC_AIRFLOW_USER": "admin", "EXCHANGE_SYNC_AIRFLOW_PASSWORD": self.keys.admin_password}
        write_private(self.layout.variables, _exports({**env, **person}))
        program, every = script("exchange-sync"), str(HOUSEKEEPING_SECONDS)
        commands = {
            SERVE: [program, "serve", "--port", str(self.keys.ports["api"])],
            "exchange-sync-housekeeping": [program, "housekeeping", "--every", every],
            "log-keeper": [script("python"), "-m", "stack.keeper", str(self.layout.local)],
        }
        for name, command in commands.items():
            self.processes.start(name, command, env, ROOT)

    def _wait_for_api(self, seconds: float = 60.0) -> None:
        address, patience = ("127.0.0.1", self.keys.ports["api"]), self.patience(seconds)
        while True:
            self.processes.require(SERVE)
            try:
                socket.create_connection(address, timeout=5).close()
                return
            except OSError as error:
                if patience.over():
                    raise ProcessError(f"the API did not answer: {error}; see {self.processes.log(SERVE)}") from error
                time.sleep(0.2)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        private_directory(self.layout.local)
        with self.layout.lock.open("w") as lock:
            self.layout.lock.chmod(0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.progress.say("another make demo or make stop is at work here; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _exports(environment: Mapping[str, str]) -> str:
    """Shell lines that make a terminal's commands find this stack: `. .local/env`, then `exchange-sync status`."""
    ours = {name: value for name, value in environment.items() if name.startswith(("EXCHANGE_SYNC_", "AIRFLOW_"))}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(ours.items())]
    return "\n".join([*lines, f'export PATH={shlex.quote(str(ROOT / ".venv" / "bin"))}:"$PATH"', ""])


_HOLDERS = {
    "airflow": "airflow-api-server",
    "task_logs": LOG_SERVER,
    "api": SERVE,
    "exchange": SIMULATOR,
    "exchange_control": SIMULATOR,
}


def configuration(mailboxes: list[str], interval: int) -> str:
    """What `exchange-sync apply` takes: one integration with these mailboxes, all into one bucket."""
    box = "      - address: {}\n        bucket: {}\n        folders: {{archive: true}}\n"
    boxes = "".join(box.format(json.dumps(address), BUCKET) for address in mailboxes)
    return (
        f"buckets:\n  - name: {BUCKET}\n    title: The demo's mail\n"
        f"integrations:\n  - name: {INTEGRATION}\n    title: The demo's Exchange\n    connection: {CONNECTION}\n"
        f"    interval: {interval}s\n    mailboxes:\n{boxes}"
    )


def demo_connection(simulator: Mapping[str, Any]) -> dict[str, Any]:
    """The Airflow connection to a simulator: simulator holds what its simulator.json says."""
    return {
        "conn_type": "exchange",
        "description": "The simulated Exchange of make demo",
        "host": simulator["ews_url"],
        "port": urlsplit(simulator["ews_url"]).port,  # Airflow's Test button wants one
        "login": simulator["username"],
        "password": simulator["password"],
        # as many connections as the demo has workers, so that its first sync waits for no pool
        "extra": {"access": "impersonation", "ca_bundle": simulator["ca_file"], "max_connections": 4},
    }
