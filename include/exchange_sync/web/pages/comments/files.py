"""A comment's files: the original mail, and its attachments; a search as a file. Saved by the browser, never shown."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.store import exporting
from exchange_sync.web import downloads
from exchange_sync.web.pages.comments import address as comments_address
from exchange_sync.web.pages.comments import reading as comment
from exchange_sync.web.pages.comments.parts import text_of
from exchange_sync.web.pages.visiting import VisitorDep
from exchange_sync.web.protocol import ApiError

router = APIRouter()
_NOT_KEPT = "The original of this mail is not kept: its bucket keeps none, or the mail came without one."


@router.get(f"{comment.PATH}/original")
def original(visitor: VisitorDep, owner: str, bucket: str, comment_id: str) -> Response:
    """The mail as it was received, byte for byte."""
    _, row = comment.found(visitor, owner, bucket, comment_id)
    if not row["mime_sha256"]:
        raise ApiError(404, _NOT_KEPT)
    subject = text_of(row["messages"][0], "subject") if row["messages"] else ""
    name = f"{row['timestamp']:%Y-%m-%d} {downloads.safe_name(subject, 'mail')}.eml"
    return downloads.blob(visitor, row["mime_sha256"], name, _NOT_KEPT)


@router.get("/comments/export")
def export(request: Request, visitor: VisitorDep, format: Literal["jsonl", "parquet"] = "jsonl") -> Response:
    """All that a search finds, newest first, each comment as the API shows it; 400 for a search that does not fit."""
    asked = comments_address.read(request.query_params)
    if asked.faults:
        raise ApiError(400, " ".join(asked.faults.values()))
    search = asked.search(comments_address.readable(visitor))
    # pyarrow takes long to import, and most servers never export
    from exchange_sync.web.api import export_formats

    return export_formats.as_file(exporting.found(visitor.services.pool, search), format, "comments")


@router.get("/comments/attachments/{reference}")
def attachment(
    visitor: VisitorDep,
    reference: str,
    range_: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range")] = None,
) -> Response:
    """An attachment by its opaque reference."""
    return downloads.attachment(visitor, reference, range_, if_range)
