"""Files out of the blob store, for API and page: streamed, in part where asked for, never shown in a browser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from exchange_sync.store import reading
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.protocol import ApiError

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_UNSAFE = re.compile(r"[^\w .()+,=@-]+")
_NAME = 80  # characters of a name that we make; half of what the strictest file systems take


def attachment(caller: Caller, reference: str, range_: str | None, if_range: str | None) -> Response:
    """An attachment by its opaque reference. Raises 404, also for those who may not see it, and 416."""
    missing = "there is no such attachment"
    with caller.services.pool.lend() as db:
        found = reading.attachment(db, reference)
    if found is None:
        raise ApiError(404, missing)
    caller.require(found["owner"], may.VIEW_SOURCES, view=may.VIEW_SOURCES, missing=missing)
    return blob(caller, found["sha256"], found["name"] or "attachment", missing, range_, if_range)


def blob(
    caller: Caller,
    sha256: str,
    name: str,
    missing: str,
    range_: str | None = None,
    if_range: str | None = None,
) -> Response:
    """A file of the blob store, to be saved under a name. Raises 404 with the sentence missing, and 416."""
    try:
        file, size = caller.services.blobs.open(sha256)
    except FileNotFoundError:
        raise ApiError(404, missing) from None
    etag = f'"{sha256}"'
    start, end = 0, size
    status = 200
    if range_ and if_range in (None, etag) and (wanted := _wanted(range_, size)) is not None:
        start, end = wanted
        status = 206
    headers = {
        "Content-Type": "application/octet-stream",  # whatever the mail says: no browser runs or shows it
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
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


def safe_name(text: str, otherwise: str) -> str:
    """A name for a file that we make of mail's text: letters, digits and little else; otherwise where none is left."""
    name = _UNSAFE.sub(" ", unicodedata.normalize("NFKC", text[: 4 * _NAME]))
    return " ".join(name.split())[:_NAME].strip(" .") or otherwise


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
