"""Buckets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import deleting, reading, sources
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes
from exchange_sync.web.api.models import places
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.names import new_name
from exchange_sync.web.api.paths import OWNER, REF, RefDep
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ok

PREFIX = "/api/_private/buckets"
router = APIRouter(tags=["buckets"])


@router.get(PREFIX, response_model=places.Buckets)
def get_buckets(caller: CallerDep) -> Response:
    """All buckets that the caller may see; `/api/_private/buckets/{owner}` gives one owner's."""
    return ok(buckets=[shapes.bucket(row) for row in caller.listed("buckets")])


@router.get(f"{PREFIX}/{OWNER}", response_model=places.Buckets, include_in_schema=False)
def get_buckets_of(caller: CallerDep, owner: Annotated[str, Path()]) -> Response:
    """An owner's buckets."""
    return ok(buckets=[shapes.bucket(row) for row in caller.listed("buckets", owner)])


@router.get(f"{PREFIX}/{REF}", response_model=places.OneBucket)
def get_bucket(caller: CallerDep, ref: RefDep) -> Response:
    """One bucket."""
    return ok(bucket=shapes.bucket(caller.find("buckets", ref)))


@router.put(f"{PREFIX}/{REF}", response_model=places.OneBucket)
def put_bucket(caller: CallerDep, ref: RefDep, body: places.BucketBody) -> Response:
    """Make a bucket. It comes with a source and a dataset of its own name. 409 when it exists."""
    new_name(ref, "bucket")
    caller.allow(ref.owner, may.WRITE_BUCKETS)
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        row = sources.create_bucket(cursor, ref, body.bucket.title or "", caller.services.clock())
        caller.record(cursor, "bucket created", str(ref))
    return ok(bucket=shapes.bucket(row))


@router.post(f"{PREFIX}/{REF}", response_model=places.OneBucket)
def post_bucket(caller: CallerDep, ref: RefDep, body: places.BucketBody) -> Response:
    """Change a bucket's title."""
    row = caller.find("buckets", ref, may.WRITE_BUCKETS)
    values = {} if body.bucket.title is None else {"title": body.bucket.title}
    with caller.services.pool.lend() as db, db.transaction() as cursor:
        sources.update(cursor, "buckets", row["id"], values, caller.services.clock())
        caller.record(cursor, "bucket changed", f"{row['owner']}/{row['name']}", **values)
    return ok(bucket=shapes.bucket(caller.find("buckets", Ref(id=row["id"]))))


@router.delete(f"{PREFIX}/{REF}", response_model=Ok)
def delete_bucket(caller: CallerDep, ref: RefDep) -> Response:
    """Delete a bucket with its comments and the sources that serve it. 409 while a mailbox fills it."""
    row = caller.find("buckets", ref, may.WRITE_BUCKETS)
    with caller.services.pool.lend() as db:
        deleting.delete_bucket(db, row["id"])
        with db.transaction() as cursor:
            caller.record(cursor, "bucket deleted", f"{row['owner']}/{row['name']}")
    return ok()


@router.get(f"{PREFIX}/{REF}/statistics", response_model=places.BucketStatisticsAnswer)
def get_statistics(caller: CallerDep, ref: RefDep) -> Response:
    """How many emails the bucket holds. Comments that programs wrote are none."""
    row = caller.find("buckets", ref)
    with caller.services.pool.lend() as db:
        count = reading.count_emails(db, row["id"])
    return ok(statistics={"count": {"kind": "exact", "value": count}})
