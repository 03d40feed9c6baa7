"""Streams: made, changed, deleted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import streams
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api.models import streams as models
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.api.shapes import Shape, time
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

PREFIX = f"/api/v1/datasets/{REF}/streams"
TRIGGERS = f"/api/v1/datasets/{REF}/triggers"  # what streams were called before: some clients still do
router = APIRouter(tags=["streams"])
Name = Annotated[str, Path(examples=["handle-claims"])]
_CHANGEABLE = ("title", "description", "comment_filter", "model")


@router.get(PREFIX, response_model=models.Streams)
def get_streams(caller: CallerDep, ref: RefDep) -> Response:
    """A dataset's streams."""
    return ok(streams=listed(caller, ref))


@router.put(PREFIX, response_model=models.OneStream)
def put_stream(caller: CallerDep, ref: RefDep, body: models.PutStream) -> Response:
    """Make a stream. Unless told otherwise it starts now. 409 when it exists."""
    return ok(stream=made(caller, ref, body.stream))


def listed(caller: Caller, ref: Ref) -> list[Shape]:
    """A dataset's streams, for whoever may view them."""
    dataset = caller.find("datasets", ref, may.VIEW_STREAMS)
    with caller.services.pool.lend() as db:
        rows = streams.of_dataset(db, dataset["id"])
    return [shape(row) for row in rows]


def made(caller: Caller, ref: Ref, wanted: models.StreamFields) -> Shape:
    """A new stream. Raises 403, 404, Taken."""
    dataset = caller.find("datasets", ref, may.STREAMS_ADMIN)
    new = streams.NewStream(
        name=wanted.name,
        redeliver=wanted.redeliver,
        from_beginning=wanted.start == "beginning",
        **_changes(wanted),
    )
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        row = streams.create(cursor, dataset["id"], new, caller.services.clock())
        caller.record(cursor, "stream created", f"{dataset['owner']}/{dataset['name']}/{wanted.name}")
    return shape(row)


@router.get(f"{PREFIX}/{{stream}}", response_model=models.OneStream)
def get_stream(caller: CallerDep, ref: RefDep, stream: Name) -> Response:
    """One stream."""
    return ok(stream=shape(find(caller, ref, stream, may.VIEW_STREAMS)))


@router.post(f"{PREFIX}/{{stream}}", response_model=models.OneStream)
def post_stream(caller: CallerDep, ref: RefDep, stream: Name, body: models.PostStream) -> Response:
    """Change a stream. Its place stays, and so does what it was made with: name, start and redeliver."""
    return ok(stream=changed(caller, ref, stream, body.stream))


def changed(caller: Caller, ref: Ref, stream: str, wanted: models.StreamUpdateFields) -> Shape:
    """A stream with what is named of it. Raises 403, 404, 422."""
    row = find(caller, ref, stream, may.STREAMS_ADMIN)
    if wanted.name not in (None, row["name"]) or wanted.start or wanted.redeliver not in (None, row["redeliver"]):
        raise ApiError(422, "stream: name, start and redeliver are said once, when it is made; make another stream")
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        row = streams.update(cursor, row["id"], _changes(wanted), caller.services.clock())
        caller.record(cursor, "stream changed", f"{ref}/{row['name']}")
    return shape(row)


@router.delete(f"{TRIGGERS}/{{stream}}", response_model=Ok, name="delete_trigger")
@router.delete(f"{PREFIX}/{{stream}}", response_model=Ok)
def delete_stream(caller: CallerDep, ref: RefDep, stream: Name) -> Response:
    """Delete a stream with its place and its exceptions."""
    row = find(caller, ref, stream, may.STREAMS_ADMIN)
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        streams.delete(cursor, row["id"])
        caller.record(cursor, "stream deleted", f"{ref}/{row['name']}")
    return ok()


def find(caller: Caller, ref: Ref, name: str, permission: str) -> Row:
    """A dataset's stream, for which permission is held. Raises 404, 403."""
    dataset = caller.find("datasets", ref, permission)
    with caller.services.pool.lend() as db:
        row = streams.find(db, dataset["id"], name)
    if row is None:
        raise ApiError(404, f"there is no stream {name} in dataset {ref}")
    return row


def shape(row: Row) -> Shape:
    """One stream. A comment_filter is an object or absent: real clients refuse null (reference 3.1, 9)."""
    shown: Shape = {
        "id": row["id"],
        "dataset_id": row["dataset_id"],
        "name": row["name"],
        "title": row["title"],
        "description": row["description"],
        "created_at": time(row["created_at"]),
        "updated_at": time(row["updated_at"]),
    }
    shown.update({name: row[name] for name in ("comment_filter", "model", "redeliver") if row[name]})
    return shown


def _changes(wanted: models.StreamFields) -> dict[str, Any]:
    values = wanted.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: values[name] for name in _CHANGEABLE if name in values}
