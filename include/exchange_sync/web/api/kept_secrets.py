"""Connections as requests describe them: what a request cannot say, or leaves out, is as it was kept."""

from __future__ import annotations

from typing import Any

from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.web.api.integration_edits import connection_fields
from exchange_sync.web.api.models.integrations import ConnectionModel
from exchange_sync.web.auth import Caller
from exchange_sync.web.kept_secrets import wanted_connection

_SAID = ("protocol", "authentication", "server_url", "build", "tenant", "client_id", "private_key", "thumbprint")
_WHERE = ("host", "port", "schema")


def require_secret(caller: Caller, model: ConnectionModel, connection_id: str) -> None:
    """Before a connection is written: raises BadInput where its kept secret would be sent elsewhere."""
    if caller.services.connections.read(connection_id) is not None:
        connection_to_try(caller, model, connection_id)


def connection_to_try(caller: Caller, model: ConnectionModel, connection_id: str | None) -> ExchangeConnection:
    """What to log in with. Raises BadInput, also where a kept secret would be sent elsewhere."""
    fields = whole_fields(caller, model, connection_id)
    return wanted_connection(caller.services.connections, connection_id or "", fields)


def whole_fields(caller: Caller, model: ConnectionModel, connection_id: str | None) -> dict[str, Any]:
    """A connection as Airflow keeps it: as requested, and the rest (authorities, proxy, TLS) as it is kept."""
    fields = connection_fields(model)
    known = (caller.services.connections.read(connection_id) if connection_id else None) or {}
    unsaid = {name: value for name, value in known.get("extra", {}).items() if name not in _SAID}
    where = {} if model.ews_endpoint else {name: known.get(name) for name in _WHERE}
    return {**fields, **where, "extra": {**unsaid, **fields["extra"]}}
