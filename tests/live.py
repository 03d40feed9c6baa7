"""Fixtures for the slow proofs: a whole live stack, and a browser.

    live_stack    a stack.local.LocalStack that runs, with the simulator's seeds synced; one for the whole session
    chromium      the path of a Chromium; the test skips where there is none

EXCHANGE_SYNC_LIVE=DIRECTORY uses (and starts, and leaves running) the stack in that directory: quick while one works
on a live test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import programs
from stack.layout import Layout
from stack.local import LocalStack, Options
from stack.simulator import Mail

KEPT = "EXCHANGE_SYNC_LIVE"


def stack_in(directory: Path) -> LocalStack:
    """A stack for tests: any free ports, nothing arrives by itself, runs follow each other quickly."""
    return LocalStack(Layout(directory), Options(mail=Mail(trickle=0), interval=5, fixed_ports=False, durable=False))


@pytest.fixture(scope="session")
def live_stack() -> Iterator[LocalStack]:
    """PostgreSQL, simulator, Airflow and the product's processes; stopped and removed after the session."""
    kept = os.environ.get(KEPT)
    stack = stack_in(Path(kept) if kept else Path(os.environ["EXCHANGE_SYNC_TEST_RUN"]) / "live")
    try:
        stack.start()
        stack.wait_until_synced()
        yield stack
    finally:
        if not kept:
            stack.clean()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium. As root, `make slice` and `make test-all` install one; else such tests skip."""
    found = programs.find("chromium")
    if found is None:
        pytest.skip("no Chromium here: install chromium, or name one in EXCHANGE_SYNC_CHROMIUM")
    return found
