"""OAuth's tokens: how long new ones live, how many there were, and an end to all of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from exchange_simulator.control.models import TokenLife
from exchange_simulator.errors import UsageError
from exchange_simulator.ews.oauth import Bearer


def router(bearer: Bearer | None) -> APIRouter:
    """The routes. bearer: None where there is no token endpoint; each call is refused then."""
    routes = APIRouter()

    def tokens() -> Bearer:
        if bearer is None:
            raise UsageError("no token endpoint here")
        return bearer

    @routes.get("/tokens")
    def counted() -> dict[str, Any]:
        return {"issued": tokens().issued, "refused": tokens().refused, "seconds": tokens().seconds}

    @routes.post("/tokens")
    def change(body: TokenLife) -> dict[str, Any]:
        tokens().seconds = body.seconds
        return {}

    @routes.delete("/tokens")
    def revoke() -> dict[str, Any]:
        tokens().revoke()
        return {}

    return routes
