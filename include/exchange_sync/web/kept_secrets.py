"""A secret that an edit leaves out is the kept connection's, and goes nowhere new (design decision 13).

The API and the page ask here, before they try a connection and before they write one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange_sync.errors import BadInput
from exchange_sync.source.connection_fields import FIELDS
from exchange_sync.source.credentials import ExchangeConnection, from_fields
from exchange_sync.source.secrets import needs_secret_again
from exchange_sync.web.ports import CannotEdit, Connections

HIDDEN = tuple(field.name for field in FIELDS if field.secret)
USED = {
    "basic": "password",
    "ntlm": "password",
    "oauth_secret": "password",
    "oauth_certificate": "private_key",
    "client_certificate": "client_certificate",
}  # the secret that each authentication proves itself by


class SecretNeeded(BadInput):
    """The kept secret would be sent elsewhere. changed: the fields for whose sake; secret: which one to give again."""

    def __init__(self, changed: tuple[str, ...], secret: str) -> None:
        super().__init__(f"connection: {', '.join(changed)} not as in the kept connection: send the secret along")
        self.changed = changed
        self.secret = secret


def wanted_connection(connections: Connections, connection_id: str, fields: Mapping[str, Any]) -> ExchangeConnection:
    """What to log in with: the fields, and each secret that they leave out as the kept connection has it.

    fields: as Connections.write takes them; an empty secret of ``extra`` takes it away. connection_id: "" where there
    is none to keep anything of. Raises SecretNeeded, BadInput for fields that do not fit, CannotEdit.
    """
    extra = dict(fields.get("extra", {}))
    given = {name: fields.get(name) for name in ("host", "port", "login", "password", "schema")}
    kept = _kept(connections, connection_id, {**extra, "password": given["password"]}) if connection_id else None
    if kept is None:
        return from_fields(**given, extra=extra)
    left_out = {name for name in HIDDEN if name not in extra} | ({"password"} if not given["password"] else set())
    given["password"] = given["password"] or kept.password
    extra |= {name: getattr(kept, name) for name in HIDDEN if name in left_out and getattr(kept, name)}
    wanted = from_fields(**given, extra=extra)
    secret = USED.get(wanted.authentication, "")
    changed = needs_secret_again(kept, wanted)
    if changed and secret in left_out:
        raise SecretNeeded(changed, secret)
    return wanted


def _kept(connections: Connections, connection_id: str, given: Mapping[str, Any]) -> ExchangeConnection | None:
    """What is kept, with its secrets; None where that cannot be read, and need not be."""
    try:
        return connections.resolve(connection_id)
    except (BadInput, CannotEdit):
        secret = USED.get(str(given.get("authentication") or "basic"))
        if secret is None or given.get(secret):
            return None
        raise
