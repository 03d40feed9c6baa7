"""The bell's list: what failed and what was mended, for this person.

A GET changes nothing, so what was shown is marked as read by a POST of its own: the script sends it when the page has
been looked at for a moment, and without script a button does (decision 60).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from exchange_sync.notify.messages import INTERNAL, Told, told
from exchange_sync.store import inbox
from exchange_sync.store.database import Row
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, numbers

router = APIRouter()
PAGE = 30
_DONE = {"read": "Marked as read."}


@dataclass(frozen=True)
class Item:
    """One message. told: its parts; None for a test. state, word: the badge. over: its incident is closed."""

    row: Row
    told: Told | None
    state: str
    word: str
    over: bool = False

    @property
    def name(self) -> str:
        """owner/name of its integration."""
        return f"{self.row['owner']}/{self.row['name']}"


@router.get("/notifications")
def show(request: Request, visitor: VisitorDep, before: int | None = None, done: str = "") -> Response:
    """The newest first, PAGE at a time. before: the id of the last one of the page before."""
    with visitor.services.pool.lend() as db:
        rows = inbox.messages(db, visitor.identity.username, before=before, limit=PAGE + 1)
    items = [_item(row, visitor.services.airflow_path or "") for row in rows[:PAGE]]
    values: dict[str, Any] = {
        "items": items,
        "new": [item.row["id"] for item in items if item.row["read_at"] is None],
        "older": items[-1].row["id"] if len(rows) > PAGE else None,
        "first": before is None,
        "said": _DONE.get(done, ""),
    }
    return page(request, visitor, "people/notifications.html", title="Notifications", section="notifications", **values)


@router.get("/notifications/unread")
def unread(visitor: VisitorDep) -> Response:
    """{unread}: for the bell on every page."""
    return _unread(visitor)


@router.post("/notifications/read")
def read(request: Request, visitor: VisitorDep, form: FormDep) -> Response:
    """Those that were shown are read; no other. They are the person's own, so nothing of it is audited."""
    with visitor.services.pool.lend() as db:
        inbox.mark_read(db, visitor.identity.username, numbers(form, "id"), visitor.services.clock())
    if request.headers.get("accept") == "application/json":
        return _unread(visitor)
    return back_to(request, "/notifications", "read")


def _unread(visitor: Caller) -> Response:
    with visitor.services.pool.lend() as db:
        return JSONResponse({"unread": inbox.unread(db, visitor.identity.username)})


def _item(row: Row, airflow: str) -> Item:
    if row["event"] == "test":
        return Item(row, None, "idle", "Test")
    parts = told(row, airflow)
    if row["event"] == "recovered":
        return Item(row, parts, "good", "Mended")
    if row["event"] == "removed":
        return Item(row, parts, "idle", "Removed")
    if row["closed_at"] is not None:
        return Item(row, parts, "idle", "Over", over=True)
    if row["action"] != "none":
        return Item(row, parts, "bad", "Disabled")
    return Item(row, parts, "bad", "Failing") if row["kind"] == INTERNAL else Item(row, parts, "busy", "Late")
