"""Attachments by reference: streamed, in part where asked for, never shown in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Header, Path
from starlette.responses import Response, StreamingResponse

from exchange_sync.store import reading
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ApiError

router = APIRouter(tags=["attachments"])
_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/api/v1/attachments/{reference}",
    response_class=Response,
    responses={
        200: {"description": "The bytes, with the Content-Type of the file", "content": _BINARY},
        206: {"description": "The part that Range asked for", "content": _BINARY},
    },
)
def get_attachment(
    caller: CallerDep,
    reference: Annotated[str, Path(description="a comment's `attachment_reference`")],
    range_: Annotated[str | None, Header(alias="Range", examples=["bytes=0-1023"])] = None,
    if_range: Annotated[str | None, Header(alias="If-Range")] = None,
) -> Response:
    """An attachment's bytes."""
    missing = "there is no such attachment"
    with caller.services.pool.lend() as db:
        found = reading.attachment(db, reference)
    if found is None:
        raise ApiError(404, missing)
    caller.require(found["owner"], may.VIEW_SOURCES, view=may.VIEW_SOURCES, missing=missing)
    try:
        file, size = caller.services.blobs.open(found["sha256"])
    except FileNotFoundError:
        raise ApiError(404, missing) from None
    etag = f'"{found["sha256"]}"'
    start, end = 0, size
    status = 200
    if range_ and if_range in (None, etag) and (wanted := _wanted(range_, size)) is not None:
        start, end = wanted
        status = 206
    headers = {
        "Content-Type": found["content_type"] if _TYPE.fullmatch(found["content_type"]) else "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'] or 'attachment', safe='')}",
        "Content-Length": str(end - start),
        "Content-Encoding": "identity",  # never compressed on the way: parts count in these bytes
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=86400",
        "ETag": etag,
    }
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(_chunks(file, start, end), status, headers)


def _wanted(header: str, size: int) -> tuple[int, int] | None:
    """The span that a Range header asks for; None where the whole is the right answer (RFC 9110, 14.2)."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < int(first):
            return None
    else:
        start, end = max(0, size - int(last)), size
    if start >= size or start == end:
        raise ApiError(416, "the range lies outside of the attachment", {"Content-Range": f"bytes */{size}"})
    return start, end


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
