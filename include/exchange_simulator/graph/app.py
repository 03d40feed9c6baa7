"""Graph over HTTP: who asks, how many at once, the call log."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import unquote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from exchange_simulator.calllog import CallLog
from exchange_simulator.ews.auth import Gate
from exchange_simulator.faults.plan import FaultPlan
from exchange_simulator.faults.wire import strike
from exchange_simulator.graph import batch
from exchange_simulator.graph.call import VERSIONS, Call, Reply, refusal
from exchange_simulator.graph.errors import GraphError
from exchange_simulator.graph.limits import Throttle
from exchange_simulator.graph.router import Router
from exchange_simulator.store import MailboxStore
from exchange_simulator.store.accounts import Account
from exchange_simulator.store.database import Clock

_SLICE = 64 * 1024
ReadBody = Callable[[Request], Awaitable[bytes | None]]


class GraphApp:
    """Microsoft Graph's mail, beside EWS on the same port."""

    def __init__(
        self, store: MailboxStore, gate: Gate, calls: CallLog, faults: FaultPlan, throttle: Throttle, clock: Clock
    ) -> None:
        self._gate, self._calls, self._clock, self._throttle = gate, calls, clock, throttle
        self._router = Router(store, throttle, faults)

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path is Graph's."""
        return path.split("/")[1:2] != [] and path.split("/")[1] in VERSIONS

    async def respond(self, request: Request, read_body: ReadBody) -> Response:
        """The answer to a request whose path is Graph's."""
        started = time.perf_counter()
        raw = await read_body(request) or b""
        account = self._gate.admit(request.headers, request.scope.get("connection", {}))
        if not isinstance(account, Account):
            told = GraphError(401, "InvalidAuthenticationToken", "Access token is empty, unknown or expired.")
            return JSONResponse(told.body(self._clock()), 401, headers={"WWW-Authenticate": "Bearer"})
        call = self._call(request, account)
        reply = await to_thread.run_sync(self._answered, call, raw)
        response = _response(reply)
        if call.fault is not None and call.fault.stage == "wire":
            response = await strike(call.fault, _plain(reply), self._gate.challenges())
        self._note(request, call, reply, len(raw), response.status_code, time.perf_counter() - started)
        return response

    def _call(self, request: Request, account: Account) -> Call:
        path = request.scope.get("raw_path", b"").decode("ascii", "replace").split("?")[0]
        version, *segments = [unquote(one) for one in path.split("/") if one]
        root = f"https://{request.headers.get('host', 'localhost')}/{version}"
        prefer = request.headers.getlist("prefer")
        return Call(request.method, root, segments, request.query_params.multi_items(), prefer, account)

    def _answered(self, call: Call, raw: bytes) -> Reply:
        try:
            self._throttle.enter(call.account.username)
        except GraphError as error:
            return refusal(error, error.body(self._clock()))
        try:
            if [one.lower() for one in call.segments] == ["$batch"] and call.method == "POST":
                return batch.answer(call, raw, self._ask)
            return self._ask(call)
        except GraphError as error:
            return refusal(error, error.body(self._clock()))
        finally:
            self._throttle.leave(call.account.username)

    def _ask(self, call: Call) -> Reply:
        try:
            return self._router.answer(call)
        except GraphError as error:
            return refusal(error, error.body(self._clock()))

    def _note(self, request: Request, call: Call, reply: Reply, received: int, status: int, seconds: float) -> None:
        sent = len(reply.content) if isinstance(reply.content, bytes) else 0
        self._calls.add(
            refused=call.method != "GET" and call.operation != "POST $batch",
            time=datetime.now(UTC).isoformat(timespec="milliseconds"), operation=call.operation,
            mailboxes=(call.mailbox,) if call.mailbox else (), ids=len(call.named), status=status, codes=(reply.code,),
            received=received, sent=sent, user_agent=request.headers.get("user-agent", ""),
            account=call.account.username, anchor="", fault=call.fault.kind if call.fault else "",
            milliseconds=round(seconds * 1000, 1), detail=str(request.url.path) + (f"?{request.url.query}"
            if request.url.query else ""), prefer=", ".join(call.prefer),
        )  # fmt: skip


def _plain(reply: Reply) -> Response:
    if isinstance(reply.content, bytes):
        return Response(reply.content, reply.status, reply.headers, reply.media_type)
    return JSONResponse(reply.content, reply.status, reply.headers)


def _response(reply: Reply) -> Response:
    """Content comes in chunks, without its length, as Graph's does."""
    if not isinstance(reply.content, bytes) or reply.media_type == "text/plain" and len(reply.content) < 20:
        return _plain(reply)
    content = reply.content

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), _SLICE):
            yield content[start : start + _SLICE]

    return StreamingResponse(pieces(), reply.status, reply.headers, reply.media_type)
