"""Airflow connections of type exchange: read without their secrets, written by Airflow's API as the person who asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from airflow.models.connection import Connection
from airflow.secrets.environment_variables import EnvironmentVariablesBackend
from airflow.secrets.metastore import MetastoreBackend
from airflow.utils.session import create_session
from exchange_sync.errors import BadInput
from exchange_sync.orchestrate.connection import exchange_connection
from exchange_sync.orchestrate.provider import get_provider_info
from exchange_sync.source.credentials import ExchangeConnection, port_of
from exchange_sync.web.ports import CannotEdit, Identity, Origin
from sqlalchemy import select

from exchange_page.inside import Inside

_TYPE = "exchange"
_LISTED = 1_000
_COLUMNS = ("host", "port", "login", "password", "schema")


class AirflowConnections:
    """The web's port."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def ids(self) -> Sequence[str]:
        """Those in Airflow's own table: other places cannot be listed."""
        found = select(Connection.conn_id).where(Connection.conn_type == _TYPE).order_by(Connection.conn_id)
        with create_session() as session:
            return list(session.scalars(found.limit(_LISTED)))

    def origin(self, connection_id: str) -> Origin | None:
        """The first of Airflow's places, in its order, that has it."""
        from airflow.configuration import ensure_secrets_loaded

        for backend in ensure_secrets_loaded():
            if backend.get_connection(conn_id=connection_id) is not None:
                if isinstance(backend, MetastoreBackend):
                    return "Airflow"
                return "environment" if isinstance(backend, EnvironmentVariablesBackend) else "secrets backend"
        return None

    def read(self, connection_id: str) -> Mapping[str, Any] | None:
        """Its fields without those that the form hides."""
        found = _find(connection_id)
        if found is None:
            return None
        extra = {name: value for name, value in found.extra_dejson.items() if name not in _secrets()}
        shown = {"host": found.host, "port": found.port, "login": found.login, "schema": found.schema}
        return {**shown, "extra": extra, "has_password": bool(found.password), "has": _held(found)}

    def write(self, connection_id: str, fields: Mapping[str, Any], identity: Identity) -> None:
        """By Airflow's API, which looks at the person's rights, and writes its own audit log."""
        if not identity.credential:
            raise CannotEdit("connections are written as a signed-in person: use Airflow's session, not a token")
        known, origin = _find(connection_id), self.origin(connection_id)
        if known is not None and origin != "Airflow":
            raise CannotEdit(f"connection {connection_id} comes from the {origin}: change it there")
        body = _body(connection_id, fields, known)
        path = "/connections" if known is None else f"/connections/{quote(connection_id, safe='')}"
        method = "POST" if known is None else "PATCH"
        status, answer = self._inside.ask(method, path, identity.credential, body)
        if status >= 400:
            raise _refused(status, answer, connection_id)

    def resolve(self, connection_id: str) -> ExchangeConnection:
        """With its secrets."""
        return exchange_connection(connection_id)


def _find(connection_id: str) -> Any:
    from airflow.exceptions import AirflowNotFoundException

    try:
        found = Connection.get_connection_from_secrets(connection_id)
    except AirflowNotFoundException:
        return None
    if found.conn_type != _TYPE:
        raise BadInput(f"connection {connection_id} has type {found.conn_type}: expected {_TYPE}; name another one")
    return found


def _secrets() -> frozenset[str]:
    """The fields of ``extra`` that the form hides."""
    fields = get_provider_info()["connection-types"][0]["conn-fields"]
    return frozenset(name for name, field in fields.items() if field["schema"].get("format") == "password")


def _held(found: Any) -> list[str]:
    """Which hidden fields are filled."""
    return sorted(name for name in _secrets() if found.extra_dejson.get(name))


def _body(connection_id: str, fields: Mapping[str, Any], known: Any) -> dict[str, Any]:
    """What Airflow wants. A secret that is left out stays: Airflow replaces ``extra`` as a whole."""
    kept = {name: value for name, value in known.extra_dejson.items() if name in _secrets()} if known else {}
    extra = {**kept, **fields.get("extra", {})}
    given = {name: fields[name] for name in _COLUMNS if name in fields}
    given["port"] = port_of(given.get("host"), given.get("port"), extra.get("server_url"))
    if known is not None and "password" not in given:
        given["password"] = known.password
    return {"connection_id": connection_id, "conn_type": _TYPE, **given, "extra": json.dumps(extra)}


def _refused(status: int, answer: Any, connection_id: str) -> Exception:
    if status in (401, 403):
        return CannotEdit(f"Airflow does not let you edit connection {connection_id}: ask somebody who may")
    detail = answer.get("detail") if isinstance(answer, dict) else None
    told = detail if isinstance(detail, str) else f"HTTP {status}"
    return BadInput(f"Airflow refused connection {connection_id}: {told}")
