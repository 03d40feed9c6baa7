"""Keeps the logs of a running stack small: ``python -m stack.keeper DIRECTORY`` looks once a minute, for ever."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from stack.layout import Layout
from stack.processes import Processes

EVERY_SECONDS = 60.0


def main(arguments: list[str]) -> None:
    """Cap the logs of the stack in the named directory until told to end."""
    layout = Layout(Path(arguments[0]))
    processes = Processes(layout.run, layout.logs)
    while True:
        processes.cap_logs()
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1:])
