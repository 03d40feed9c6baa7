"""The pages as an application: their routes, what every answer bears, and errors as pages."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from exchange_sync.web.pages import (
    checking,
    comment,
    comment_files,
    comments,
    edit,
    edit_bucket,
    edit_delete,
    edit_mailboxes,
    errors,
    integration,
    integration_actions,
    integrations,
    mailbox,
    mailbox_actions,
    mailbox_edit,
    notifications,
    planning,
    subscriptions,
    subscriptions_of,
    tokens,
    why,
)
from exchange_sync.web.pages.headers import PageHeaders
from exchange_sync.web.services import Services

STATIC = Path(__file__).parents[1] / "static"
PAGES = (
    edit, edit_mailboxes, edit_bucket, edit_delete, mailbox_edit, checking, planning, comments, comment,
    comment_files, why, integrations, integration, integration_actions, mailbox, mailbox_actions, notifications,
    subscriptions, subscriptions_of, tokens,
)  # fmt: skip


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
    for page in PAGES:
        app.include_router(page.router)
    return app
