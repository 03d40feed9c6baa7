"""Attachments by reference: streamed, in part where asked for, never shown in a browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from exchange_sync.web import downloads
from exchange_sync.web.auth import CallerDep

router = APIRouter(tags=["attachments"])
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
    return downloads.attachment(caller, reference, range_, if_range)
