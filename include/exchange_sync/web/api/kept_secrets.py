"""A secret that a request leaves out is the kept connection's, and goes nowhere new (design decision 13)."""

from __future__ import annotations

from dataclasses import replace

from exchange_sync.errors import BadInput
from exchange_sync.source.credentials import ExchangeConnection, from_fields
from exchange_sync.source.secrets import needs_secret_again
from exchange_sync.web.api.integration_edits import connection_fields
from exchange_sync.web.api.models.integrations import ConnectionModel
from exchange_sync.web.auth import Caller

_KEPT_SECRET = "\x00kept"  # stands for the secret that a connection has already; no password holds a NUL


def require_secret(caller: Caller, model: ConnectionModel, connection_id: str) -> None:
    """Before a connection is written: raises BadInput where its kept secret would be sent elsewhere."""
    if caller.services.connections.read(connection_id) is not None:
        connection_to_try(caller, model, connection_id)


def connection_to_try(caller: Caller, model: ConnectionModel, connection_id: str | None) -> ExchangeConnection:
    """What to log in with. Raises BadInput.

    A secret that was left out is the kept connection's, and goes nowhere but where that one goes (design decision 13).
    """
    fields = connection_fields(model)
    certified = fields["extra"].get("authentication") == "oauth_certificate"
    left_out = not fields["extra"].get("private_key") if certified else "password" not in fields
    if left_out and connection_id is None:
        raise BadInput("connection.access.password: missing, and no integration_id tells whose to use")
    if left_out:
        fields = {**fields, "password": _KEPT_SECRET}
        fields["extra"] = {**fields["extra"], **({"private_key": _KEPT_SECRET} if certified else {})}
    wanted = from_fields(**{"password": None, **fields})
    if not left_out:
        return wanted
    kept = caller.services.connections.resolve(connection_id or "")
    # what a request cannot say (authorities, proxy, TLS) is the kept connection's
    asked = {
        name: getattr(wanted, name) for name in ("server_url", "username", "authentication", "tenant", "client_id")
    }
    changed = needs_secret_again(kept, replace(kept, **asked))
    if changed:
        raise BadInput(f"connection: {', '.join(changed)} not as in the kept connection: send the secret along")
    return kept
