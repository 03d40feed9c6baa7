"""Sources: the names under which comments are read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import deleting, filters, reading, sources
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import places
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.names import new_name
from exchange_sync.web.api.paths import OWNER, REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

PREFIX = "/api/v1/sources"
router = APIRouter(tags=["sources"])
_DEFAULTS = {
    "title": "",
    "description": "",
    "language": "en",
    "should_translate": False,
    "sensitive_properties": [],
    "email_transform_tag": None,
}


@router.get(PREFIX, response_model=places.Sources)
def get_sources(caller: CallerDep) -> Response:
    """All sources that the caller may see; `/api/v1/sources/{owner}` gives one owner's."""
    return ok(sources=[shapes.source(row) for row in caller.listed("sources")])


@router.get(f"{PREFIX}/{OWNER}", response_model=places.Sources, include_in_schema=False)
def get_sources_of(caller: CallerDep, owner: Annotated[str, Path()]) -> Response:
    """An owner's sources."""
    return ok(sources=[shapes.source(row) for row in caller.listed("sources", owner)])


@router.get(f"{PREFIX}/{REF}", response_model=places.OneSource)
def get_source(caller: CallerDep, ref: RefDep) -> Response:
    """One source."""
    return ok(source=shapes.source(caller.find("sources", ref)))


@router.put(f"{PREFIX}/{REF}", response_model=places.OneSource)
def put_source(caller: CallerDep, ref: RefDep, body: places.SourceBody) -> Response:
    """Make a source, over a bucket (`bucket_id`) or holding comments of its own. 409 when it exists."""
    new_name(ref, "source")
    caller.allow(ref.owner, may.SOURCES_ADMIN)
    bucket_id = _bucket(caller, body.source.bucket_id)
    values = {**_DEFAULTS, **_given(body.source)}
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        row = sources.create_source(cursor, ref, values, bucket_id, caller.services.clock())
        caller.record(cursor, "source created", str(ref), bucket=body.source.bucket_id)
    return ok(source=shapes.source(caller.find("sources", Ref(id=row["id"]))))


@router.post(f"{PREFIX}/{REF}", response_model=places.OneSource)
def post_source(caller: CallerDep, ref: RefDep, body: places.SourceBody) -> Response:
    """Change a source. Its bucket is chosen once, when it is made."""
    row = caller.find("sources", ref, may.SOURCES_ADMIN)
    if body.source.bucket_id not in (None, row["bucket_id"]):
        raise ApiError(422, "bucket_id: a source keeps the bucket it was made with; make another source")
    values = _given(body.source)
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        sources.update(cursor, "sources", row["id"], values, caller.services.clock())
        caller.record(cursor, "source changed", f"{row['owner']}/{row['name']}", fields=sorted(values))
    return ok(source=shapes.source(caller.find("sources", Ref(id=row["id"]))))


@router.delete(f"{PREFIX}/{REF}", response_model=Ok)
def delete_source(caller: CallerDep, ref: RefDep) -> Response:
    """Delete a source. Comments of a bucket stay in the bucket; a source's own comments go with it."""
    row = caller.find("sources", ref, may.SOURCES_ADMIN)
    with caller.services.pool.lend() as db:
        deleting.delete_source(db, row)
        with db.transaction() as cursor:
            caller.record(cursor, "source deleted", f"{row['owner']}/{row['name']}")
    return ok()


@router.post(f"{PREFIX}/{REF}/statistics", response_model=places.SourceStatisticsAnswer)
def post_statistics(caller: CallerDep, ref: RefDep, body: places.StatisticsRequest | None = None) -> Response:
    """How many comments there are, or how many of them a filter takes."""
    row = caller.find("sources", ref)
    wanted = body.comment_filter.plain() if body and body.comment_filter else {}
    chosen = wanted.pop("sources", None)
    if chosen is not None and row["id"] not in chosen:
        return ok(statistics={"num_comments": 0})
    with caller.services.pool.lend() as db:
        count = reading.count(db, row["bucket_id"], filters.condition(wanted))
    return ok(statistics={"num_comments": count})


def _given(fields: places.SourceFields) -> dict[str, object]:
    values = fields.model_dump(exclude_none=True, exclude={"bucket_id", "kind"})
    return {name: value for name, value in values.items() if name in _DEFAULTS}


def _bucket(caller: Caller, bucket_id: str | None) -> str | None:
    """The bucket to read from: linking it to a source shows its emails, so both rights on it are needed."""
    if bucket_id is None:
        return None
    return str(caller.find("buckets", Ref(id=bucket_id), may.READ_BUCKET_ITEMS)["id"])
