"""The application: the routes, the protocol around them, and the services that they are served with."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from exchange_sync import __version__
from exchange_sync.web import protocol
from exchange_sync.web.api.admission import Admission
from exchange_sync.web.api.models.common import ErrorResponses
from exchange_sync.web.api.queries import known_query
from exchange_sync.web.api.routers import (
    attaching,
    attachments,
    buckets,
    comments,
    consuming,
    dataset_figures,
    dataset_reading,
    datasets,
    emails,
    exporting,
    integrations,
    projects,
    quotas,
    sources,
    streams,
    sync_states,
    threads,
    triggers,
    uploads,
    users,
    validate,
)
from exchange_sync.web.incoming import Incoming
from exchange_sync.web.services import Services

ROUTERS = (
    users,
    projects,
    quotas,
    integrations,
    validate,
    buckets,
    emails,
    sync_states,
    sources,
    comments,
    threads,
    exporting,
    uploads,
    attaching,
    attachments,
    datasets,
    dataset_reading,
    dataset_figures,
    streams,
    triggers,
    consuming,
)
_ABOUT = """Comments, raw emails, attachments and streams of Exchange mailboxes.

Every body is a JSON object with `status`: `ok`, or `error` with a `message`. Send `Authorization: Bearer TOKEN`;
`exchange-sync token create` makes one. Names are `owner/name` or `id:HEX`.
"""


def _called(route: APIRoute) -> str:
    """Operations bear the names of their functions: clients are generated from them."""
    return route.name


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
        generate_unique_id_function=_called,
        middleware=[
            Middleware(protocol.Envelope),
            Middleware(Incoming),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4),
            Middleware(Admission),
        ],
    )
    app.state.services = services
    protocol.install(app)
    for module in ROUTERS:
        app.include_router(module.router, dependencies=[Depends(known_query)])
    return app
