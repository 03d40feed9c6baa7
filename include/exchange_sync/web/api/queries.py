"""Query parameters that a route does not know are named and refused: a misspelt filter would give everything."""

from __future__ import annotations

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request

from exchange_sync.web.auth import CallerDep
from exchange_sync.web.protocol import ApiError


async def known_query(request: Request, _caller: CallerDep) -> None:
    """For every route; after the caller is known, who alone is told what there is. Raises 422.

    Not waiting for anything, it needs no thread.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = sorted(_names(route.dependant))
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        expected = f"expected any of {', '.join(known)}" if known else "this route takes none"
        raise ApiError(422, f"query.{unknown[0][:100]}: unknown parameter: {expected}")


def _names(found: Dependant) -> set[str]:
    return {field.alias for field in found.query_params}.union(*(_names(inner) for inner in found.dependencies))
