"""Connections as requests describe them: what a request cannot say, or leaves out, is as it was kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.web.api.integration_edits import connection_fields
from exchange_sync.web.api.models.integrations import ConnectionModel
from exchange_sync.web.auth import Caller
from exchange_sync.web.kept_secrets import wanted_connection

_SAID = ("authentication", "tenant", "client_id", "private_key", "thumbprint")  # how to log in is said as a whole
_WHERE = ("host", "port", "schema")
_ONLINE = "https://outlook.office365.com/EWS/Exchange.asmx"


def connection_to_try(caller: Caller, model: ConnectionModel, connection_id: str | None) -> ExchangeConnection:
    """What to log in with. Raises BadInput, also where a kept secret would be sent elsewhere, or none is kept."""
    fields = whole_fields(caller, model, connection_id)
    return wanted_connection(caller.services.connections, connection_id or "", fields)


def is_kept(caller: Caller, fields: Mapping[str, Any], connection_id: str) -> bool:
    """Whether a connection is kept as these fields have it, so that there is nothing to write."""
    known = caller.services.connections.read(connection_id)
    if known is None or fields.get("password"):
        return False
    same = all((fields.get(name) or None) == (known.get(name) or None) for name in ("login", *_WHERE))
    return same and fields["extra"] == dict(known.get("extra", {}))


def whole_fields(caller: Caller, model: ConnectionModel, connection_id: str | None) -> dict[str, Any]:
    """A connection as Airflow keeps it: as requested, and the rest (server, authorities, proxy, TLS) as it is kept."""
    fields = connection_fields(model)
    known = (caller.services.connections.read(connection_id) if connection_id else None) or {}
    extra = {name: value for name, value in known.get("extra", {}).items() if name not in _SAID} | fields["extra"]
    where = {} if model.ews_endpoint else {name: known.get(name) for name in _WHERE}
    somewhere = where.get("host") or extra.get("server_url") or extra.get("autodiscover")
    if not somewhere and extra["authentication"].startswith("oauth"):
        extra["server_url"] = _ONLINE
    return {**fields, **where, "extra": {"protocol": "ews", **extra}}
