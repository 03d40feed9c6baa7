"""What every test may ask for: an embedded PostgreSQL for the whole run, and a fresh database in it.

    postgres_url        URL of a superuser on the run's own server (started when first asked for)
    template_database   name = template_database("store", prepare): a template, prepared once per run
    new_database        url = new_database(), or new_database(template): dropped after the test
    database            URL of a fresh, empty database for one test
    live_stack          a whole running stack; chromium: a browser (tests/live.py)

pytest-xdist's workers share the one server. It is the controlling process that stops it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from stack import databases
from stack.postgres import Server
from tests.live import chromium, live_stack, stack_in

__all__ = ["chromium", "live_stack"]  # fixtures, for every folder

ROOT = Path(__file__).resolve().parents[1]

# How long an example takes says more of the machine than of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

RUN_DIRECTORY = "EXCHANGE_SYNC_TEST_RUN"
PREFIX = "exchange-sync-tests-"


def shared_folder() -> Path:
    """The folder of facts and data beside the checkout; tests that need it skip where it is absent."""
    return Path(os.environ.get("EXCHANGE_SYNC_SHARED") or ROOT / ".." / "shared")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    _sweep()
    os.environ.setdefault("EXCHANGE_SYNC_ALLOWED_NETWORKS", "127.0.0.0/8, ::1/128")  # where the simulator listens
    os.environ[RUN_DIRECTORY] = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _remove(Path(os.environ[RUN_DIRECTORY]))


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """URL of the superuser, database ``postgres``, of the run's embedded server (undurable, for tests)."""
    with _locked():
        server = Server(_run() / "postgres", for_tests=True)
        server.start()
        return server.url("postgres")


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Callable[[str, Callable[[str], None]], str]:
    """Make a template database once per run: ``prepare(url)`` fills it, and must close its connections."""

    def template(name: str, prepare: Callable[[str], None]) -> str:
        done = _run() / f"template-{name}"
        with _locked():
            if not done.exists():
                databases.drop(postgres_url, name)
                prepare(databases.create(postgres_url, name))
                done.touch()
        return name

    return template


@pytest.fixture
def new_database(postgres_url: str) -> Iterator[Callable[..., str]]:
    """Create databases, from ``template`` where given; all are dropped after the test."""
    made: list[str] = []

    def new(template: str = "template1") -> str:
        name = f"test_{uuid.uuid4().hex}"
        made.append(name)
        return databases.create(postgres_url, name, template)

    yield new
    for name in made:
        databases.drop(postgres_url, name)


@pytest.fixture
def database(new_database: Callable[..., str]) -> str:
    """URL of a fresh, empty database for one test."""
    return new_database()


def _run() -> Path:
    return Path(os.environ[RUN_DIRECTORY])


@contextmanager
def _locked() -> Iterator[None]:
    with (_run() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    """Stop what runs left behind that were killed: their process is gone, their directory is not."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = directory.name.removeprefix(PREFIX).partition("-")[0]
        try:
            mine = directory.stat().st_uid == os.geteuid()
        except FileNotFoundError:  # another run has swept it meanwhile
            continue
        if mine and number.isdigit() and not _lives(int(number)):
            _remove(directory)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(directory: Path) -> None:
    if (directory / "live").exists():
        stack_in(directory / "live").clean()
    home = directory / "postgres"
    if home.exists():
        Server(home, for_tests=True).destroy()
    shutil.rmtree(directory, ignore_errors=True)
