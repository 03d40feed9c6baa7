"""Integrations: read, made, changed, started and stopped."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import editing
from exchange_sync.store.database import Row
from exchange_sync.web.api.integration_shapes import integration
from exchange_sync.web.api.models import integrations as models
from exchange_sync.web.api.paths import OWNER, REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ok

PREFIX = "/api/_private/integrations"
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


def _shown(caller: Caller, rows: list[Row]) -> list[dict[str, object]]:
    with caller.services.pool.lend() as db:
        boxes = editing.mailboxes_of(db, [row["id"] for row in rows])
    return [integration(row, boxes.get(row["id"], [])) for row in rows]
