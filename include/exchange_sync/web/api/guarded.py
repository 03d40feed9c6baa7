"""Routes that take large bodies: who may send one is known before it is read; it is parsed off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_type_hints

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from exchange_sync.store.sources import Kind
from exchange_sync.web.api.models.common import UNSTORABLE
from exchange_sync.web.api.paths import reference
from exchange_sync.web.auth import caller_of
from exchange_sync.web.protocol import ApiError, told

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_NEEDS = "needs_before_the_body"


def needs(kind: Kind, permission: str) -> Callable[[Endpoint], Endpoint]:
    """The thing that an endpoint's path names must be there, and the caller must hold the permission for it."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _NEEDS, (kind, permission))
        return endpoint

    return mark


class Guarded(APIRoute):
    """A route of an endpoint that ``needs`` something, and may have a parameter ``body``, a pydantic model."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, behind the look at the caller, over a request that parses itself."""
        answer = super().get_route_handler()
        needed = getattr(self.endpoint, _NEEDS, None)
        model = get_type_hints(self.endpoint).get("body")
        adapter = None if model is None else TypeAdapter(model)

        async def handle(request: Request) -> Response:
            if needed:
                kind, permission = needed
                named = reference(request.path_params["ref"])
                await run_in_threadpool(lambda: caller_of(request).find(kind, named, permission))
            return await answer(request if adapter is None else _Parsed(adapter, request))

        return handle


class _Parsed(Request):
    """A request whose JSON is its model already: FastAPI takes an instance as it is."""

    def __init__(self, adapter: TypeAdapter[BaseModel], request: Request) -> None:
        super().__init__(request.scope, request.receive)
        self._adapter = adapter

    async def json(self) -> Any:
        """The model. Raises ApiError for what is no JSON (400) or does not fit (422)."""
        raw = await self.body()
        try:
            return await run_in_threadpool(self._adapter.validate_json, raw)
        except ValidationError as found:
            problems = found.errors()
            if problems[0]["type"] == "json_invalid" and b"\\ud" in raw.lower():
                raise ApiError(422, f"body: {UNSTORABLE}") from None
            raise ApiError(*told([{**one, "loc": ("body", *one["loc"])} for one in problems])) from None
