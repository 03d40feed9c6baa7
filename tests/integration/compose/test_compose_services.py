"""The services of docker-compose.yaml, run as they stand there, only without containers.

No Docker engine is needed: places, ports and host names are exchanged in the file's text, then each command is started
with the environment that the file gives it. What is not proven here: the images, the volumes' owners, the network.
Needs a redis-server; skips without one.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stack import dotenv, ports
from stack.patience import Patience
from stack.postgres import Server
from stack.processes import Processes

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
REDIS = shutil.which("redis-server")
AIRFLOW = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-worker")
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::\?[^}]*)?\}")

pytestmark = [pytest.mark.live, pytest.mark.skipif(REDIS is None, reason="there is no redis-server here")]


class Composed:
    """The file's services as processes below one directory."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.ports = dict(zip(("airflow", "api", "redis", "health", "logs", "ews", "control"), _free(7), strict=True))
        self.env = self._env(server)
        self.services = YAML(typ="safe").load(self._here((ROOT / "docker-compose.yaml").read_text()))["services"]
        self.processes = Processes(folder / "run", folder / "output")

    def _env(self, server: Server) -> dict[str, str]:
        text = dotenv.filled((ROOT / ".env.example").read_text())
        found = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
        admin, airflow, product = (server.url(name) for name in ("postgres", "airflow", "exchange_sync"))
        return {
            **found,
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": re.search(r":(\d+)/", admin)[1],
            "DATABASE_ADMIN_URL": admin,
            # The embedded server has made both roles already.
            "AIRFLOW_DB_PASSWORD": re.search(r"airflow:([^@]+)@", airflow)[1],
            "EXCHANGE_SYNC_DB_PASSWORD": re.search(r"exchange_sync:([^@]+)@", product)[1],
            "AIRFLOW_URL": f"http://127.0.0.1:{self.ports['airflow']}",
        }

    def _here(self, text: str) -> str:
        exchanged = {
            "/var/lib/exchange-sync": f"{self.folder}/data",
            "/var/lib/exchange-demo": f"{self.folder}/demo",
            "/var/log/airflow": f"{self.folder}/logs",
            "/opt/exchange-sync": str(ROOT),
            "http://airflow-api-server:8080": f"http://127.0.0.1:{self.ports['airflow']}",
            "127.0.0.1:8080": f"127.0.0.1:{self.ports['airflow']}",
            "127.0.0.1:8974": f"127.0.0.1:{self.ports['health']}",
            "127.0.0.1:8090": f"127.0.0.1:{self.ports['api']}",
            '"--port", "8090"': f'"--port", "{self.ports["api"]}"',
            '"0.0.0.0"': '"127.0.0.1"',
            "@redis:6379": f"@127.0.0.1:{self.ports['redis']}",
            "--host=simulator": "--host=127.0.0.1",
            "--port=8443": f"--port={self.ports['ews']}",
            "--control-port=8444": f"--control-port={self.ports['control']}",
        }
        for there, here in exchanged.items():
            assert there in text, there
            text = text.replace(there, here)
        return text

    def environment(self, name: str) -> dict[str, str]:
        """What the file and the image give a service, and the ports that a container would not have to share."""
        given = self.services[name].get("environment") or {}
        image = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOSTNAME": socket.gethostname(),
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "EXCHANGE_SYNC_HOME": str(self.folder / "data"),
            "AIRFLOW__API__PORT": str(self.ports["airflow"]),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.ports["health"]),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.ports["logs"]),
        }
        return {**image, **{key: self._filled(value) for key, value in given.items() if value is not None}}

    def words(self, name: str, given: list[str]) -> list[str]:
        return [self._filled(word) for word in given]

    def _filled(self, text: str) -> str:
        return VARIABLE.sub(lambda match: self.env[match[1]], text).replace("$$", "$")

    def start(self, name: str) -> None:
        command = self.words(name, self.services[name]["command"])
        if name == "redis":
            command[-1] = command[-1].replace("| exec", f"| sed '$a port {self.ports['redis']}' | exec")
        self.processes.start(name, command, self.environment(name), ROOT)

    def run(self, name: str) -> None:
        command = self.words(name, self.services[name]["command"])
        done = subprocess.run(command, env=self.environment(name), cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"{name}: {done.stdout[-1500:]} {done.stderr[-3000:]}"

    def is_healthy(self, name: str) -> bool:
        kind, *words = self.words(name, self.services[name]["healthcheck"]["test"])
        command = ["sh", "-c", words[0]] if kind == "CMD-SHELL" else words
        if name == "redis":
            command[-1] = command[-1].replace("redis-cli", f"redis-cli -p {self.ports['redis']}")
        environment = self.environment(name)
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True).returncode == 0

    def wait_until_healthy(self, name: str, seconds: float = 400) -> None:
        patience = Patience(seconds, self.processes.processor_seconds)
        while not self.is_healthy(name):
            self.processes.require(name)
            assert not patience.over(), f"{name} is not healthy: {self.processes.log(name).read_text()[-3000:]}"
            time.sleep(2)

    def status(self) -> str:
        command = ["exchange-sync", "status"]
        environment = self.environment("housekeeping")
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _free(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        found.append(ports.pick(None, found))
    return found


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("composed")
    with Server.temporary(folder / "postgres") as server:
        made = Composed(folder, server)
        try:
            yield made
        finally:
            made.processes.stop()
            made.processes.sweep()


def test_the_services_as_composed_turn_the_demo_s_mail_into_comments(composed):
    home = [sys.executable, "-m", "stack.container", "home"]
    subprocess.run(home, env=composed.environment("init"), cwd=ROOT, check=True)
    composed.start("redis")
    composed.start("simulator")
    composed.run("init")
    composed.run("init")  # every start of the stack runs it
    for name in AIRFLOW:
        composed.start(name)
    composed.start("housekeeping")
    composed.start("serve")
    for name in ("redis", "simulator", "serve", *AIRFLOW):
        composed.wait_until_healthy(name)
    composed.run("demo")
    patience = Patience(600, composed.processes.processor_seconds)
    while "up to date" not in composed.status():
        assert not patience.over(), composed.status()
        time.sleep(5)
    worker = composed.processes.log("airflow-worker").read_text()
    assert worker.count("execute_workload") > 4, "the tasks did not run in the Celery worker"
    logs = list((composed.folder / "logs").glob("dag_id=exchange.demo.exchange/run_id=*/task_id=*/**/*.log"))
    assert logs, "no task log lies in the shared volume"
    for name in (*AIRFLOW, "serve", "housekeeping"):
        composed.processes.require(name)
