"""What went wrong, as a page: what it is, and how to go on."""

from __future__ import annotations

import logging

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from exchange_sync.disk import DiskFault
from exchange_sync.errors import BadInput, ExchangeSyncError, IntegrationFault, MailboxFault, Retriable
from exchange_sync.store.sources import Taken
from exchange_sync.web.pages.shell import error_page
from exchange_sync.web.pages.visiting import Elsewhere
from exchange_sync.web.ports import CannotEdit
from exchange_sync.web.protocol import where

log = logging.getLogger("exchange_sync.web")


def install(app: FastAPI) -> None:
    """Every error of the pages as a page."""
    app.add_exception_handler(Elsewhere, _elsewhere)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ExchangeSyncError, _ours)
    app.add_exception_handler(CannotEdit, _cannot_edit)


def _elsewhere(_: Request, found: Exception) -> Response:
    assert isinstance(found, Elsewhere)
    return RedirectResponse(found.address, 302)


def _http(request: Request, found: Exception) -> Response:
    assert isinstance(found, HTTPException)
    return error_page(request, found.status_code, str(found.detail))


def _invalid(request: Request, _: Exception) -> Response:
    return error_page(request, 422, "The address of this page is not complete or was changed by hand.")


def _ours(request: Request, found: Exception) -> Response:
    if isinstance(found, Taken):
        return error_page(request, 409, str(found))
    if isinstance(found, BadInput):
        return error_page(request, 422, str(found))
    if isinstance(found, Retriable):
        return error_page(request, 503, f"{found.message}. Try again in a moment.")
    if isinstance(found, IntegrationFault | MailboxFault):
        return error_page(request, 422, f"{found.message}. {found.reason.remedy}")
    if isinstance(found, DiskFault):
        return error_page(request, 503, f"{found.message}. {found.reason.remedy}")
    return unexpected(request, found)


def _cannot_edit(request: Request, found: Exception) -> Response:
    return error_page(request, 403, str(found))


def unexpected(request: Request, found: Exception) -> Response:
    """Whatever it is: a page for the reader, and its place, never its text, for the log."""
    log.error("unexpected %s at %s", type(found).__name__, where(found))
    return error_page(request, 500, "Something failed inside Exchange Sync. Its server's log tells where.")
