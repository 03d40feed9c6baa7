"""Integrations: read, made, changed, started and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from exchange_sync.model.config import IntegrationConfig
from exchange_sync.store import editing, incidents, sources
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api import integration_edits as edits
from exchange_sync.web.api import integration_shapes as shapes
from exchange_sync.web.api.kept_secrets import connection_to_try, is_kept, whole_fields
from exchange_sync.web.api.models import integrations as models
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.names import new_name
from exchange_sync.web.api.paths import OWNER, REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.connection_use import refusal
from exchange_sync.web.protocol import ApiError, ok

PREFIX = "/api/_private/integrations"
ERRORS = 256
router = APIRouter(tags=["integrations"])


@router.get(PREFIX, response_model=models.Integrations)
def get_integrations(caller: CallerDep) -> Response:
    """All that the caller may see; `/api/_private/integrations/{owner}` gives one owner's."""
    return ok(integrations=_shown(caller, caller.listed("integrations")))


@router.get(f"{PREFIX}/{OWNER}", response_model=models.Integrations, include_in_schema=False)
def get_integrations_of(caller: CallerDep, owner: Annotated[str, Path()]) -> Response:
    """An owner's integrations."""
    return ok(integrations=_shown(caller, caller.listed("integrations", owner)))


@router.get(f"{PREFIX}/{REF}", response_model=models.OneIntegration)
def get_integration(caller: CallerDep, ref: RefDep) -> Response:
    """One integration."""
    return ok(integration=_shown(caller, [caller.find("integrations", ref)])[0])


@router.put(f"{PREFIX}/{REF}", response_model=models.OneIntegration)
def put_integration(caller: CallerDep, ref: RefDep, body: models.PutIntegration) -> Response:
    """Make an integration, with the buckets that its mailboxes ask for. 409 when it exists."""
    new_name(ref, "integration")
    caller.allow(ref.owner, may.MODIFY_INTEGRATIONS)
    fields = body.integration
    blank = IntegrationConfig(ref.owner, ref.name, connection=f"exchange_{ref.owner}_{ref.name}")
    wanted = edits.changed(blank, fields)
    missing = _missing_buckets(caller, fields.configuration, {})
    _write_connection(caller, "", wanted.connection, fields.configuration)
    now = caller.services.clock()
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        editing.require_new(cursor, ref)
        integration_id = editing.save(cursor, wanted, missing, now)
        if not fields.enabled:  # here, so that no run can begin in between
            editing.begin_off(cursor, integration_id, now)
        caller.record(cursor, "integration created", str(ref), enabled=fields.enabled)
    if not fields.enabled:
        caller.services.dags.settle(integration_id, caller.identity)
    return _one(caller, integration_id)


@router.post(f"{PREFIX}/{REF}", response_model=models.OneIntegration)
def post_integration(caller: CallerDep, ref: RefDep, body: models.PostIntegration) -> Response:
    """Change an integration; start or stop it by `enabled`. 409 when `updated_at` is not the latest.

    What is not named stays, of each mailbox too; `mailboxes`, where it is named, names all of them. What was read can
    be sent back as it is, and changes nothing."""
    row = caller.find("integrations", ref, may.MODIFY_INTEGRATIONS)
    fields = body.integration
    edits.require_same(row, fields)
    missing = _missing_buckets(caller, fields.configuration, _filled(caller, row["id"]))
    named = fields.configuration.connection_id if fields.configuration else None
    _write_connection(caller, row["connection"], named or row["connection"], fields.configuration)
    now = caller.services.clock()
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        known = editing.locked(cursor, row["id"], fields.updated_at)
        wanted = edits.changed(known, fields)
        if wanted != known or fields.enabled not in (None, row["enabled"]):
            editing.save(cursor, wanted, missing, now)
            told = sorted(fields.model_fields_set & {"title", "configuration", "enabled"})
            caller.record(cursor, "integration changed", f"{row['owner']}/{row['name']}", fields=told)
    boxes = [box.address for box in wanted.mailboxes if box.enabled]
    with caller.services.pool.lend() as db:
        editing.switch(db, row["id"], enabled=fields.enabled, boxes=boxes, now=now)
    caller.services.dags.settle(row["id"], caller.identity)
    return _one(caller, row["id"])


@router.delete(f"{PREFIX}/{REF}", response_model=Ok)
def delete_integration(caller: CallerDep, ref: RefDep) -> Response:
    """Delete an integration. The comments that it brought stay in their buckets; its connection stays in Airflow."""
    row = caller.find("integrations", ref, may.MODIFY_INTEGRATIONS)
    with caller.services.pool.lend() as db:
        editing.delete(db, row["id"], caller.services.clock())
        with db.transaction() as cursor:
            caller.record(cursor, "integration deleted", f"{row['owner']}/{row['name']}")
    return ok()


@router.get(f"{PREFIX}/{REF}/errors", response_model=models.IntegrationErrors)
def get_integration_errors(
    caller: CallerDep,
    ref: RefDep,
    is_open: Annotated[bool | None, Query(alias="open", description="ours: only what is not over, or is over")] = None,
) -> Response:
    """What disabled the integration and its mailboxes, the newest first."""
    row = caller.find("integrations", ref)
    with caller.services.pool.lend() as db:
        found = incidents.incidents(db, row["id"], limit=ERRORS)
    disabling = [one for one in found if one["action"] in shapes.DISABLING]
    return ok(
        errors=[shapes.error(one) for one in disabling if is_open is None or is_open == (one["closed_at"] is None)]
    )


def _one(caller: Caller, integration_id: str) -> Response:
    return ok(integration=_shown(caller, [caller.find("integrations", Ref(id=integration_id))])[0])


def _shown(caller: Caller, rows: list[Row]) -> list[dict[str, object]]:
    with caller.services.pool.lend() as db:
        boxes = editing.mailboxes_of(db, [row["id"] for row in rows])
    return [shapes.integration(row, boxes.get(row["id"], [])) for row in rows]


def _filled(caller: Caller, integration_id: str) -> dict[str, Ref]:
    """The buckets that its mailboxes fill, by address."""
    with caller.services.pool.lend() as db:
        boxes = editing.mailboxes_of(db, [integration_id]).get(integration_id, [])
    return {box["address"]: Ref(owner=box["bucket_owner"], name=box["bucket_name"]) for box in boxes}


def _missing_buckets(
    caller: Caller, wanted: models.ConfigurationFields | None, filled: Mapping[str, Ref]
) -> list[tuple[Ref, str]]:
    """The buckets that are to be made. Whoever fills a bucket needs the right to, and whoever makes one. Raises 403.

    filled: by address, what is filled already and asks for no right.
    """
    missing = []
    for ref, title in edits.buckets(wanted, filled).items():
        with caller.services.pool.lend() as db:
            there = sources.find(db, "buckets", ref) is not None
        caller.allow(ref.owner, may.APPEND_BUCKETS if there else may.WRITE_BUCKETS)
        if not there:
            missing.append((ref, title))
    return missing


def _write_connection(caller: Caller, known: str, connection_id: str, given: models.ConfigurationFields | None) -> None:
    """Connections lie in Airflow alone (design decision 13): written before anything else is. Raises CannotEdit, 403.

    known: the id of the connection so far, "" for none yet; connection_id: the one from now on.
    """
    model = given.connection if given is not None else None
    if (model is not None or connection_id != known) and (refused := refusal(caller, connection_id)):
        raise ApiError(403, refused)
    if model is not None:
        fields = whole_fields(caller, model, connection_id)
        if not is_kept(caller, fields, connection_id):
            connection_to_try(caller, model, connection_id)  # refuses what could not log in, before it is written
            caller.services.connections.write(connection_id, fields, caller.identity)
