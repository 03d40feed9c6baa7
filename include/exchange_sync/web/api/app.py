"""The application: the routes, the protocol around them, and the services that they are served with."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from exchange_sync import __version__
from exchange_sync.web import protocol
from exchange_sync.web.api.admission import Admission
from exchange_sync.web.api.models.common import ErrorResponses
from exchange_sync.web.api.routers import (
    attaching,
    attachments,
    buckets,
    comments,
    consuming,
    datasets,
    emails,
    exporting,
    integrations,
    sources,
    streams,
    sync_states,
    uploads,
    users,
    validate,
)
from exchange_sync.web.services import Services

ROUTERS = (
    users,
    integrations,
    validate,
    buckets,
    emails,
    sync_states,
    sources,
    comments,
    exporting,
    uploads,
    attaching,
    attachments,
    datasets,
    streams,
    consuming,
)
_ABOUT = """Comments, raw emails, attachments and streams of Exchange mailboxes.

Every body is a JSON object with `status`: `ok`, or `error` with a `message`. Send `Authorization: Bearer TOKEN`;
`exchange-sync token create` makes one. Names are `owner/name` or `id:HEX`.
"""


def create_app(services: Services) -> FastAPI:
    """The API as an ASGI application, to be served on its own or mounted anywhere."""
    app = FastAPI(
        title="Exchange Sync",
        version=__version__,
        description=_ABOUT,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=ErrorResponses,
        middleware=[
            Middleware(protocol.Envelope),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4),
            Middleware(Admission),
        ],
    )
    app.state.services = services
    protocol.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    return app
