"""Raw emails out of a bucket."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from exchange_sync.model.identity import comment_id
from exchange_sync.store import reading
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.api import shapes, tokens
from exchange_sync.web.api.models import emails as models
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import MIB, ok

PREFIX = f"/api/_private/buckets/{REF}/emails"
PAGE_BYTES = 16 * MIB  # of MIME in one answer, beyond its first email
router = APIRouter(tags=["emails"])


@router.post(PREFIX, response_model=models.Emails)
def post_emails(caller: CallerDep, ref: RefDep, body: models.EmailsRequest) -> Response:
    """A page of raw emails, in the order in which they were added. Large ones make a page shorter than its limit."""
    bucket = caller.find("buckets", ref, may.READ_BUCKET_ITEMS)
    after = tokens.read("emails", body.continuation, (int,))[0] if body.continuation else 0
    with caller.services.pool.lend() as db:
        rows = reading.emails(db, bucket["id"], after, body.limit + 1)
    page = _within_bytes(rows[: body.limit])
    fields: dict[str, Any] = {"emails": [_email(caller, row) for row in page]}
    if len(page) < len(rows):
        fields["continuation"] = tokens.write("emails", page[-1]["sequence"])
    return ok(**fields)


@router.get(PREFIX, response_model=models.Emails)
def get_emails(
    caller: CallerDep,
    ref: RefDep,
    id_: Annotated[
        list[Annotated[str, Query(max_length=2_048)]],
        Query(alias="id", max_length=16, description="Message-IDs", examples=[["<mail-1@client.example>"]]),
    ],
) -> Response:
    """Raw emails by their Message-IDs; those that are not there are left out."""
    bucket = caller.find("buckets", ref, may.READ_BUCKET_ITEMS)
    wanted = [comment_id(found) for found in id_]
    with caller.services.pool.lend() as db:
        rows = reading.emails_by_id(db, bucket["id"], wanted)
    return ok(emails=[_email(caller, row) for row in rows])


def _within_bytes(rows: list[Row]) -> list[Row]:
    """As many of the rows, at least one, as stay within PAGE_BYTES."""
    total = 0
    for place, row in enumerate(rows):
        total += row["size"]
        if place and total > PAGE_BYTES:
            return rows[:place]
    return rows


def _email(caller: Caller, row: Row) -> shapes.Shape:
    """A bucket may be told not to keep MIME: then mime_content is empty, which no mail's is."""
    try:
        mime = caller.services.blobs.get(row["mime_sha256"])
    except FileNotFoundError:
        return shapes.email(row, b"")
    return shapes.email(row, mime)
