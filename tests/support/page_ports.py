"""The pages' ports without Airflow: people named by headers, connections in memory, DAGs that remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput
from exchange_sync.source.credentials import ExchangeConnection, from_fields
from exchange_sync.store import people, subscribers
from exchange_sync.store.pool import Pool
from exchange_sync.web.ports import CannotEdit, Identity, Origin
from starlette.requests import HTTPConnection

HIDDEN = ("private_key", "client_certificate", "proxy")
COLUMNS = ("host", "port", "login", "schema")


class SignedIn:
    """Whoever the headers X-Test-User and X-Test-Roles (by commas) name."""

    def __init__(self, pool: Pool, default: tuple[str, str] = ("", "")) -> None:
        self._pool = pool
        self._default = default

    def identify(self, request: HTTPConnection) -> Identity | None:
        """Nobody without a name."""
        username = request.headers.get("x-test-user", self._default[0])
        roles = [role for role in request.headers.get("x-test-roles", self._default[1]).split(",") if role]
        if not username:
            return None
        email = f"{username}@acme.example"
        with self._pool.lend() as db:
            row = people.save_user(db, username, email, roles, now_utc())
            subscribers.seen(db, subscribers.Person(username, email, tuple(roles), roles != ["Public"]), now_utc())
        return Identity(
            id=row["id"],
            username=username,
            email=email,
            roles=frozenset(roles),
            created_at=row["created_at"],
            via="session",
            token=f"session of {username}",
            credential="session",
        )


class KeptConnections:
    """Connections by id, as Airflow's table would hold them; ``origins`` names those that come from elsewhere."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.origins: dict[str, Origin] = {}

    def ids(self) -> Sequence[str]:
        """By name."""
        return sorted(self.kept)

    def origin(self, connection_id: str) -> Origin | None:
        """Airflow's, unless said otherwise."""
        return self.origins.get(connection_id, "Airflow") if connection_id in self.kept else None

    def read(self, connection_id: str) -> Mapping[str, Any] | None:
        """Without what is hidden."""
        found = self.kept.get(connection_id)
        if found is None:
            return None
        extra = found.get("extra", {})
        shown = {name: found.get(name) for name in COLUMNS}
        open_fields = {name: value for name, value in extra.items() if name not in HIDDEN}
        held = [name for name in HIDDEN if extra.get(name)]
        return {**shown, "extra": open_fields, "has_password": bool(found.get("password")), "has": held}

    def write(self, connection_id: str, fields: Mapping[str, Any], identity: Identity) -> None:
        """A secret that is left out stays."""
        if self.origin(connection_id) not in (None, "Airflow"):
            raise CannotEdit(f"connection {connection_id} comes from elsewhere")
        known = self.kept.get(connection_id, {})
        kept = {name: value for name, value in known.get("extra", {}).items() if name in HIDDEN}
        secret = {"password": known["password"]} if "password" in known else {}
        self.kept[connection_id] = {**secret, **fields, "extra": {**kept, **fields.get("extra", {})}}

    def resolve(self, connection_id: str) -> ExchangeConnection:
        """As the source wants it."""
        if connection_id not in self.kept:
            raise BadInput(f"there is no connection {connection_id}: make it first")
        found = self.kept[connection_id]
        return from_fields(**{"password": None, **{name: found.get(name) for name in COLUMNS}, **found})


class TurnedDags:
    """Remembers what it was asked: ``asked`` is a list of (what, integration or its id)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def settle(self, integration_id: str, identity: Identity) -> str:
        """At once."""
        self.asked.append(("settle", integration_id))
        return ""

    def backfill(self, integration: str, since: datetime, until: datetime, identity: Identity) -> str:
        """Where Airflow would show it."""
        self.asked.append(("backfill", f"{integration} {since.isoformat()} {until.isoformat()}"))
        return "/dags/exchange_backfill/backfills"

    def trigger(self, integration: str, identity: Identity) -> None:
        """Nothing runs."""
        self.asked.append(("trigger", integration))
