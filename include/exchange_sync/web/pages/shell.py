"""What all pages share: the templates, the menu, and how times and numbers are written."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from exchange_sync.model.folder_path import folder_text
from exchange_sync.store import inbox
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.visiting import framed
from exchange_sync.web.services import services_of

_TEMPLATES = Path(__file__).parent / "templates"
_STATIC = Path(__file__).parents[1] / "static"
_MENU = (
    ("integrations", "Integrations", "/"),
    ("comments", "Comments", "/comments"),
    ("tokens", "Tokens", "/tokens"),
)
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def page(request: Request, caller: Caller, template: str, *, title: str, section: str = "", **values: Any) -> Response:
    """A page: a template of templates/ with its values, inside the frame that all share.

    section: the menu's entry that it belongs to. Every value is escaped by the template.
    """
    with caller.services.pool.lend() as db:
        unread = inbox.unread(db, caller.identity.username)
    shared = {"title": title, "section": section, "unread": unread, "username": caller.identity.username}
    return HTMLResponse(_render(request, template, {**shared, "now": caller.services.clock(), **values}))


def fragment(request: Request, caller: Caller, template: str, **values: Any) -> Response:
    """A part of a page, for a script to put in its place."""
    return HTMLResponse(_render(request, template, {"now": caller.services.clock(), **values}))


def error_page(request: Request, status: int, message: str) -> Response:
    """What is wrong, and the way back. It asks nothing of anybody, so that it works whatever is broken."""
    values = {"title": _TITLES.get(status, "This did not work"), "status": status, "message": message, "section": ""}
    return HTMLResponse(_render(request, "error.html", {**values, "unread": 0, "username": "", "now": None}), status)


def back_to(request: Request, path: str, done: str = "") -> Response:
    """After a POST: the page to be seen next. done: the key of a sentence that the page shows once."""
    joined = f"{'&' if '?' in path else '?'}done={done}" if done else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}{joined}", 303)


_TITLES = {401: "Please sign in", 403: "Not allowed", 404: "Not found", 409: "Changed meanwhile", 503: "Busy"}


def _render(request: Request, template: str, values: dict[str, Any]) -> str:
    root = request.scope.get("root_path", "")
    airflow = services_of(request).airflow_path
    shared = {
        "url": lambda path: f"{root}{path}",
        "static": lambda name: f"{root}/static/{name}?v={_digest(name, (_STATIC / name).stat().st_mtime_ns)}",
        "airflow": airflow,
        "nonce": getattr(request.state, "nonce", ""),
        "framed": framed(airflow, request) if airflow is not None else "",
        "menu": _MENU,
        "here": f"{request.url.path}{'?' + request.url.query if request.url.query else ''}",
    }
    return _ENVIRONMENT.get_template(template).render({**shared, **values})


@cache
def _digest(name: str, changed: int) -> str:  # noqa: ARG001 - a file that was changed is read again
    """A file's address changes with its content, so that browsers may keep it for ever."""
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def _when(moment: datetime | None) -> str:
    """A time as Airflow shows it at first: in UTC, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, or in how long, in words."""
    if moment is None:
        return "never"
    left = now - moment
    return f"{span(left)} ago" if left >= timedelta() else f"in {span(-left)}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: "40 s", "5 min", "3 h", "12 days"."""
    seconds = int(length.total_seconds())
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size * (2 if unit == "days" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def size(number: int) -> str:
    """Bytes in a readable unit: "12.4 MB"."""
    value = float(number)
    for unit in _UNITS[:-1]:
        if value < 1_000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1_000
    return f"{value:.1f} {_UNITS[-1]}"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_ENVIRONMENT.filters.update(when=_when, ago=ago, span=span, size=size, count=_count, folder_text=folder_text)
