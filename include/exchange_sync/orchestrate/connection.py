"""From an Airflow connection to the pipeline's own value. Secrets live in Airflow alone (design decision 13)."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, get_current_context

if TYPE_CHECKING:
    from exchange_sync.source.credentials import ExchangeConnection

log = logging.getLogger(__name__)


class ExchangeHook(BaseHook):
    """Airflow's way to a connection of type ``exchange``."""

    conn_name_attr = "exchange_conn_id"
    default_conn_name = "exchange_default"
    conn_type = "exchange"
    hook_name = "Exchange"

    def __init__(self, exchange_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.exchange_conn_id = exchange_conn_id

    def get_conn(self) -> ExchangeConnection:
        """The connection's fields as the source wants them. Raises BadInput where they do not fit."""
        return exchange_connection(self.exchange_conn_id)

    def test_connection(self) -> tuple[bool, str]:
        """Behind Airflow's Test button: every step of the check, with mailboxes that are synced by this account."""
        from exchange_sync.errors import BadInput
        from exchange_sync.pipeline.check import check, passes

        try:
            connection = self.get_conn()
        except BadInput as error:
            return False, str(error)
        lines = check(connection, _mailboxes_behind(connection))
        return passes(lines), "\n".join(map(str, lines))


def _mailboxes_behind(connection: ExchangeConnection) -> list[str]:
    """None where the product's database does not answer: the log-in is tried all the same."""
    from exchange_sync.errors import ExchangeSyncError
    from exchange_sync.pipeline.tested import mailboxes_behind
    from exchange_sync.settings import Settings
    from exchange_sync.store.database import Database

    try:
        with closing(Database(Settings.from_environment().database_url)) as db:
            return mailboxes_behind(db, connection, exchange_connection)
    except ExchangeSyncError as away:
        log.warning("No mailbox is tried: %s", away)
        return []


def exchange_connection(conn_id: str) -> ExchangeConnection:
    """Read the Airflow connection conn_id, from Airflow or its secrets backend, in a task or in a process of its own.

    Raises BadInput when there is none, it has another type, or its fields do not fit.
    """
    from airflow.sdk.exceptions import AirflowNotFoundException

    from exchange_sync.errors import BadInput
    from exchange_sync.source.credentials import from_fields

    try:
        found = _find(conn_id)
    except AirflowNotFoundException:
        raise BadInput(
            f"Airflow has no connection {conn_id!r}. Create one of type exchange under Admin > Connections."
        ) from None
    if found.conn_type != "exchange":
        raise BadInput(
            f"The Airflow connection {conn_id!r} has type {found.conn_type!r}; expected exchange. Change its type."
        )
    return from_fields(
        host=found.host,
        port=found.port,
        login=found.login,
        password=found.password,
        schema=found.schema,
        extra=found.extra_dejson,
    )


def _find(conn_id: str) -> Any:
    """A task may ask Airflow's API alone; outside tasks (the command line, the Test button) there is no such API."""
    try:
        get_current_context()
    except RuntimeError:
        from airflow.models.connection import Connection

        return Connection.get_connection_from_secrets(conn_id)
    return BaseHook.get_connection(conn_id)
