"""Keeps a running stack alive and its logs small: ``python -m stack.keeper DIRECTORY`` looks every few seconds.

Airflow's scheduler and DAG processor end when their database goes away, and count on somebody to start them again:
compose does so by ``restart``, here the keeper does. It was started with the stack's whole environment. The database
too is started again when it was killed; who stops the stack stops the keeper first.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

from stack.layout import ROOT, Layout
from stack.postgres import PostgresError, Server
from stack.processes import Processes, started

EVERY_SECONDS = 5.0
CAP_LOGS_EVERY = 12  # looks


def main(arguments: list[str]) -> None:
    """Look after the stack in the named directory until told to end."""
    layout = Layout(Path(arguments[0]))
    processes, postgres = Processes(layout.run, layout.logs), Server(layout.postgres)
    look, ended, was_down = 0, set[str](), False
    while True:
        if look % CAP_LOGS_EVERY == 0:
            processes.cap_logs()
        was_down = revive_database(postgres, was_down)
        ended = revive(processes, ended, functools.partial(is_alive, postgres))
        look += 1
        time.sleep(EVERY_SECONDS)


def revive_database(postgres: Server, was_down: bool) -> bool:
    """Start the database again where it was down at the last look already; whether it is down still."""
    if is_alive(postgres):
        return False
    if was_down:
        try:
            postgres.start_again()
        except PostgresError as error:  # processes that outlived a killed one end within seconds: the next look tries
            print(error, flush=True)
    return not is_alive(postgres)


def is_alive(postgres: Server) -> bool:
    """Whether the database's process lives: as Server.is_running, but without a program that writes into the log."""
    pid = postgres.pid()
    return pid is not None and started(pid) is not None


def revive(processes: Processes, ended: Collection[str], database_is_up: Callable[[], bool]) -> set[str]:
    """Start again what had ended at the last look already; return what is still down.

    One look is no proof: what somebody stops has ended a moment before its record goes. Without a database there is
    no use in trying, so this waits for it.
    """
    down = {name for name in processes.names() if not processes.is_running(name)}
    again = down & set(ended)
    if again and database_is_up():
        for name in again:
            processes.start(name, processes.command(name), os.environ, ROOT)
        return down - again
    return down


if __name__ == "__main__":
    main(sys.argv[1:])
