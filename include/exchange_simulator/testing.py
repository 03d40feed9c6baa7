"""For tests: a simulated Exchange for the length of a with block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange_simulator.client import Control
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
