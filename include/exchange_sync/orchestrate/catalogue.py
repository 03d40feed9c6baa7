"""Which integrations there are, for DAG files: PostgreSQL's answer, or the last good snapshot (design decision 9).

A DAG file that raises loses its runs at once and its DAGs within a minute, so it must never stop for a database.
PostgreSQL gets two seconds, and is left alone for ten after it gave no answer to somebody on this host; what it said is
kept as a file beside the settings.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import get_parsing_context

from exchange_sync import disk
from exchange_sync.clock import now_utc
from exchange_sync.errors import ExchangeSyncError, Retriable
from exchange_sync.model.names import backfill_dag_id, live_dag_id
from exchange_sync.settings import Settings

if TYPE_CHECKING:
    from exchange_sync.store.database import Database

log = logging.getLogger(__name__)

LIMIT_SECONDS = 2.0
AWAY_SECONDS = 10.0


@dataclass(frozen=True)
class Entry:
    """One integration, as a DAG needs it. Nothing in it changes with every run: each change is a new DAG version.

    connection: the Airflow connection's id. interval_seconds: the live DAG's schedule.
    viewers, editors: names of Airflow roles. known_roles: those of them, and of ours, that Airflow has.
    """

    owner: str
    name: str
    title: str
    connection: str
    interval_seconds: int
    viewers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    known_roles: tuple[str, ...] = ()

    @property
    def integration(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    @property
    def dag_ids(self) -> tuple[str, str]:
        """The ids of its live and its backfill DAG."""
        return live_dag_id(self.owner, self.name), backfill_dag_id(self.owner, self.name)


Reader = Callable[[], list[Entry]]


def wanted_entries() -> list[Entry]:
    """The integrations to build DAGs of: all, or the one whose task runs in this process.

    Raises BadInput when the settings do not fit, Retriable when PostgreSQL is away and no snapshot was ever taken.
    """
    settings = Settings.from_environment()
    only = get_parsing_context().dag_id
    return entries(settings.snapshot, _reader(settings.database_url), only_dag_id=only)


def _seconds() -> float:
    return now_utc().timestamp()


def entries(
    snapshot: Path, read: Reader, *, only_dag_id: str | None = None, now: Callable[[], float] = _seconds
) -> list[Entry]:
    """The integrations by name; of a running task only its own, and that from any snapshot that has it."""
    if only_dag_id is not None:
        own = [entry for entry in _load(snapshot) or [] if only_dag_id in entry.dag_ids]
        return own or [entry for entry in _look(snapshot, read, now) if only_dag_id in entry.dag_ids]
    found = _load(snapshot) if _is_away(snapshot, now()) else None
    return _look(snapshot, read, now) if found is None else found


def _is_away(snapshot: Path, now: float) -> bool:
    """Whether somebody on this host looked in vain less than ten seconds ago."""
    try:
        return 0 <= now - _mark(snapshot).stat().st_mtime < AWAY_SECONDS
    except OSError:
        return False


def _mark(snapshot: Path) -> Path:
    """The file whose time is that of the last look in vain. What was seen is never older than asked for."""
    return snapshot.with_name(f"{snapshot.name}.away")


def _look(snapshot: Path, read: Reader, now: Callable[[], float]) -> list[Entry]:
    try:
        found = _within_limit(read)
    except Exception as error:  # whatever it is: a DAG file that raises costs more than an old list
        known = _load(snapshot)
        if known is None:
            raise
        reason = error if isinstance(error, ExchangeSyncError) else type(error).__name__
        log.warning("The list of integrations could not be read (%s); the last good one serves.", reason)
        _put_mark(snapshot, now())  # so that others on this host do not wait for it too
        return known
    _save(snapshot, found)
    return found


def _within_limit(read: Reader) -> list[Entry]:
    """read() in a thread that is left behind when it takes too long: no driver setting covers a frozen server."""
    outcome: list[list[Entry] | Exception] = []

    def run() -> None:
        try:
            outcome.append(read())
        except Exception as error:  # noqa: BLE001 - handed on to the caller below
            outcome.append(error)

    thread = threading.Thread(target=run, name="catalogue", daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    if not outcome:
        raise Retriable(f"PostgreSQL did not answer within {LIMIT_SECONDS:g} s", 10.0, code="timeout")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _reader(database_url: str) -> Reader:
    def read() -> list[Entry]:
        from exchange_sync.store.database import Database

        database = Database(database_url, statement_milliseconds=int(LIMIT_SECONDS * 1000))
        try:
            return integrations_in(database)
        finally:
            database.close()

    return read


def integrations_in(database: Database) -> list[Entry]:
    """What PostgreSQL says now, by name. Raises Retriable when it is away."""
    from exchange_sync.store.integrations import all_integrations

    return [_entry(dict(row)) for row in all_integrations(database)]


def _entry(row: dict[str, object]) -> Entry:
    """A row of the store, or of the snapshot. Raises KeyError, TypeError or ValueError when it is none."""
    viewers, editors, known = row["viewers"], row["editors"], row.get("known_roles", [])
    if not isinstance(viewers, list) or not isinstance(editors, list) or not isinstance(known, list):
        raise TypeError("viewers, editors and known_roles are lists")
    return Entry(
        owner=str(row["owner"]),
        name=str(row["name"]),
        title=str(row["title"]),
        connection=str(row["connection"]),
        interval_seconds=int(str(row["interval_seconds"])),
        viewers=tuple(map(str, viewers)),
        editors=tuple(map(str, editors)),
        known_roles=tuple(map(str, known)),
    )


def _load(snapshot: Path) -> list[Entry] | None:
    """None where there is no snapshot, or none that can be read."""
    try:
        return [_entry(row) for row in json.loads(snapshot.read_text(encoding="utf-8"))["integrations"]]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("The snapshot of the integrations cannot be read (%s); PostgreSQL is asked.", type(error).__name__)
        return None


def _save(snapshot: Path, found: list[Entry]) -> None:
    """Replace the snapshot in one step, readable by its owner alone."""
    try:
        disk.put_down(snapshot, json.dumps({"integrations": [asdict(entry) for entry in found]}, indent=1))
    except (disk.DiskFault, OSError) as error:
        log.warning("The snapshot of the integrations cannot be written: %s", error)


def _put_mark(snapshot: Path, now: float) -> None:
    mark = _mark(snapshot)
    try:
        mark.touch(mode=0o600)
        os.utime(mark, (now, now))
    except OSError as error:
        log.warning("It cannot be put down that PostgreSQL is away (%s): %s", error.strerror, mark)
