"""Requests in the form that the routes expect: HEAD, doubled slashes, compressed bodies, addresses of some length."""

from __future__ import annotations

import asyncio
import zlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exchange_sync.web.protocol import ApiError, body_limit, error, too_large

ADDRESS_BYTES = 65_535  # more than this the server's own parser does not take
TOO_LONG = f"the address is longer than {ADDRESS_BYTES:,} bytes: ask in several requests"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_CHUNK = 256 * 1024


class Incoming:
    """Within the envelope, around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_BYTES:
            await error(414, TOO_LONG)(scope, receive, send)
            return
        encoding = dict(scope["headers"]).get(b"content-encoding", b"").decode("latin-1").strip().lower()
        if encoding not in ("", "identity", *_WINDOWS):
            told = "Content-Encoding: expected gzip, deflate or identity, one of them"
            await error(415, told, {"Accept-Encoding": "gzip, deflate, identity"})(scope, receive, send)
            return
        scope = _with_one_slash(scope)
        if encoding in _WINDOWS:
            receive = _unpacked(scope, receive, _WINDOWS[encoding])
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
            receive, send = _without_body(receive, send)
        await self._app(scope, receive, send)


def _with_one_slash(scope: Scope) -> Scope:
    """``//api/…``, as clients write it whose base address ends in a slash, is ``/api/…``."""
    root: str = scope.get("root_path") or ""
    path: str = scope["path"]
    inner = path.removeprefix(root)
    return {**scope, "path": f"{root}/{inner.lstrip('/')}"} if inner.startswith("//") else scope


def _unpacked(scope: Scope, receive: Receive, window: int) -> Receive:
    """The body unpacked, a chunk a message, within the limit of the route: what is small may unpack to anything."""
    unpacker = zlib.decompressobj(window)
    left = body_limit(scope)
    packed, ended = b"", False

    async def unpacked() -> Message:
        nonlocal left, packed, ended
        while not packed and not ended:
            message = await receive()
            if message["type"] != "http.request":
                return message
            packed, ended = message.get("body", b""), not message.get("more_body", False)
        try:
            body = unpacker.decompress(packed, _CHUNK)
        except zlib.error:
            raise ApiError(400, "the body is not what its Content-Encoding says") from None
        packed = unpacker.unconsumed_tail
        left -= len(body)
        if left < 0:
            raise ApiError(413, too_large(scope))
        done = ended and not packed and (unpacker.eof or not body)
        if done and not unpacker.eof:
            raise ApiError(400, "the body ends before its compressed content does")
        return {"type": "http.request", "body": body, "more_body": not done}

    return unpacked


def _without_body(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """HEAD: what GET answers, less its body, of which no more is made than what had begun."""
    answered = asyncio.Event()
    asked = False

    async def hung_up() -> Message:
        nonlocal asked
        if not asked:
            asked = True
            return await receive()
        await answered.wait()
        return {"type": "http.disconnect"}

    async def head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
        elif not answered.is_set():
            answered.set()
            await send({"type": "http.response.body", "body": b""})

    return hung_up, head
