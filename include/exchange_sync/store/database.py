"""Connections and transactions. The only door to psycopg2; every other page of the store takes a Database."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

import psycopg2
import psycopg2.errors
import psycopg2.extras
from psycopg2.extensions import connection as Connection

from exchange_sync import disk
from exchange_sync.errors import ItemFault, Retriable, StoreFault

__all__ = ["Cursor", "Database", "Row"]

Row = dict[str, Any]


class Cursor(Protocol):
    """What the store's pages use of the driver's cursor; rows are dictionaries."""

    rowcount: int

    def execute(self, sql: str, values: Any = None, /) -> None:
        """Run one statement."""

    def executemany(self, sql: str, values: Any, /) -> None:
        """Run one statement for each row."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows left."""


CONNECT_SECONDS = 5
_PLACE = "the product's PostgreSQL"
_ITS_DISK = {"53100": errno.ENOSPC, "58030": errno.EIO}
STATEMENT_MILLISECONDS = 120_000


class Database:
    """One PostgreSQL, one connection a process, opened when first needed and again after a break.

    Not for use by several threads at once. url: a libpq address.
    """

    def __init__(self, url: str, *, statement_milliseconds: int = STATEMENT_MILLISECONDS) -> None:
        self._url = url
        self._options = f"-c timezone=UTC -c statement_timeout={statement_milliseconds}"
        self._connection: Connection | None = None
        self._process = 0

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """One transaction: committed at the end, rolled back when anything is raised.

        Raises Retriable when PostgreSQL cannot be reached: it never is the mailbox's or the configuration's fault.
        Raises DiskFault when its disk is full, or it takes no writes.
        Raises ItemFault when it refuses a value (a NUL, a date out of range); the value itself is not told.
        """
        connection = self._open()
        with (
            self._told(),
            connection,
            connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor,
        ):
            yield cast(Cursor, cursor)

    def read(self, sql: str, values: Any = None) -> list[Row]:
        """All rows of one reading statement, which is a transaction by itself: one round trip where a transaction takes
        three. Raises as transaction."""
        connection = self._open()
        with self._told(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The driver's errors as ours."""
        try:
            yield
        except psycopg2.DataError as error:
            raise ItemFault("PostgreSQL refuses a value", code=type(error).__name__) from None
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self.close()
            if error.pgcode in _ITS_DISK:
                raise disk.fault(_PLACE, _ITS_DISK[error.pgcode]) from None
            raise Retriable("the product's PostgreSQL broke off", 10.0, code=type(error).__name__) from None
        except psycopg2.errors.ReadOnlySqlTransaction:  # as hosted ones are once their disk is full
            raise disk.fault(_PLACE, errno.EROFS) from None
        except psycopg2.Error as error:
            # the driver quotes the statement with its values, which may be mail: only names go on
            where = ", ".join(filter(None, (error.pgcode, error.diag.table_name, error.diag.constraint_name)))
            raise StoreFault(f"PostgreSQL refused a statement: {type(error).__name__} ({where})") from None

    def close(self) -> None:
        """Close the connection. Harmless when there is none."""
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()
        self._connection = None

    def _open(self) -> Connection:
        usable = self._connection is not None and not self._connection.closed and self._process == os.getpid()
        if not usable:
            try:
                self._connection = psycopg2.connect(self._url, connect_timeout=CONNECT_SECONDS, options=self._options)
            except psycopg2.OperationalError as error:
                # the driver's text may hold the address with its password: only its kind goes on
                raise Retriable("the product's PostgreSQL cannot be reached", 10.0, code=type(error).__name__) from None
            self._connection.autocommit = True  # for read; `with connection` begins a transaction all the same
            self._process = os.getpid()
        assert self._connection is not None
        return self._connection


def insert_many(cursor: Cursor, sql: str, rows: list[tuple[Any, ...]], *, fetch: bool = False) -> list[Row]:
    """One statement for many rows: sql holds ``VALUES %s``. With fetch, the RETURNING rows."""
    if not rows:
        return []
    found = psycopg2.extras.execute_values(cast(Any, cursor), sql, rows, page_size=len(rows), fetch=fetch)
    return list(found or [])


def jsonb(value: Any) -> Any:
    """A value for a jsonb column."""
    return psycopg2.extras.Json(value)


def execute_within(cursor: Cursor, milliseconds: int, sql: str, values: Any) -> list[Row] | None:
    """The rows of a reading statement; None where it takes longer. The transaction goes on either way."""
    cursor.execute("SAVEPOINT within")
    cursor.execute(f"SET LOCAL statement_timeout = {int(milliseconds)}")
    try:
        cursor.execute(sql, values)
        rows: list[Row] | None = list(cursor.fetchall())
    except psycopg2.errors.QueryCanceled:
        rows = None
    cursor.execute("ROLLBACK TO SAVEPOINT within")  # gives the former timeout back, too
    return rows
