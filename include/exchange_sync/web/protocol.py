"""The protocol's envelope (reference 3.1): every body is a JSON object tagged by ``status``, errors included."""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exchange_sync.disk import DiskFault
from exchange_sync.errors import BadInput, ExchangeSyncError, IntegrationFault, ItemFault, MailboxFault, Retriable
from exchange_sync.store.sources import Taken
from exchange_sync.web.ports import CannotEdit

log = logging.getLogger("exchange_sync.web")

MIB = 1 << 20
BODY_BYTES = 1 * MIB
UPLOAD_BYTES = 64 * MIB
_UPLOADS = re.compile(r"/(emails|sync|sync-raw-emails|comments|attachments/\d+)/?$")


class ApiError(HTTPException):
    """An answer that is not 2xx: its status and one plain sentence."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, dict(headers or {}))


def ok(**fields: Any) -> Response:
    """A 200 with these fields and ``"status": "ok"``."""
    return Response(encoded({"status": "ok", **fields}), media_type="application/json")


def encoded(value: Any) -> bytes:
    """A value as JSON."""
    return text(value).encode("utf-8")


text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: json.dumps would at each call


def with_list(name: str, items: Iterable[str], **fields: Any) -> Response:
    """As ok, with one more field: a list whose items are JSON already."""
    rest = text({"status": "ok", **fields})
    return Response(f"{rest[:-1]},{text(name)}:[{','.join(items)}]}}".encode(), media_type="application/json")


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error's body: exactly ``status`` and ``message``."""
    body = encoded({"status": "error", "message": message})
    return Response(body, status, dict(headers or {}), media_type="application/json")


def install(app: FastAPI) -> None:
    """Every error of this application in the protocol's form."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ExchangeSyncError, _ours)
    app.add_exception_handler(CannotEdit, _cannot_edit)
    app.add_exception_handler(UnicodeEncodeError, _unstorable)


DISK_SECONDS = "60"  # until somebody has made room
_NONE = Request({"type": "http"})  # the handlers do not look at it


def _http(_: Request, found: Exception) -> Response:
    assert isinstance(found, HTTPException)
    message = found.detail
    if message == HTTPStatus(found.status_code).phrase:
        message = f"{found.status_code} {message}"
    return error(found.status_code, str(message), found.headers)


def _invalid(_: Request, found: Exception) -> Response:
    """What does not fit, by its place; never its value, which may be mail."""
    assert isinstance(found, RequestValidationError)
    return error(*told(found.errors()))


def told(problems: Sequence[Any]) -> tuple[int, str]:
    """The status and the sentence for what does not fit, from pydantic's problems with their places in the request."""
    malformed = any(problem["type"] in ("json_invalid", "missing_body") for problem in problems)
    named = "; ".join(f"{_place(problem)}: {_problem(problem)}" for problem in problems[:5])
    more = f" (and {len(problems) - 5} more)" if len(problems) > 5 else ""
    return 400 if malformed else 422, named + more


def _place(problem: Any) -> str:
    return ".".join(str(step) for step in problem["loc"])[:200] or "body"


def _problem(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown field"
    if problem["type"] == "model_attributes_type" and tuple(problem["loc"]) == ("body",):
        return "expected a JSON object, sent with Content-Type: application/json"
    return str(problem["msg"]).removeprefix("Value error, ")


def _ours(_: Request, found: Exception) -> Response:
    """Errors by consequence (design section 5) as the statuses a client can act on."""
    if isinstance(found, Taken):
        return error(409, str(found))
    if isinstance(found, BadInput):
        return error(422, str(found))
    if isinstance(found, ItemFault):
        return error(422, f"a value cannot be stored ({found.code})")
    if isinstance(found, Retriable):
        return error(503, f"{found.message}; try again later", {"Retry-After": str(max(1, round(found.after)))})
    if isinstance(found, IntegrationFault | MailboxFault):
        return error(422, f"{found.message}. {found.reason.remedy}")
    if isinstance(found, DiskFault):
        log.error("%s", found)
        return error(503, f"{found.message}. {found.reason.remedy}", {"Retry-After": DISK_SECONDS})
    log.error("unexpected %s at %s", type(found).__name__, where(found))
    return error(500, "500 Internal Server Error")


def answer_to(found: Exception, headers: Mapping[str, str]) -> Response:
    """What the handlers above answer, where none of them is in reach; with further headers."""
    answer = _http(_NONE, found) if isinstance(found, HTTPException) else _ours(_NONE, found)
    answer.headers.update(headers)
    return answer


def _cannot_edit(_: Request, found: Exception) -> Response:
    return error(403, str(found))


def _unstorable(_: Request, found: Exception) -> Response:
    return error(422, f"a text is not valid Unicode ({type(found).__name__})")


def where(found: BaseException) -> str:
    """The place of an error: a traceback's text may quote mail."""
    frames = traceback.extract_tb(found.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


class Envelope:
    """Outermost: paths in one form, bodies within bounds, Server-Timing on every answer, 500 for what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        begun = False

        async def timed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                took = (time.perf_counter() - started) * 1000
                message["headers"] = [*message["headers"], (b"server-timing", f"total;dur={took:.1f}".encode())]
            await send(message)

        refused = _refusal(scope)
        if refused is not None:
            await refused(scope, receive, timed)
            return
        try:
            await self._app(_without_last_slash(scope), _bounded(scope, receive), timed)
        except ClientDisconnect:  # half a body, and then nothing: there is nobody to answer
            log.info("a client left before its request was whole")
        except Exception as found:  # whatever it is, the client gets the protocol's form, and the log a place
            log.error("unexpected %s at %s", type(found).__name__, where(found))
            if begun:
                raise
            await error(500, "500 Internal Server Error")(scope, receive, timed)


def _refusal(scope: Scope) -> Response | None:
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        return error(400, "the address holds a NUL character")
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit():
        return error(400, "Content-Length is not a number")
    return error(413, too_large(scope)) if int(length) > body_limit(scope) else None


def body_limit(scope: Scope) -> int:
    """How many bytes the body of a request to this path may have."""
    return UPLOAD_BYTES if _UPLOADS.search(scope["path"]) else BODY_BYTES


def too_large(scope: Scope) -> str:
    """What to say where it has more."""
    return f"the body is larger than {body_limit(scope):,} bytes: send it in several requests"


def _bounded(scope: Scope, receive: Receive) -> Receive:
    left = body_limit(scope)

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise ApiError(413, too_large(scope))
        return message

    return bounded


def _without_last_slash(scope: Scope) -> Scope:
    """Real clients send ``keyed-sync-states%2F``: a slash at the end means nothing (reference 3.1)."""
    path: str = scope["path"]
    return {**scope, "path": path.rstrip("/") or "/"} if path.endswith("/") else scope
