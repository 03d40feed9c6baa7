"""Cleaning at arm's length: in a child process, one message at a time, within a time and memory limit.

Mail is hostile input. A child that hangs or crashes is replaced and the rest goes on. It is a plain subprocess, not
a fork of the task: Airflow's and Celery's workers are daemonic and threaded, which multiprocessing forbids and fork
does not survive; and a child that never held credentials or connections cannot give them away.
"""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import Any

from exchange_sync.clean import limits
from exchange_sync.model.cleaned import CleanedEmail

TIME_LIMIT, CRASHED = "time_limit", "crashed"

# A message is charged for the processor time it takes: the clock on the wall runs on while the machine is busy with
# others. That clock only stops a child that waits for something, which cleaning never does.
_WALL_FACTOR, _WALL_SPARE_SECONDS = 10.0, 5.0
_START_SECONDS = 60.0
_RENEWED_AFTER = 20_000  # mails; a library that loses memory loses it no longer
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR")  # the rest may hold secrets


@dataclass(frozen=True)
class CleanFailure:
    """A message that could not be cleaned. reason: ``time_limit`` or ``crashed``; detail: never content."""

    reason: str
    detail: str = ""


def clean_many(
    mimes: Iterable[tuple[str, bytes]], *, limit_seconds: float = 1.0
) -> Iterator[tuple[str, CleanedEmail | CleanFailure]]:
    """Cleans messages one after the other; each key comes back once, in order, with the email or why there is none.

    limit_seconds: processor seconds a message may take (on the clock: ten times that, and five).
    One message is in flight at any time. The child ends with the iterator, also when that is abandoned.
    Raises RuntimeError if no child can be started at all.
    """
    cleaner = WarmCleaner(limit_seconds)
    try:
        yield from cleaner.clean_many(mimes)
    finally:
        cleaner.close()


class WarmCleaner:
    """A child that stays between calls, for a server that cleans a mail now and then: starting one costs a second.

    Not for several threads at a time. limit_seconds: as above.
    """

    def __init__(self, limit_seconds: float = 1.0) -> None:
        self._limit_seconds = limit_seconds
        self._child: _Child | None = None
        self._cleaned = 0

    def clean_many(self, mimes: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, CleanedEmail | CleanFailure]]:
        """As the function, by the child that is there."""
        for key, mime in mimes:
            result = self._clean(mime)
            if isinstance(result, CleanFailure):
                self.close()
            yield key, result

    def close(self) -> None:
        """End the child; another one is started when it is needed."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _clean(self, mime: bytes) -> CleanedEmail | CleanFailure:
        if self._child is not None and (self._cleaned >= _RENEWED_AFTER or not self._child.is_alive()):
            self.close()
        if self._child is None:
            self._child, self._cleaned = _Child(self._limit_seconds), 0
        self._cleaned += 1
        return self._child.clean(mime)


class _Child:
    """One worker process (clean/worker.py) and the pipe to it."""

    def __init__(self, limit_seconds: float) -> None:
        self._patience = limit_seconds * _WALL_FACTOR + _WALL_SPARE_SECONDS
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self._pipe, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "exchange_sync.clean.worker", str(theirs.fileno()), repr(limit_seconds)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a traceback may quote the mail
                env=environment,
                start_new_session=True,  # Ctrl-C is the parent's to handle; the child ends when the pipe closes
            )
        if self._answer(_START_SECONDS) != "ready":
            raise RuntimeError(f"the cleaning process did not start (exit code {self.stop()})")

    def clean(self, mime: bytes) -> CleanedEmail | CleanFailure:
        """The email, or how the child failed on it; after a failure the child is of no more use."""
        try:
            self._pipe.send_bytes(mime[: limits.MIME_BYTES + 1])
        except OSError:
            return self._autopsy()
        answer = self._answer(self._patience)
        if isinstance(answer, CleanedEmail):
            return answer
        return self._autopsy() if answer is None else CleanFailure(TIME_LIMIT, "no answer")

    def is_alive(self) -> bool:
        """Whether it is still there: between two mails somebody may have ended it."""
        return self._process.poll() is None

    def stop(self) -> int:
        """Ends the process and returns its exit code."""
        self._pipe.close()
        self._process.kill()
        return self._process.wait()

    def _answer(self, seconds: float) -> object:
        """What the child says; None if it ended, False if it says nothing in time."""
        try:
            return _Answers(io.BytesIO(self._pipe.recv_bytes())).load() if self._pipe.poll(seconds) else False
        except (EOFError, OSError, pickle.UnpicklingError):
            self._process.kill()
            return None

    def _autopsy(self) -> CleanFailure:
        code = self._process.wait(_START_SECONDS)
        if code == -signal.SIGPROF:
            return CleanFailure(TIME_LIMIT, "processor time")
        return CleanFailure(CRASHED, f"exit code {code}")


class _Answers(pickle.Unpickler):
    """Reads what a child may say and nothing else: whoever took it over by a mail gains no code here."""

    _known = frozenset(
        [
            ("exchange_sync.model.cleaned", "CleanedEmail"),
            ("exchange_sync.model.cleaned", "Person"),
            ("exchange_sync.model.cleaned", "AttachmentInfo"),
            ("exchange_sync.model.envelope", "Envelope"),
            ("datetime", "datetime"),
            ("datetime", "timezone"),
            ("datetime", "timedelta"),
        ]
    )

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) not in self._known:
            raise pickle.UnpicklingError(f"a cleaned email holds no {module_name}.{global_name}")
        return super().find_class(module_name, global_name)
