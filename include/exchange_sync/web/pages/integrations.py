"""The first page: every integration that the visitor may see."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.web.pages.shell import page
from exchange_sync.web.pages.visiting import VisitorDep

router = APIRouter()


@router.get("/")
def show(request: Request, visitor: VisitorDep) -> Response:
    """The list."""
    rows = visitor.listed("integrations")
    return page(request, visitor, "integrations.html", title="Integrations", section="integrations", rows=rows)
