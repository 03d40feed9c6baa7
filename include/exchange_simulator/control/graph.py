"""Control of what only the cloud has: Graph's limits, the directory's tenant, secrets that have expired."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from exchange_simulator.control.models import Directory, GraphLimits
from exchange_simulator.errors import UsageError
from exchange_simulator.ews.oauth import Bearer
from exchange_simulator.graph.limits import Throttle


def router(throttle: Throttle | None, bearer: Bearer | None) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/graph")

    @routes.get("/limits")
    def limits() -> dict[str, Any]:
        found = _there(throttle)
        return {**asdict(found.limits), "most_at_once": found.most_at_once}

    @routes.post("/limits")
    def change(body: GraphLimits) -> dict[str, Any]:
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(_there(throttle).limits, name, value)
        return {}

    @routes.post("/directory")
    def directory(body: Directory) -> dict[str, Any]:
        if bearer is None:
            raise UsageError("no token endpoint here")
        bearer.tenant, bearer.expired = body.tenant, set(body.expired)
        return {}

    return routes


def _there(throttle: Throttle | None) -> Throttle:
    if throttle is None:
        raise UsageError("no Graph here")
    return throttle
