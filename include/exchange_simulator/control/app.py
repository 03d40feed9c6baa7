"""The control API as an ASGI application: JSON in and out, on 127.0.0.1, with a token."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from exchange_simulator.calllog import CallLog
from exchange_simulator.control import graph, mail, observe, scripted, tokens, tree
from exchange_simulator.errors import EwsError, UsageError
from exchange_simulator.ews.auth import Gate
from exchange_simulator.ews.oauth import Bearer
from exchange_simulator.faults.plan import FaultPlan
from exchange_simulator.graph.limits import Throttle
from exchange_simulator.store import MailboxStore


def control_app(
    store: MailboxStore, calls: CallLog, gate: Gate, faults: FaultPlan, token: str, bearer: Bearer | None = None,
    throttle: Throttle | None = None,
) -> FastAPI:  # fmt: skip
    """The application. bearer: whose tokens it controls. throttle: whose limits. token: what
    ``Authorization: Bearer`` must hold."""

    def authorised(authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "the control token is missing or wrong; it is in simulator.json")

    app = FastAPI(title="Exchange simulator control", dependencies=[Depends(authorised)], openapi_url=None)
    app.add_exception_handler(UsageError, _usage)
    app.add_exception_handler(EwsError, _usage)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.include_router(mail.router(store))
    app.include_router(tree.router(store))
    app.include_router(scripted.router(faults))
    app.include_router(observe.router(store, calls, gate))
    app.include_router(tokens.router(bearer))
    app.include_router(graph.router(throttle, bearer))
    return app


def _error(status: int, message: str, **more: Any) -> JSONResponse:
    return JSONResponse({"error": message, **more}, status_code=status)


async def _usage(_: Request, error: Exception) -> JSONResponse:
    return _error(400, str(error))


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, str(error.detail))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return _error(422, f"{where}: {first['msg']}", field=where)
