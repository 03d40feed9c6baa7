"""Who asks is known before a byte of a body is read, and bodies in memory are bounded."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exchange_sync.errors import ExchangeSyncError
from exchange_sync.web.auth import caller_of
from exchange_sync.web.protocol import MIB, ApiError, answer_to

HELD_BYTES = 256 * MIB
_BODILESS = ("GET", "HEAD", "OPTIONS")


class Admission:
    """Refuses a body of somebody unknown without reading it, and one that would not fit beside those being read."""

    def __init__(self, app: ASGIApp, held_bytes: int = HELD_BYTES) -> None:
        self._app = app
        self._held, self._most = 0, held_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] in _BODILESS:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        try:
            await run_in_threadpool(caller_of, HTTPConnection(scope))
        except (HTTPException, ExchangeSyncError) as found:
            # What is still on its way is thrown away by the server; the client is told not to send more of it.
            await answer_to(found, {"Connection": "close"})(scope, receive, send)
            return
        mine = 0

        async def held() -> Message:
            nonlocal mine
            message = await receive()
            size = len(message.get("body", b""))
            if self._held + size > self._most:
                raise ApiError(503, "too many large bodies at once: try again later", {"Retry-After": "5"})
            self._held, mine = self._held + size, mine + size
            return message

        try:
            await self._app(scope, held, send)
        finally:
            self._held -= mine
