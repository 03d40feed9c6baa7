"""The HTTP adapter of one connection: its TLS, the read-only guard, and answers that are whole."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import requests

from exchange_sync.source.ews.allowlist import ReadOnlyGuard
from exchange_sync.source.ews.refusal import Truncated, Unreadable
from exchange_sync.source.ews.xml import begins_like_soap, ends_whole
from exchange_sync.source.tls_adapter import TlsAdapter

SLICE = 64 * 1024  # bytes a step; exchangelib asks for one byte a step, which takes most of its time (reference 3.2)


class EwsAdapter(TlsAdapter):
    """Speaks to one Exchange. Raises NotReading before the wire, Truncated and Unreadable after it.

    The adapter belongs to one connection, so two connections in one process never share TLS settings.
    """

    def __init__(self, context: ssl.SSLContext, guard: ReadOnlyGuard, *, size: int) -> None:
        self._guard = guard
        super().__init__(context, size=size)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends a reading request. The body of an answer that is not streamed is read and checked here."""
        body = request.body
        self._guard.check(body if isinstance(body, bytes | str) else None)
        response = super().send(request, *args, **kwargs)
        if not kwargs.get("stream"):
            _require_whole(response)
            _read_in_slices(response)
        return response


def _require_whole(response: requests.Response) -> None:
    """A parser that recovers makes a cut answer look whole, and the sync state stands before the changes."""
    body = response.content
    if response.status_code != 200 and not (response.status_code == 500 and begins_like_soap(body)):
        return  # not SOAP; the status says it all
    if ends_whole(body):
        return
    if begins_like_soap(body) or not body.strip():
        raise Truncated(f"{len(body)} bytes")
    raise Unreadable(f"{len(body)} bytes")


def _read_in_slices(response: requests.Response) -> None:
    """Lets iter_content() of an answer that is already in memory give slices, not single bytes."""

    def iter_content(chunk_size: int | None = SLICE, decode_unicode: bool = False) -> Iterator[bytes]:  # noqa: ARG001
        body = response.content
        size = max(chunk_size or SLICE, SLICE)
        return (body[start : start + size] for start in range(0, len(body), size))

    response.iter_content = iter_content  # type: ignore[method-assign]
