"""The HTTP face: one address, /EWS/Exchange.asmx, as an ASGI application."""

from __future__ import annotations

import gzip
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Protocol

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from exchange_simulator.calllog import CallLog
from exchange_simulator.ews import autodiscover
from exchange_simulator.ews.auth import Gate
from exchange_simulator.ews.autodiscover import Autodiscover
from exchange_simulator.ews.dispatch import OPERATIONS, Dispatcher, Outcome
from exchange_simulator.ews.oauth import TOKEN_PATH_END, Bearer
from exchange_simulator.faults.wire import strike
from exchange_simulator.store.accounts import Account
from exchange_simulator.store.database import Clock

PATH = "/ews/exchange.asmx"
CONTENT_TYPE = "text/xml; charset=utf-8"  # clients compare it as a string
MAX_REQUEST = 16 * 1024 * 1024
_GZIP_FROM = 1024


class Face(Protocol):
    """What else is served on the same port."""

    def takes(self, path: str) -> bool:
        """Whether a path, in lower case, is its own."""

    async def respond(self, request: Request, read_body: Callable[[Request], Awaitable[bytes | None]]) -> Response:
        """The answer to such a request."""


class EwsApp:
    """Authenticates, dispatches, writes the call log. clock: the mail's, by which answers are dated, too."""

    def __init__(
        self, dispatcher: Dispatcher, gate: Gate, calls: CallLog, clock: Clock, bearer: Bearer | None = None,
        beside: Face | None = None,
    ) -> None:  # fmt: skip
        self.beside = beside
        self.clock = clock
        self.bearer = bearer
        self.autodiscover = Autodiscover()
        self.dispatcher = dispatcher
        self.gate = gate
        self.calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        now = self.clock()  # when it was asked, so that what changes meanwhile is later
        response = await self._respond(request)
        response.headers["Date"] = format_datetime(now.astimezone(UTC), usegmt=True)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = request.url.path.lower()
        if self.bearer is not None and path.endswith(TOKEN_PATH_END) and request.method == "POST":
            status, told = self.bearer.grant(await self._body(request) or b"", str(request.url))
            return JSONResponse(told, status, headers={"Cache-Control": "no-store"})
        if self.beside is not None and self.beside.takes(path):
            return await self.beside.respond(request, self._body)
        if path not in (PATH, autodiscover.PATH):
            return Response("Not found", status_code=404, media_type="text/plain")
        account = self.gate.admit(request.headers, request.scope.get("connection", {}))
        if not isinstance(account, Account):
            await self._body(request)  # a log-in of several steps goes on over this connection
            return self._unauthorised(account)
        if request.method != "POST":
            return Response("<html><body>You have created a service.</body></html>", media_type="text/html")
        raw = await self._body(request)
        if raw is None:
            return Response(status_code=413)
        if path == autodiscover.PATH:
            return self._locate(raw)
        started = time.perf_counter()
        outcome = await to_thread.run_sync(self.dispatcher.answer, raw, account)
        response = _response(outcome, request)
        size, seconds = len(response.body), time.perf_counter() - started
        if outcome.fault is not None and outcome.fault.stage == "wire":
            response = await strike(outcome.fault, response, self.gate.challenges())
            outcome.status = response.status_code
        self._note(request, account, outcome, len(raw), size, seconds)
        return response

    def _locate(self, raw: bytes) -> Response:
        if self.autodiscover.redirect:
            return Response(status_code=302, headers={"Location": self.autodiscover.redirect})
        known = frozenset(box.address.lower() for box in self.dispatcher.store.mailboxes.list())
        told = self.autodiscover.answer(raw, known)
        if told is None:
            return Response(status_code=400)
        return Response(told, headers={**_headers(), "Content-Type": CONTENT_TYPE})

    @staticmethod
    def _unauthorised(challenges: list[str]) -> Response:
        response = Response(status_code=401, headers=_headers())
        for challenge in challenges:
            response.headers.append("WWW-Authenticate", challenge)
        return response

    @staticmethod
    async def _body(request: Request) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_REQUEST:
                return None
            chunks.append(chunk)
        return b"".join(chunks)

    def _note(
        self, request: Request, account: Account, outcome: Outcome, received: int, sent: int, seconds: float
    ) -> None:  # fmt: skip
        self.calls.add(
            refused=outcome.operation not in OPERATIONS,
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            operation=outcome.operation,
            mailboxes=tuple(outcome.mailboxes),
            ids=outcome.ids,
            status=outcome.status,
            codes=tuple(dict.fromkeys(outcome.codes)),
            received=received,
            sent=sent,
            user_agent=request.headers.get("user-agent", ""),
            account=account.username,
            anchor=request.headers.get("x-anchormailbox", ""),
            fault=outcome.fault.kind if outcome.fault else "",
            milliseconds=round(seconds * 1000, 1),
        )


def _headers() -> dict[str, str]:
    return {"request-id": str(uuid.uuid4()), "X-FEServer": "SIMULATOR", "Cache-Control": "private"}


def _response(outcome: Outcome, request: Request) -> Response:
    headers = {**_headers(), "Content-Type": CONTENT_TYPE, "X-EwsHandler": outcome.operation}
    body = outcome.body
    # A cut body is sent plain: cut inside gzip, no client could overlook it.
    cut = outcome.fault is not None and outcome.fault.kind in ("truncated", "reset")
    if len(body) >= _GZIP_FROM and not cut and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, status_code=outcome.status, headers=headers)
