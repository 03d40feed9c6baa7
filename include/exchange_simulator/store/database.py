"""One SQLite connection behind one lock, nested transactions, and the change number that orders every change."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exchange_simulator.errors import UsageError
from exchange_simulator.store.schema import DDL, LATER_COLUMNS, LATER_INDEXES, SCHEMA_VERSION

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, with its zone: the default clock."""
    return datetime.now(UTC)


def seconds(moment: datetime) -> int:
    """Whole seconds since the epoch. Raises UsageError for a time without a zone."""
    if moment.tzinfo is None:
        raise UsageError(f"the time {moment.isoformat()} has no zone; give one, such as +00:00")
    return int(moment.timestamp())


class Database:
    """The store's connection. Thread-safe: every use goes through one lock.

    path: the SQLite file, or None for memory. clock: tells the time (aware), for created and modified times.
    """

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # WAL with NORMAL survives a killed process; only a power cut may lose the last seconds of a simulation.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(DDL)
        self._check_version()
        self._add_columns()
        self._seq = int(self.meta("seq", "0"))

    def _add_columns(self) -> None:
        for table, column, definition, fill in LATER_COLUMNS:
            if all(row["name"] != column for row in self.all(f"PRAGMA table_info({table})")):
                self.run(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")
                self.run(fill)
        self._connection.executescript(LATER_INDEXES)

    def _check_version(self) -> None:
        found = self.meta("schema", str(SCHEMA_VERSION))
        if found != str(SCHEMA_VERSION):
            raise UsageError(
                f"the state was written by another version (schema {found}, this one reads {SCHEMA_VERSION}); "
                "start with an empty state directory"
            )
        self.set_meta("schema", str(SCHEMA_VERSION))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nested ones join the outermost."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            before = self._seq
            self._depth += 1
            try:
                yield
                if outermost:
                    if self._seq != before:
                        self.set_meta("seq", str(self._seq))
                    self._connection.execute("COMMIT")
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                    self._seq = before
                raise
            finally:
                self._depth -= 1

    def next_seq(self) -> int:
        """The next change number. Call inside a transaction."""
        self._seq += 1
        return self._seq

    @property
    def seq(self) -> int:
        """The latest change number."""
        return self._seq

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return seconds(self.clock())

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Every row of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self._lock:
            row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def run(self, sql: str, *values: Any) -> int:
        """Execute a statement; returns the row number it inserted, if it inserted one."""
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    def meta(self, name: str, default: str = "") -> str:
        """A remembered value."""
        row = self.one("SELECT value FROM meta WHERE name = ?", name)
        return default if row is None else str(row["value"])

    def set_meta(self, name: str, value: str) -> None:
        """Remember a value."""
        self.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
