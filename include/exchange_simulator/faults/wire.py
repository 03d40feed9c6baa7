"""Faults of HTTP and of the connection. Those that HTTP servers never make are written to the transport by hand."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from exchange_simulator.faults.plan import Fault

_PIECES = 20
_LOGIN_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form method='post' action='/owa/auth.owa'>"
    "<input name='username'><input name='password' type='password'></form></body></html>"
)


async def strike(fault: Fault, answer: Response, challenges: list[str]) -> Response:
    """What is sent instead of the answer. challenges: the WWW-Authenticate values of a 401."""
    told = fault.parameters
    if fault.kind == "slow":
        return await _slow(answer, told["seconds"], drip=told["drip"])
    if fault.kind == "reset":
        whole = {"content-length": str(len(answer.body))}
        return Cut(_head(answer, whole) + _half(answer) if told["midway"] else b"", reset=True)
    if fault.kind == "truncated":
        return Cut(_truncated(answer, told), reset=False)
    return _plain(fault, challenges)


def _plain(fault: Fault, challenges: list[str]) -> Response:
    told = fault.parameters
    match fault.kind:
        case "http_401":
            response = Response(status_code=401)
            for challenge in challenges:
                response.headers.append("WWW-Authenticate", challenge)
            return response
        case "http_404":
            return Response("Not found", status_code=404, media_type="text/plain")
        case "redirect_login":
            return Response(status_code=302, headers={"Location": told["location"]})
        case "html_login":
            return Response(_LOGIN_PAGE, media_type="text/html")
        case "http_429" | "http_503":
            return Response(status_code=int(fault.kind[-3:]), headers={"Retry-After": str(told["retry_after"])})
        case "http_status":
            return Response(status_code=told["status"])
        case _:
            return Response(status_code=403)


async def _slow(answer: Response, seconds: float, *, drip: bool) -> Response:
    if not drip:
        await asyncio.sleep(seconds)
        return answer
    body = bytes(answer.body)
    size = max(len(body) // _PIECES, 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            await asyncio.sleep(seconds / _PIECES)
            yield body[start : start + size]

    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return StreamingResponse(pieces(), status_code=answer.status_code, headers=headers)


def _truncated(answer: Response, told: dict[str, Any]) -> bytes:
    body = bytes(answer.body)
    cut = body[: _place(body, told)]
    match told["length"]:
        case "full":
            return _head(answer, {"content-length": str(len(body))}) + cut
        case "cut":
            return _head(answer, {"content-length": str(len(cut))}) + cut
        case "none":
            return _head(answer, {}) + cut
        case _:
            return _head(answer, {"transfer-encoding": "chunked"}) + b"%x\r\n%s\r\n" % (len(cut), cut)


def _place(body: bytes, told: dict[str, Any]) -> int:
    """Where to cut: after a text's n-th occurrence, or after a share of the body."""
    if not told["after_text"]:
        return int(len(body) * told["keep"])
    place = 0
    for _ in range(told["occurrence"]):
        found = body.find(told["after_text"].encode(), place)
        if found < 0:
            return int(len(body) * told["keep"])
        place = found + len(told["after_text"].encode())
    return place


def _half(answer: Response) -> bytes:
    return bytes(answer.body)[: len(answer.body) // 2]


def _head(answer: Response, framing: dict[str, str]) -> bytes:
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    headers |= framing | {"connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status_code} OK\r\n{lines}\r\n".encode("latin-1")


class Cut(Response):
    """Writes these bytes as they are and ends the connection: closed in good order, or reset."""

    def __init__(self, raw: bytes, *, reset: bool) -> None:
        super().__init__()
        self._raw = raw
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """The ASGI call. send stays unused: what it would write is what must not be written."""
        transport: asyncio.Transport = scope["connection"]["transport"]
        if self._raw:
            transport.write(self._raw)
        if self._reset:
            await asyncio.sleep(0.05 if self._raw else 0)
            bare = transport.get_extra_info("socket")
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        # Returning before the connection is gone would let the server send an error of its own after ours.
        while (await receive())["type"] != "http.disconnect":
            pass
