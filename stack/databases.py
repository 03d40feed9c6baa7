"""Roles and databases inside the embedded PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, cursor


def ensure(url: str, owners: Mapping[str, str]) -> None:
    """For each name → password: a role of that name, and a database of that name that it owns and no one else enters.

    url: the superuser's, of any database of the server.
    """
    with _session(url) as run:
        for name, password in owners.items():
            _ensure_one(run, name, password)


def _ensure_one(run: cursor, name: str, password: str) -> None:
    identifier = sql.Identifier(name)
    run.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
    if run.fetchone() is None:
        run.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(identifier, sql.Literal(password)))
    run.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    if run.fetchone() is None:
        run.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, identifier))
        run.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(identifier))


def create(url: str, name: str, template: str = "template1") -> str:
    """Create database ``name`` as a copy of ``template``; returns its URL with the credentials of ``url``."""
    with _session(url) as run:
        run.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return with_database(url, name)


def exists(url: str, name: str) -> bool:
    """True when the server has a database ``name``."""
    with _session(url) as run:
        run.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        return run.fetchone() is not None


def drop(url: str, name: str) -> None:
    """Drop database ``name`` and end its connections; one that is not there is no error."""
    with _session(url) as run:
        run.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """The same URL, for another database of that server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextlib.contextmanager
def _session(url: str) -> Iterator[cursor]:
    connection = psycopg2.connect(url, connect_timeout=10)
    try:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as run:
            yield run
    finally:
        connection.close()
