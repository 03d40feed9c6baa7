"""A few connections for many threads: what a server reads and writes by."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

from exchange_sync.errors import Retriable
from exchange_sync.store.database import Database

SIZE = 8  # the bound, so that an API under load leaves PostgreSQL to the sync
WAIT_SECONDS = 10.0
STATEMENT_MILLISECONDS = 15_000


class Pool:
    """At most size connections, opened when first needed, lent to one thread at a time.

    A statement takes statement_milliseconds at most: what is asked for by a page must never hold a connection long.
    """

    def __init__(
        self,
        url: str,
        *,
        size: int = SIZE,
        wait_seconds: float = WAIT_SECONDS,
        statement_milliseconds: int = STATEMENT_MILLISECONDS,
    ) -> None:
        self._wait = wait_seconds
        self._all = [Database(url, statement_milliseconds=statement_milliseconds) for _ in range(size)]
        self._idle: queue.LifoQueue[Database] = queue.LifoQueue()
        for database in self._all:
            self._idle.put(database)

    @contextmanager
    def lend(self) -> Iterator[Database]:
        """One of the connections, for as long as the block lasts. Raises Retriable when none comes free in time."""
        try:
            database = self._idle.get(timeout=self._wait)
        except queue.Empty:
            raise Retriable("every database connection is in use", 2.0, code="pool") from None
        try:
            yield database
        finally:
            self._idle.put(database)

    def close(self) -> None:
        """Close them all. Lent ones must have come back."""
        for database in self._all:
            database.close()
