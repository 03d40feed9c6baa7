"""Streams under their former name, which a widely used connector still speaks: made, read, changed.

What is the same under both names has its routes beside those of streams.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from exchange_sync.web import permissions as may
from exchange_sync.web.api.models import streams as models
from exchange_sync.web.api.paths import RefDep
from exchange_sync.web.api.routers.streams import TRIGGERS, Name, changed, find, listed, made, shape
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ok

router = APIRouter(tags=["streams"])


@router.get(TRIGGERS, response_model=models.Triggers)
def get_triggers(caller: CallerDep, ref: RefDep) -> Response:
    """A dataset's streams."""
    return ok(triggers=listed(caller, ref))


@router.put(TRIGGERS, response_model=models.OneTrigger)
def put_trigger(caller: CallerDep, ref: RefDep, body: models.PutTrigger) -> Response:
    """Make a stream. Unless told otherwise it starts now. 409 when it exists."""
    return ok(trigger=made(caller, ref, body.trigger))


@router.get(f"{TRIGGERS}/{{stream}}", response_model=models.OneTrigger)
def get_trigger(caller: CallerDep, ref: RefDep, stream: Name) -> Response:
    """One stream."""
    return ok(trigger=shape(find(caller, ref, stream, may.VIEW_STREAMS)))


@router.post(f"{TRIGGERS}/{{stream}}", response_model=models.OneTrigger)
def post_trigger(caller: CallerDep, ref: RefDep, stream: Name, body: models.PostTrigger) -> Response:
    """Change a stream. Its place stays, and so does what it was made with: name, start and redeliver."""
    return ok(trigger=changed(caller, ref, stream, body.trigger))
