"""Processes that outlive their starter: only our own are ever touched, and none is left behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from stack.processes import MARK, ProcessError, Processes, started

SLEEP = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(600)",
]
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
    " start_new_session=True); print('both', flush=True); time.sleep(600)",
]


@pytest.fixture
def processes(tmp_path):
    found = Processes(tmp_path / "run", tmp_path / "logs")
    yield found
    found.stop(grace=1)
    found.sweep()


def says(processes, name, word):
    end = time.monotonic() + 20
    while word not in (processes.log(name).read_text() if processes.log(name).exists() else ""):
        assert time.monotonic() < end, f"{name} never said {word}"
        time.sleep(0.02)


def pid_of(processes, name):
    return json.loads((processes.run / f"{name}.json").read_text())["pid"]


def kill(processes, name):
    os.kill(pid_of(processes, name), signal.SIGKILL)
    while started(pid_of(processes, name)):
        time.sleep(0.01)


def test_a_started_process_runs_and_a_second_start_leaves_it_alone(processes, tmp_path):
    processes.start("sleeper", SLEEP, {}, tmp_path)
    first = pid_of(processes, "sleeper")
    processes.start("sleeper", SLEEP, {}, tmp_path)
    assert pid_of(processes, "sleeper") == first
    assert processes.is_running("sleeper")


def test_stopping_ends_it_and_forgets_it(processes, tmp_path):
    processes.start("sleeper", SLEEP, {}, tmp_path)
    pid = pid_of(processes, "sleeper")
    processes.stop()
    assert started(pid) is None
    assert processes.names() == []


def test_one_that_ignores_the_request_is_ended_by_force(processes, tmp_path):
    processes.start("stubborn", STUBBORN, {}, tmp_path)
    says(processes, "stubborn", "on")
    pid = pid_of(processes, "stubborn")
    processes.stop(grace=0.3)
    assert started(pid) is None


def test_a_stranger_who_got_the_same_number_is_never_touched(processes, tmp_path):
    stranger = subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL)
    try:
        processes.run.mkdir(parents=True)
        record = {"pid": stranger.pid, "started": "long ago", "command": SLEEP}
        (processes.run / "sleeper.json").write_text(json.dumps(record))
        assert not processes.is_running("sleeper")
        processes.stop(grace=0.1)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_child_of_a_killed_parent_that_stayed_in_its_session_ends_with_the_others(processes, tmp_path):
    command = [PARENT[0], "-c", PARENT[2].replace(", start_new_session=True", ", env={}")]
    processes.start("parent", command, {}, tmp_path)
    says(processes, "parent", "both")
    kill(processes, "parent")
    (child,) = [pid for pid in processes.stragglers() if started(pid)]
    processes.stop(grace=1)
    assert started(child) is None


def test_the_children_of_a_killed_parent_are_found_and_ended(processes, tmp_path):
    processes.start("parent", PARENT, {}, tmp_path)
    says(processes, "parent", "both")
    kill(processes, "parent")
    processes.stop(grace=1)
    left = processes.stragglers()
    assert len(left) == 1, "the child, in a session of its own"
    processes.sweep()
    assert [pid for pid in left if started(pid)] == []


def test_the_processes_of_another_stack_are_no_stragglers(processes, tmp_path):
    other = subprocess.Popen(SLEEP, env={**os.environ, MARK: str(tmp_path / "other")}, stdout=subprocess.DEVNULL)
    try:
        assert other.pid not in processes.stragglers()
    finally:
        other.kill()
        other.wait()


def test_one_that_has_ended_is_told_with_the_end_of_its_log(processes, tmp_path):
    processes.start("brief", [sys.executable, "-c", "raise SystemExit('the reason')"], {}, tmp_path)
    says(processes, "brief", "the reason")
    time.sleep(0.2)
    with pytest.raises(ProcessError, match="the reason"):
        processes.require("brief")


def test_records_and_logs_are_private(processes, tmp_path):
    processes.start("sleeper", SLEEP, {}, tmp_path)
    for path in (processes.run, processes.logs):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        for file in path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_log_that_grows_too_large_is_cut_and_goes_on(processes, tmp_path):
    command = ["/bin/sh", "-c", "while :; do echo 0123456789012345678901234567890123456789; sleep 0.01; done"]
    processes.start("talker", command, {"PATH": os.environ["PATH"]}, tmp_path)
    end = time.monotonic() + 20
    while processes.log("talker").stat().st_size < 2_000 and time.monotonic() < end:
        time.sleep(0.05)
    processes.cap_logs(limit=1_000)
    assert processes.log("talker").stat().st_size < 1_000
    assert (processes.logs / "talker.log.1").stat().st_size == 1_000
    says(processes, "talker", "0123456789")
    assert b"\0" not in processes.log("talker").read_bytes()


def test_work_of_children_counts_too_also_when_they_have_ended(processes, tmp_path):
    burn = "import time\nwhile time.process_time() < 0.6: pass"
    code = "import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', sys.argv[1]])\n"
    command = [sys.executable, "-c", code + "print('burnt', flush=True)\ntime.sleep(600)", burn]
    assert processes.processor_seconds() == 0
    processes.start("parent", command, {}, tmp_path)
    says(processes, "parent", "burnt")
    assert processes.processor_seconds() >= 0.6
