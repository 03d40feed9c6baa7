"""What programs add: raw emails into buckets, comments and raw emails into sources, and deleting comments."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from exchange_sync.pipeline import upload
from exchange_sync.store import deleting, reading, uploads
from exchange_sync.store.uploads import Counts, Upserted
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes, uploaded
from exchange_sync.web.api.guarded import Guarded, needs
from exchange_sync.web.api.models import comments as models
from exchange_sync.web.api.models import emails, raw
from exchange_sync.web.api.models.common import Ok
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

DELETE_LIMIT = 128
router = APIRouter(tags=["adding"], route_class=Guarded)
NoCharge = Annotated[bool, Query(alias="no_charge", description="accepted; nothing is charged")]
Ids = Annotated[list[Annotated[str, Query(max_length=1_024)]], Query(max_length=DELETE_LIMIT)]


@router.put(f"/api/_private/buckets/{REF}/emails", response_model=Ok)
@needs("buckets", may.APPEND_BUCKETS)
def put_emails(
    caller: CallerDep,
    ref: RefDep,
    body: emails.PutEmails,
    _no_charge: NoCharge = False,
) -> Response:
    """Add raw emails. They become comments by the same pipeline as synced ones; one that is there is left as it is.

    All or none: 422 names the first that cannot become a comment.
    """
    bucket = caller.find("buckets", ref, may.APPEND_BUCKETS)
    found = [uploaded.email(place, new) for place, new in enumerate(body.emails)]
    with caller.services.upload_stores() as stores:
        upload.add_emails(stores, bucket["id"], found)
    return ok()


@router.post(f"/api/v1/sources/{REF}/sync", response_model=models.SyncCounts)
@needs("sources", may.EDIT_MESSAGES)
def post_sync(caller: CallerDep, ref: RefDep, body: models.SyncRequest, _no_charge: NoCharge = False) -> Response:
    """Create comments, or bring those of the same id up to date; a changed text is delivered to streams again."""
    source = caller.find("sources", ref, may.EDIT_MESSAGES)
    counts = _upsert(caller, source["bucket_id"], [uploaded.comment(new) for new in body.comments], "always")
    return ok(**_counted(counts))


@router.put(f"/api/_private/sources/{REF}/comments", response_model=Ok)
@needs("sources", may.EDIT_MESSAGES)
def put_comments(caller: CallerDep, ref: RefDep, body: models.PutComments, _no_charge: NoCharge = False) -> Response:
    """Create comments; one that exists is overwritten when its latest `context` comes along, else 409 and none is."""
    source = caller.find("sources", ref, may.EDIT_MESSAGES)
    _upsert(caller, source["bucket_id"], [uploaded.comment(new) for new in body.comments], "context")
    return ok()


@router.post(f"/api/v1/sources/{REF}/sync-raw-emails", response_model=raw.SyncRawAnswer)
@needs("sources", may.EDIT_MESSAGES)
def post_sync_raw_emails(
    caller: CallerDep, ref: RefDep, body: raw.SyncRawRequest, _no_charge: NoCharge = False
) -> Response:
    """Emails, given as headers and body, become comments of a source by the same cleaning as synced ones."""
    source = caller.find("sources", ref, may.EDIT_MESSAGES)
    with caller.services.upload_stores() as stores:
        rows = upload.to_comments(stores, [uploaded.document(found) for found in body.documents])
    wanted = [uploaded.from_document(found, row) for found, row in zip(body.documents, rows, strict=True)]
    fields: dict[str, Any] = _counted(_upsert(caller, source["bucket_id"], wanted, "always"))
    if body.include_comments:
        with caller.services.pool.lend() as db, db.transaction() as cursor:
            found = reading.by_ids(cursor, source["bucket_id"], [one.id for one in wanted])
        fields["comments"] = [shapes.comment(found[one.id], source["id"]) for one in wanted if one.id in found]
    return ok(**fields)


@router.delete(f"/api/v1/sources/{REF}/comments", response_model=Ok)
def delete_comments(
    caller: CallerDep,
    ref: RefDep,
    id_: Annotated[Ids, Query(alias="id")] = [],  # noqa: B006 - a declaration, read by FastAPI
    ids: Annotated[str | None, Query(max_length=DELETE_LIMIT * 1_025, description="the same, joined by commas")] = None,
) -> Response:
    """Erase comments by id, at most 128; no sync brings them back. Those that are not there count as erased."""
    source = caller.find("sources", ref, may.EDIT_MESSAGES)
    wanted = sorted({*id_, *(found for found in (ids or "").split(",") if found)})
    if not 1 <= len(wanted) <= DELETE_LIMIT:
        raise ApiError(422, f"id: expected 1 to {DELETE_LIMIT} ids of comments, there are {len(wanted)}")
    services = caller.services
    with services.pool.lend() as db:
        gone = deleting.delete_comments(db, services.blobs, source["bucket_id"], wanted, services.clock())
        with db.transaction() as cursor:
            caller.record(cursor, "comments erased", f"{source['owner']}/{source['name']}", count=gone)
    return ok()


def _upsert(caller: Caller, bucket_id: str, wanted: list[Upserted], overwrite: str) -> Counts:
    with caller.services.pool.lend() as db:
        return uploads.upsert(db, bucket_id, wanted, caller.services.clock(), overwrite=overwrite)


def _counted(counts: Counts) -> dict[str, int]:
    return {
        "new": counts.new,
        "updated": counts.updated_text_changed + counts.updated_properties_only,
        "updated_properties_only": counts.updated_properties_only,
        "updated_text_changed": counts.updated_text_changed,
        "unchanged": counts.unchanged,
    }
