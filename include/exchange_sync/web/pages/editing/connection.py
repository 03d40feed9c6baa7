"""Which connection an integration uses: the one it has, another that is there, or a new one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from exchange_sync.errors import BadInput
from exchange_sync.source.connection_fields import FIELDS
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store import mailbox_editing
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Taken
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.connection_use import refusal
from exchange_sync.web.kept_secrets import wanted_connection
from exchange_sync.web.pages.editing import connection_form
from exchange_sync.web.pages.visiting import text
from exchange_sync.web.ports import CannotEdit, Origin

_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")


@dataclass(frozen=True)
class Kept:
    """A connection as it is. read: without secrets; None when there is none. told: why it cannot be read."""

    id: str = ""
    origin: Origin | None = None
    read: Mapping[str, Any] | None = None
    told: str = ""
    shared: tuple[str, ...] = ()

    @property
    def editable(self) -> bool:
        """Only Airflow's own can be written."""
        return self.origin == "Airflow" and self.read is not None

    @property
    def mark(self) -> str:
        """Changes when anything changes but a secret's text: so a stale edit is seen."""
        return hashlib.sha256(json.dumps(self.read, sort_keys=True, default=str).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Chosen:
    """What a form asks for. fields: to be written, None: as it is. kept: whose secrets serve where they are left out.

    changed: the names of what is written, for the audit trail.
    """

    id: str = ""
    fields: Mapping[str, Any] | None = None
    kept: str = ""
    changed: tuple[str, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


def kept(visitor: Caller, row: Row | None) -> Kept:
    """The connection of an integration; an empty value where there is none."""
    if row is None:
        return Kept()
    connections, connection_id = visitor.services.connections, row["connection"]
    with visitor.services.pool.lend() as db:
        others = mailbox_editing.sharing(db, connection_id, row["id"])
    held = visitor.permissions_of(other["owner"] for other in others)
    seen = [other for other in others if may.VIEW_INTEGRATIONS in held[other["owner"]]]
    shared = tuple(f"{other['owner']}/{other['name']}" for other in seen)
    if len(seen) < len(others):
        shared += ("integrations that you may not see",)
    try:
        return Kept(connection_id, connections.origin(connection_id), connections.read(connection_id), shared=shared)
    except BadInput as error:
        return Kept(connection_id, told=str(error), shared=shared)


def chosen(visitor: Caller, form: FormData, present: Kept, name: str) -> Chosen:
    """What the form asks for. name: ``owner/name`` of the integration, for a new connection's id.

    Raises Taken where the connection was changed since the form was made.
    """
    choice = text(form, "connection")
    if choice == "existing":
        return _existing(visitor, form)
    if choice == "kept" and present.id:
        return _kept(visitor, form, present)
    return _new(visitor, form, name)


def _existing(visitor: Caller, form: FormData) -> Chosen:
    connection_id = text(form, "existing_other") or text(form, "existing")
    where = "existing_other" if text(form, "existing_other") else "existing"
    if not connection_id:
        return Chosen(faults={where: "Choose a connection, or fill in a new one."})
    try:
        there = visitor.services.connections.read(connection_id) is not None
    except BadInput as error:
        return Chosen(faults={where: str(error)})
    if not there:
        told = f"There is no connection {connection_id}: choose one that is there, or fill in a new one."
        return Chosen(faults={where: told})
    refused = refusal(visitor, connection_id)
    return Chosen(connection_id, kept=connection_id, faults={where: refused} if refused else {})


def _kept(visitor: Caller, form: FormData, present: Kept) -> Chosen:
    if not present.editable:
        return Chosen(present.id, kept=present.id)
    assert present.read is not None
    if text(form, "connection_mark") not in ("", present.mark):
        raise Taken("the connection was changed meanwhile: read it again, then change it")
    fields, faults = connection_form.fields(form, present.read)
    changed = _changed(fields, present.read)
    if not changed:
        return Chosen(present.id, kept=present.id, faults=faults)
    refused = refusal(visitor, present.id)
    if refused:
        return Chosen(present.id, kept=present.id, faults={"connection": refused})
    return Chosen(present.id, fields, present.id, changed, {**faults, **_unfit(visitor, present.id, fields)})


def _new(visitor: Caller, form: FormData, name: str) -> Chosen:
    connection_id = text(form, "new_id") or f"exchange_{name.replace('/', '_')}"
    fields, faults = connection_form.fields(form)
    if not _ID.fullmatch(connection_id):
        faults["new_id"] = "Expected 1 to 200 letters, digits and the characters _ . -"
    elif visitor.services.connections.origin(connection_id) is not None:
        faults["new_id"] = f"There is a connection {connection_id} already: choose it above, or another id."
    changed = _changed(fields, {})
    return Chosen(connection_id, fields, "", changed, {**faults, **_unfit(visitor, "", fields)})


def _unfit(visitor: Caller, kept_id: str, fields: Mapping[str, Any]) -> dict[str, str]:
    try:
        wanted_connection(visitor.services.connections, kept_id, fields)
    except (BadInput, CannotEdit) as error:
        return connection_form.placed(error)
    return {}


def to_try(visitor: Caller, found: Chosen) -> ExchangeConnection:
    """What the check logs in with: unsaved fields, or the connection as it is. Raises BadInput, CannotEdit."""
    if found.fields is None:
        return visitor.services.connections.resolve(found.id)
    return wanted_connection(visitor.services.connections, found.kept, found.fields)


def _changed(fields: Mapping[str, Any], read: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of what differs; a secret that is given always does."""
    names = [name for name in ("host", "port", "login") if (fields.get(name) or None) != (read.get(name) or None)]
    names += ["password"] if "password" in fields else []
    before, after = read.get("extra", {}), fields["extra"]
    defaults = {one.name: one.default for one in FIELDS}
    for name in sorted({*before, *after}):
        if str(after.get(name, defaults.get(name, ""))) != str(before.get(name, defaults.get(name, ""))):
            names.append(name)
        elif name in after and name not in before and not after[name]:
            names.append(name)  # a secret that is to be forgotten
    return tuple(names)
