"""Long-running processes: start, look, stop. Whoever starts them returns to the prompt; they live on.

A file ``run/<name>.json`` says which process it is: number and start time, so that a stranger who got the same
number later is never touched. Every process leads a session of its own and carries the stack's directory in its
environment; by these, stopping finds what a killed parent left behind. (Both, since a process that renames itself
overwrites its environment, and one may begin another session.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from stack.files import PRIVATE_UMASK, private_directory, read_json, write_json

MARK = "EXCHANGE_SYNC_STACK"
GRACE_SECONDS = 20.0
LOG_BYTES = 5_000_000


class ProcessError(RuntimeError):
    """A process ended when it should run; the message holds the end of its log."""


@dataclass(frozen=True)
class Processes:
    """The processes of one stack. ``run`` holds the record of each, ``logs`` what each prints."""

    run: Path
    logs: Path

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        """Start ``command`` as ``name`` unless it runs already. It survives the caller and its terminal."""
        if self.is_running(name):
            return
        private_directory(self.run)
        private_directory(self.logs)
        with os.fdopen(os.open(self.log(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env={**environment, MARK: self._mark()},
                start_new_session=True,
                umask=PRIVATE_UMASK,
            )
        write_json(self._record(name), {"pid": child.pid, "started": started(child.pid), "command": list(command)})

    def names(self) -> list[str]:
        """Every process that was started and not stopped, running or not."""
        return sorted(path.stem for path in self.run.glob("*.json"))

    def is_running(self, name: str) -> bool:
        """True when the very process that was started as ``name`` lives."""
        return self._pid(name) is not None

    def command(self, name: str) -> list[str]:
        """What was started as ``name``."""
        return list(read_json(self._record(name))["command"])

    def log(self, name: str) -> Path:
        """The file that holds what ``name`` prints."""
        return self.logs / f"{name}.log"

    def require(self, name: str) -> None:
        """Raise ProcessError with the end of its log when ``name`` no longer runs."""
        if not self.is_running(name):
            raise ProcessError(f"{name} has ended. The end of {self.log(name)}:\n{tail(self.log(name))}")

    def processor_seconds(self) -> float:
        """What all processes of this stack, and those of their children that have ended, have used of processors."""
        return sum(_used(pid) for pid in self._belonging(self.names()))

    def stop(self, names: Iterable[str] | None = None, grace: float = GRACE_SECONDS) -> None:
        """Ask the processes to end, all at once, and end by force what still lives after ``grace`` seconds.

        Their children too, whatever became of their parents. Raises ProcessError when one cannot be ended.
        """
        chosen = self.names() if names is None else list(names)
        running = [pid for name in chosen if (pid := self._pid(name)) is not None]
        for pid in running:
            _send(pid, signal.SIGTERM)
        _wait(running, grace)
        left = self._belonging(chosen)
        for pid in left:
            _send(pid, signal.SIGKILL)
        _wait(left, 5)
        for name in chosen:
            if self._belonging([name]):
                raise ProcessError(f"these processes of {name} cannot be ended: {self._belonging([name])}")
            self._record(name).unlink(missing_ok=True)

    def stragglers(self) -> list[int]:
        """Processes of this stack that still live: by their records and by the mark in their environment."""
        marked = [
            process.pid
            for process in psutil.process_iter()
            if process.pid != os.getpid() and _environment(process).get(MARK) == self._mark()
        ]
        return sorted({*marked, *self._belonging(self.names())})

    def sweep(self) -> None:
        """End by force what stopping left behind, such as children that began a session of their own."""
        left = self.stragglers()
        for pid in left:
            _send(pid, signal.SIGKILL)
        _wait(left, 5)

    def cap_logs(self, limit: int = LOG_BYTES) -> None:
        """Keep each log below about twice ``limit`` bytes: the older half goes to ``<name>.log.1``.

        The writers append, so a log that was emptied under them goes on at its new end.
        """
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > limit:
                older = log.with_name(log.name + ".1")
                older.write_bytes(log.read_bytes()[-limit:])
                older.chmod(0o600)
                os.truncate(log, 0)

    def _record(self, name: str) -> Path:
        return self.run / f"{name}.json"

    def _mark(self) -> str:
        return str(self.run.parent)

    def _belonging(self, names: Iterable[str]) -> list[int]:
        """Living processes in the sessions of these names.

        Each started process leads a session, and the number of a session is not given again while one of its members
        lives. So if the leader's number now is a stranger's, no member is left; else the members are ours.
        """
        records = [read_json(self._record(name)) for name in names]
        sessions = {
            record["pid"] for record in records if record and started(record["pid"]) in (None, record["started"])
        }
        return [pid for pid in psutil.pids() if _session(pid) in sessions and started(pid) is not None]

    def _pid(self, name: str) -> int | None:
        record = read_json(self._record(name))
        pid = record.get("pid")
        return pid if isinstance(pid, int) and started(pid) == record.get("started") is not None else None


def started(pid: int) -> str | None:
    """When process ``pid`` was started, as a word to compare; None when there is no such process, or a dead one.

    On Linux in ticks since boot, which no change of the clock moves.
    """
    try:
        if Path("/proc/self/stat").exists():
            # The name in brackets may hold spaces; state is the first field after it, the start time the twentieth.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return None if fields[0] in "ZX" else fields[19]
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except (FileNotFoundError, ProcessLookupError, psutil.Error):
        return None


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _used(pid: int) -> float:
    try:
        return float(sum(psutil.Process(pid).cpu_times()[:4]))  # its own and its reaped children's, user and system
    except psutil.Error:
        return 0.0


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _wait(pids: Iterable[int], seconds: float) -> None:
    end = time.monotonic() + seconds
    left = list(pids)
    while left and time.monotonic() < end:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # our own child would stay a zombie, and a zombie counts as living
        left = [pid for pid in left if started(pid) is not None]
        time.sleep(0.05 if left else 0)


def _environment(process: psutil.Process) -> Mapping[str, str]:
    try:
        return dict(process.environ())
    except (psutil.Error, OSError):
        return {}
