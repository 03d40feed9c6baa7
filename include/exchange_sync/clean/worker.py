"""The child process of clean/safety.py: cleans what comes through the pipe until that closes."""

from __future__ import annotations

import resource
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from exchange_sync.clean.api import clean_email

_MEMORY_BYTES = 2 * 1024**3


def serve(pipe: Connection, limit_seconds: float) -> None:
    """Answers each message with its CleanedEmail.

    The kernel's own timer ends the process when a message takes more processor time: no code of ours needs to run
    for that, so a library that loops without returning is stopped as well.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    pipe.send("ready")
    while True:
        try:
            mime = pipe.recv_bytes()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, limit_seconds)
        email = clean_email(mime)
        signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send(email)


def _bounded() -> None:
    """No more memory than a message can need, and no core file, which would hold mail."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = _MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(_MEMORY_BYTES, hard)
    with suppress(ValueError, OSError):  # not every system can bound it
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


if __name__ == "__main__":
    _bounded()
    serve(Connection(int(sys.argv[1])), float(sys.argv[2]))
