"""What Airflow's DAG processor costs with many integrations: when nothing changed, and when one did.

    .venv/bin/python tests/bench/dag_files.py [INTEGRATIONS] [SECONDS]

A real DAG processor with the stack's settings, and the watch that housekeeping runs. Prints processor seconds in ten
seconds while nothing changes (allowed: 1.5 for 200 integrations), those of one reading of the DAG file, and how long a
new integration takes to be an Airflow DAG. Ends with status 1 when it is too dear.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from stack import environment, keys, ports  # noqa: E402
from stack.airflow import Airflow  # noqa: E402
from stack.layout import Layout, script  # noqa: E402
from stack.postgres import Server  # noqa: E402
from stack.processes import Processes  # noqa: E402

INTEGRATIONS, SECONDS, ALLOWED = 200, 60, 1.5
QUIET_SECONDS = 6.0
AIRFLOW = "airflow-dag-processor"
FILE = """buckets:
  - name: acme/mail
integrations:
"""
ONE = """  - name: acme/mail{number:04}
    connection: exchange_{number:04}
    mailboxes:
      - address: box@mail{number:04}.example
        bucket: acme/mail
"""


def configuration(integrations: int) -> str:
    """What `exchange-sync apply` takes."""
    return FILE + "".join(ONE.format(number=number) for number in range(integrations))


class Bench:
    """PostgreSQL, both schemas, and a DAG processor in a directory of its own."""

    def __init__(self, home: Path) -> None:
        self.layout = Layout(home)
        self.processes = Processes(self.layout.run, self.layout.logs)
        self.server = Server(self.layout.postgres, for_tests=True)
        self.environment: dict[str, str] = {}

    def start(self, integrations: int) -> None:
        self.server.start()
        with ports.held() as hold:
            known = keys.with_free_ports(self.layout.secrets, set(), dict.fromkeys(keys.PREFERRED), hold)
        folders = {"dags": ROOT / "dags", "plugins": ROOT / "plugins"}
        self.environment = {
            **environment.base(),
            **environment.product(self.layout, self.server.url("exchange_sync")),
            **environment.airflow(self.layout, known, self.server.url("airflow"), folders),
        }
        with Airflow(self.layout, known, self.environment).preparing([]):
            self.run("exchange-sync", "init-db")
        self.apply(integrations)
        self.processes.start(AIRFLOW, [script("airflow"), "dag-processor"], self.environment, ROOT)

    def run(self, program: str, *words: str) -> None:
        subprocess.run([script(program), *words], env=self.environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def apply(self, integrations: int) -> None:
        file = self.layout.local / "many.yaml"
        file.write_text(configuration(integrations), encoding="utf-8")
        self.run("exchange-sync", "apply", str(file))

    def close(self) -> None:
        self.processes.stop()
        self.processes.sweep()
        self.server.destroy()


def measure(bench: Bench, integrations: int, seconds: float) -> bool:
    """Print the figures; whether an idle processor is cheap enough."""
    os.environ.update(bench.environment)
    from exchange_sync.clock import now_utc
    from exchange_sync.orchestrate.catalogue import integrations_in
    from exchange_sync.orchestrate.pools import known_pools
    from exchange_sync.orchestrate.reparse import LOOK_SECONDS, AirflowsDagProcessor, Watch
    from exchange_sync.settings import Settings
    from exchange_sync.store.database import Database

    airflow, settings = AirflowsDagProcessor(), Settings.from_environment()
    db = Database(settings.database_url)
    watch = Watch(lambda: (integrations_in(db), known_pools(settings)), airflow)

    def is_quiet() -> bool:
        """Airflow goes on writing for a while after a new DAG is there."""
        worked = bench.processes.processor_seconds()
        time.sleep(QUIET_SECONDS)
        return bench.processes.processor_seconds() - worked < QUIET_SECONDS * 0.15

    def wait(done: Callable[[], bool]) -> tuple[float, float]:
        """Seconds until it is done, and those that the processor worked meanwhile."""
        began, worked = time.monotonic(), bench.processes.processor_seconds()
        while not done():
            bench.processes.require(AIRFLOW)
            time.sleep(LOOK_SECONDS)
            watch.look(now_utc())
        return time.monotonic() - began, bench.processes.processor_seconds() - worked

    wait(lambda: len(airflow.known().dag_ids) == 2 * integrations)
    wait(lambda: not watch.is_waiting)
    wait(is_quiet)
    end = time.monotonic() + seconds
    took, worked = wait(lambda: time.monotonic() >= end)
    idle = worked / took * 10
    print(f"nothing changed: {idle:.2f} s of processor in 10 s (allowed {ALLOWED})", flush=True)
    bench.apply(integrations + 1)
    took, worked = wait(lambda: len(airflow.known().dag_ids) == 2 * (integrations + 1))
    _, more = wait(is_quiet)
    print(f"a new integration: {took:.0f} s until it is there")
    print(f"its readings, two at least, cost {worked + more:.0f} s of processor")
    print(f"ratio to what is allowed when nothing changed: {idle / ALLOWED:.2f}")
    db.close()
    return idle <= ALLOWED


def main(integrations: int, seconds: float) -> int:
    """Start, measure, and leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="exchange-sync-bench-"))
    bench = Bench(home)
    try:
        bench.start(integrations)
        print(f"{integrations} integrations, {seconds:.0f} s without a change")
        return 0 if measure(bench, integrations, seconds) else 1
    finally:
        bench.close()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(given[0] if given else INTEGRATIONS, given[1] if len(given) > 1 else SECONDS))
