"""Trying credentials before they are saved (reference 2.6)."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.source.credentials import ExchangeConnection, from_fields
from exchange_sync.source.secrets import needs_secret_again
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api.integration_edits import connection_fields
from exchange_sync.web.api.models import integrations as models
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

router = APIRouter(tags=["integrations"])
_KEPT_SECRET = "\x00kept"  # stands for the secret that a connection has already; no password holds a NUL


@router.put("/api/_private/validate-exchange-credentials", response_model=models.ValidateResult)
def validate(caller: CallerDep, body: models.ValidateRequest) -> Response:
    """Look at name, port and TLS, then log in with one cheap read of a mailbox.

    422 tells what is wrong, and how to mend it."""
    connection_id = None
    if body.integration_id is not None:
        found = caller.find("integrations", Ref(id=body.integration_id), may.MODIFY_INTEGRATIONS)
        connection_id = found["connection"]
    elif may.MODIFY_INTEGRATIONS not in may.permissions(caller.identity.roles, None):
        raise ApiError(403, f"permission {may.SPOKEN[may.MODIFY_INTEGRATIONS]!r} is needed")
    connection = _connection(caller, body.connection, connection_id)
    mailbox = body.test_mailbox or (connection.username if "@" in connection.username else None)
    if mailbox is None:
        raise ApiError(422, "test_mailbox: name a mailbox to try these credentials on")
    lines = list(caller.services.network(connection))
    for line in lines:
        if line.stops and not line.ok:
            raise ApiError(422, f"{line.what}: {line.told}. {line.remedy}")
    with closing(caller.services.open_source(connection)) as source:
        source.probe(mailbox)
    return ok(result="credentials are valid", checks=[str(line) for line in lines])


def _connection(caller: Caller, model: models.ConnectionModel, connection_id: str | None) -> ExchangeConnection:
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
