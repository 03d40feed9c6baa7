"""Adding the content of attachments that emails and comments name already (reference 2.10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Path, UploadFile
from starlette.responses import Response

from exchange_sync.model.identity import comment_id as id_of
from exchange_sync.store import attaching, blobs
from exchange_sync.web import permissions as may
from exchange_sync.web.api.guarded import Guarded, needs
from exchange_sync.web.api.models import attachments as models
from exchange_sync.web.api.paths import REF, RefDep
from exchange_sync.web.auth import Caller, CallerDep
from exchange_sync.web.protocol import ApiError, ok

router = APIRouter(tags=["adding"], route_class=Guarded)
Index = Annotated[int, Path(ge=0, le=127, description="its place among the attachments, from 0")]
_CHUNK = 256 * 1024


@router.put(
    f"/api/_private/buckets/{REF}/emails/{{email_id:path}}/attachments/{{index}}", response_model=models.ContentHash
)
@needs("buckets", may.APPEND_BUCKETS)
def put_email_attachment(
    caller: CallerDep,
    ref: RefDep,
    email_id: Annotated[str, Path(examples=["<mail-1@client.example>"])],
    index: Index,
    file: UploadFile,
) -> Response:
    """The content of one attachment of a raw email. It can be read by the comment's `attachment_reference` then."""
    bucket = caller.find("buckets", ref, may.APPEND_BUCKETS)
    return _attach(caller, bucket["id"], id_of(email_id), index, file)


@router.put(
    f"/api/_private/sources/{REF}/comments/{{comment_id}}/attachments/{{index}}", response_model=models.ContentHash
)
@needs("sources", may.EDIT_MESSAGES)
def put_comment_attachment(
    caller: CallerDep,
    ref: RefDep,
    comment_id: Annotated[str, Path(examples=["3c6d61696c2d3140636c69656e742e6578616d706c653e"])],
    index: Index,
    file: UploadFile,
) -> Response:
    """The content of one attachment of a comment. It can be read by the comment's `attachment_reference` then."""
    source = caller.find("sources", ref, may.EDIT_MESSAGES)
    return _attach(caller, source["bucket_id"], comment_id, index, file)


def _attach(caller: Caller, bucket_id: str, comment_id: str, index: int, file: UploadFile) -> Response:
    services = caller.services
    with services.pool.lend() as db:

        def remember(sha256: str, size: int) -> None:
            blobs.remember(db, sha256, size, services.clock())

        sha256, size = services.blobs.put_stream(_chunks(file), remember=remember)
        services.blobs.sync()
        there = attaching.attach(db, bucket_id, comment_id, index, sha256=sha256, size=size, now=services.clock())
    if not there:
        raise ApiError(404, f"there is no such comment, or it names no attachment {index}")
    return ok(content_hash=sha256)


def _chunks(file: UploadFile) -> Iterator[bytes]:
    while chunk := file.file.read(_CHUNK):
        yield chunk
