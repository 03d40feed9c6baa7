"""Files of comments, and one mail as its .eml. These are ours; the mirrored API has no such routes."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from starlette.responses import Response

from exchange_sync.store import exporting, filters, reading
from exchange_sync.web import permissions as may
from exchange_sync.web.api.models.common import Body
from exchange_sync.web.api.models.filters import CommentFilter
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ApiError

router = APIRouter(tags=["export"])
_TYPES = ("application/x-ndjson", "application/vnd.apache.parquet", "application/octet-stream")
_BINARY = {"schema": {"type": "string", "format": "binary"}}


class ExportRequest(Body):
    """Which comments, and as what."""

    format: Literal["jsonl", "parquet"] = "jsonl"
    comment_filter: CommentFilter | None = None


@router.post(
    f"/api/v1/sources/{REF}/export",
    response_class=Response,
    responses={200: {"description": "The file", "content": dict.fromkeys(_TYPES, _BINARY)}},
)
def post_export(caller: CallerDep, ref: RefDep, body: ExportRequest) -> Response:
    """All comments that a filter takes, as a file, in the order in which they were added."""
    source = caller.find("sources", ref)
    wanted = body.comment_filter.plain() if body.comment_filter else {}
    chosen = wanted.pop("sources", None)
    condition = filters.condition(wanted)
    found = exporting.pages(caller.services.pool, source["bucket_id"], condition)
    pages = iter(()) if chosen is not None and source["id"] not in chosen else found
    # pyarrow takes long to import, and most servers never export
    from exchange_sync.web.api import export_formats

    shown = ([{**row, "source_id": source["id"]} for row in rows] for rows in pages)
    return export_formats.as_file(shown, body.format, source["name"])


@router.get(
    f"/api/v1/sources/{REF}/comments/{{comment_id}}/eml",
    response_class=Response,
    responses={
        200: {
            "description": "The mail as it was received",
            "content": {"message/rfc822": _BINARY, "application/octet-stream": _BINARY},
        }
    },
)
def get_eml(
    caller: CallerDep,
    ref: RefDep,
    comment_id: Annotated[str, Path(examples=["3c6d61696c2d3140636c69656e742e6578616d706c653e"])],
) -> Response:
    """The mail behind a comment, byte for byte. 404 for a comment that is no mail, or whose mail is not kept."""
    source = caller.find("sources", ref)
    caller.allow(source["bucket_owner"], may.READ_BUCKET_ITEMS)
    missing = ApiError(404, f"there is no such mail in source {ref}")
    with caller.services.pool.lend() as db:
        rows = reading.emails_by_id(db, source["bucket_id"], [comment_id])
    if not rows:
        raise missing
    try:
        mime = caller.services.blobs.get(rows[0]["mime_sha256"])
    except FileNotFoundError:
        raise missing from None
    headers = {
        "Content-Disposition": f'attachment; filename="{rows[0]["id"][:64]}.eml"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(mime, 200, headers, media_type="message/rfc822")
