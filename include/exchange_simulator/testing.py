"""For tests: a simulated Exchange for the length of a with block."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange_simulator.cli import READY_FILE
from exchange_simulator.client import Control
from exchange_simulator.errors import SimulatorError
from exchange_simulator.server import Options, Simulator
from exchange_simulator.store import MailboxStore


@dataclass(frozen=True)
class Running:
    """Where a simulator listens, how to log in, and how to control it. store: its mail, in this process."""

    ews_url: str
    ca_file: str
    username: str
    password: str
    control: Control
    store: MailboxStore
    simulator: Simulator


@contextmanager
def running(state_dir: Path | None = None, **options: Any) -> Iterator[Running]:
    """Start a simulator in threads of this process, on free ports.

    state_dir: where it keeps its mail; None keeps it in memory. options: those of server.Options, such as
    ``exchange="2010"``.
    """
    with Simulator(Options(state=state_dir, **options)) as simulator:
        control = Control(simulator.control_url, simulator.token)
        try:
            yield Running(
                simulator.ews_url, str(simulator.ca_file), simulator.username, simulator.password, control,
                simulator.store, simulator,
            )  # fmt: skip
        finally:
            control.close()


@dataclass(frozen=True)
class RunningProcess:
    """A simulator in a process of its own: what simulator.json says, and its control. told: all of simulator.json."""

    ews_url: str
    ca_file: str
    username: str
    password: str
    control: Control
    process: subprocess.Popen[bytes]
    told: Mapping[str, str]


@contextmanager
def running_process(state_dir: Path | None = None, *arguments: str, seconds: float = 60.0) -> Iterator[RunningProcess]:
    """Start ``exchange-simulator serve`` as a process, on free ports, and stop it at the end.

    state_dir: where it keeps its mail; None takes a directory that is removed at the end. arguments: more options of
    the command line. Raises SimulatorError when it is not ready within so many seconds.
    """
    with tempfile.TemporaryDirectory(prefix="exchange-simulator-") as temporary:
        state = state_dir or Path(temporary)
        command = [sys.executable, "-m", "exchange_simulator.cli", "serve", "--state", str(state), *arguments]
        (state / READY_FILE).unlink(missing_ok=True)  # one that a killed process left behind
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            told = _await(state / READY_FILE, process, seconds)
            control = Control(told["control_url"], told["token"])
            yield RunningProcess(
                told["ews_url"], told["ca_file"], told["username"], told["password"], control, process, told,
            )  # fmt: skip
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(ready: Path, process: subprocess.Popen[bytes], seconds: float) -> dict[str, str]:
    end = time.monotonic() + seconds
    while not ready.exists():
        if process.poll() is not None:
            raise SimulatorError(f"the simulator ended with status {process.returncode} before it was ready")
        if time.monotonic() > end:
            raise SimulatorError(f"the simulator was not ready within {seconds:g} s")
        time.sleep(0.05)
    told: dict[str, str] = json.loads(ready.read_text(encoding="utf-8"))
    return told
