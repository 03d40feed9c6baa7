"""The pages as an application: their routes, what every answer bears, and errors as pages."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from exchange_sync.web.pages import comments, editing, errors, integrations, people, trying
from exchange_sync.web.pages.headers import PageHeaders
from exchange_sync.web.services import Services

STATIC = Path(__file__).parents[1] / "static"
# The forms' addresses (/integrations/new) go before those that would take them for a name.
ROOMS = (editing, trying, comments, integrations, people)


def create_pages(services: Services) -> FastAPI:
    """The pages as an ASGI application, to be mounted anywhere: every link is made from where it is mounted."""
    app = FastAPI(
        title="Exchange Sync's pages",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(PageHeaders, unexpected=errors.unexpected),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4),
        ],
    )
    app.state.services = services
    errors.install(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for room in ROOMS:
        for page in room.PAGES:
            app.include_router(page.router)
    return app
