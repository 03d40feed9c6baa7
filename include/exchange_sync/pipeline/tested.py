"""Which mailboxes Airflow's Test button is about: it knows the fields of a connection, and not which one it is."""

from __future__ import annotations

from collections.abc import Callable

from exchange_sync.errors import BadInput
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store import connected
from exchange_sync.store.database import Database

TRIED = 10
"""Mailboxes: a person waits for the answer."""


def mailboxes_behind(
    db: Database, wanted: ExchangeConnection, resolve: Callable[[str], ExchangeConnection]
) -> list[str]:
    """Some of the mailboxes that integrations sync at this server, by this account; none before there are any.

    resolve: a connection by its id. Raises Retriable when PostgreSQL is away.
    """
    found: list[str] = []
    for name in connected.names(db):
        if len(found) < TRIED and _same(wanted, name, resolve):
            found += connected.addresses(db, name, TRIED - len(found))
    return found


def _same(wanted: ExchangeConnection, name: str, resolve: Callable[[str], ExchangeConnection]) -> bool:
    try:
        known = resolve(name)
    except BadInput:  # not there, or it does not fit: this one is not tested now
        return False
    return _account(known) == _account(wanted)


def _account(connection: ExchangeConnection) -> tuple[str | None, ...]:
    where = connection.server_url.casefold() or connection.autodiscover
    return where, connection.username.casefold(), connection.client_id, connection.tenant
