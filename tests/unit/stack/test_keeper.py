"""The keeper of the local stack starts again what ended by itself, and nothing that somebody stopped."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.keeper import revive
from stack.processes import Processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path / "run", tmp_path / "logs")
    made.start("scheduler", SLEEP, dict(os.environ), tmp_path)
    yield made
    made.stop()


def kill(processes: Processes, name: str) -> None:
    pid = processes._pid(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 5
    while processes.is_running(name) and time.monotonic() < end:
        time.sleep(0.02)


def up() -> bool:
    return True


def test_a_process_that_ended_is_started_again_at_the_second_look(processes: Processes) -> None:
    kill(processes, "scheduler")
    ended = revive(processes, set(), up)
    assert ended == {"scheduler"}
    assert not processes.is_running("scheduler"), "it may be about to be stopped by somebody"
    assert revive(processes, ended, up) == set()
    assert processes.is_running("scheduler")
    assert processes.command("scheduler") == SLEEP


def test_without_its_database_it_is_left_until_the_database_is_back(processes: Processes) -> None:
    kill(processes, "scheduler")
    ended = revive(processes, set(), up)
    for _ in range(3):
        ended = revive(processes, ended, lambda: False)
        assert not processes.is_running("scheduler")
    revive(processes, ended, up)
    assert processes.is_running("scheduler")


def test_what_runs_and_what_was_stopped_is_left_alone(processes: Processes) -> None:
    assert revive(processes, {"scheduler"}, up) == set()
    processes.stop(["scheduler"])
    assert revive(processes, {"scheduler"}, up) == set()
    assert processes.names() == []
