"""Bearer tokens for programs: one a person, told once, kept as a hash alone; an Admin sees and ends everybody's.

The answer to the POST shows the token itself: to lead on to a page that shows it, it would have to be kept somewhere.
The form names the token that it is about to replace, so that sending it again (a reload) makes none and ends none.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.store import people
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text
from exchange_sync.web.protocol import ApiError

router = APIRouter()
PAGE = 100
_DONE: Final = {"revoked": "The token is revoked: it is worth nothing any more.", "ended": "It had ended already."}
_NONE: Final = "there is no such token: it was revoked or replaced meanwhile"


@router.get("/tokens")
def show(request: Request, visitor: VisitorDep, after: str = "", done: str = "") -> Response:
    """The visitor's own token; an Admin's page has everybody's, PAGE at a time, from behind the user's name after."""
    admin = _admin(visitor)
    with visitor.services.pool.lend() as db:
        own = people.active_token(db, username=visitor.identity.username)
        rows = people.active_tokens(db, after=after, limit=PAGE + 1) if admin else []
    values: dict[str, Any] = {
        "own": own,
        "admin": admin,
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1]["username"] if len(rows) > PAGE else "",
        "first": not after,
        "said": _DONE.get(done, ""),
        "roles": sorted(visitor.identity.roles),
        "rights": _rights(visitor),
        "address": _address(request, visitor),
    }
    return page(request, visitor, "people/tokens.html", title="Tokens", section="tokens", **values)


@router.get("/tokens/new")
def ask(request: Request, visitor: VisitorDep) -> Response:
    """What a new token replaces."""
    with visitor.services.pool.lend() as db:
        own = people.active_token(db, username=visitor.identity.username)
    title = "Replace your token?" if own else "Create a token"
    return page(request, visitor, "people/tokens_new.html", title=title, section="tokens", own=own)


@router.post("/tokens")
def create(request: Request, visitor: VisitorDep, form: FormDep) -> Response:
    """Make it and show it, once."""
    replaced, username = text(form, "replaces"), visitor.identity.username
    with visitor.services.pool.lend() as db:
        known = int(replaced) if _is_id(replaced) else None
        token = people.replace_token(db, username, known, visitor.services.clock())
    values = {"token": token, "address": _address(request, visitor), "replaced": known is not None}
    title = "Your token" if token else "That token was made already"
    found = page(request, visitor, "people/tokens_made.html", title=title, section="tokens", **values)
    found.status_code = 200 if token else 409
    return found


@router.get("/tokens/{token_id}/revoke")
def ask_revoke(request: Request, visitor: VisitorDep, token_id: int) -> Response:
    """What ends with it."""
    row = _found(visitor, token_id)
    return page(request, visitor, "people/tokens_revoke.html", title="Revoke this token?", section="tokens", row=row)


@router.post("/tokens/{token_id}/revoke")
def revoke(request: Request, visitor: VisitorDep, token_id: int) -> Response:
    """End it."""
    _found(visitor, token_id)
    with visitor.services.pool.lend() as db:
        ended = people.end_token(db, token_id, visitor.identity.username, visitor.services.clock())
    return back_to(request, "/tokens", "revoked" if ended else "ended")


def _found(visitor: Caller, token_id: int) -> Row:
    """One's own, or anybody's for an Admin; to others it is not there."""
    with visitor.services.pool.lend() as db:
        row = people.active_token(db, token_id=token_id) if _is_id(str(token_id)) else None
    if row is None or not (row["username"] == visitor.identity.username or _admin(visitor)):
        raise ApiError(404, _NONE)
    return row


def _admin(visitor: Caller) -> bool:
    return may.ADMIN in visitor.identity.roles


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19


def _address(request: Request, visitor: Caller) -> str:
    """Where this server has the API, as the browser reaches it; "" where it has none."""
    path = visitor.services.api_path
    if path is None:
        return ""
    base = request.base_url
    return f"{request.headers.get('origin') or f'{base.scheme}://{base.netloc}'}{path}"


def _rights(visitor: Caller) -> str:
    """What a token may do, as its person may with things that no owner keeps for named roles."""
    held = visitor.general()
    if may.MODIFY_INTEGRATIONS in held:
        return "read comments, consume streams, and change buckets, sources and datasets"
    if may.CONSUME_STREAMS in held:
        return "read comments and consume streams"
    return "read comments" if may.VIEW_SOURCES in held else ""
