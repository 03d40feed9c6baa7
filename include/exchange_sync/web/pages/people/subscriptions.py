"""What a person is told of, and where: by integration, in the bell and by e-mail; and tests of both."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.store import subscribers, trying
from exchange_sync.store.database import Cursor
from exchange_sync.store.subscribers import PERSONAL, PersonalChannel
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.people import trials
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text, texts

router = APIRouter()
PAGE = 100
_DONE: Final = {
    "saved": "Saved. It holds for all that happens from now on.",
    "on": "Everything is on: you are told of every integration that you may see.",
    "off": "Everything is off: you are told of none of the integrations that are there now.",
    "test": trials.ASKED,
}


@router.get("/subscriptions")
def show(request: Request, visitor: VisitorDep, after: str = "", done: str = "") -> Response:
    """The person's choices, PAGE integrations at a time. after: the owner/name to go on behind."""
    return _page(request, visitor, after, said=_DONE.get(done, ""))


@router.post("/subscriptions")
def save(request: Request, visitor: VisitorDep, form: FormDep) -> Response:
    """The choices for the integrations that the form showed; no other is touched."""
    username, shown = visitor.identity.username, texts(form, "shown")
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        visible = subscribers.visible(cursor, username, shown)
        changed = sum(_save(cursor, username, visible, set(texts(form, channel)), channel) for channel in PERSONAL)
        if changed:
            visitor.record(cursor, "subscriptions changed", username, choices=changed)
    after = text(form, "after")
    return back_to(request, f"/subscriptions?after={after}" if _plain(after) else "/subscriptions", "saved")


@router.get("/subscriptions/all")
def ask_all(request: Request, visitor: VisitorDep, wanted: str = "") -> Response:
    """What turning everything on or off will change."""
    on = _wanted(wanted)
    username = visitor.identity.username
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        count = len(subscribers.visible(cursor, username))
    title = f"Turn everything {wanted}?"
    values = {"wanted": wanted, "count": count, "on": on}
    return page(request, visitor, "people/subscriptions_all.html", title=title, section="notifications", **values)


@router.post("/subscriptions/all")
def turn_all(request: Request, visitor: VisitorDep, form: FormDep) -> Response:
    """Everything on, or everything off."""
    on, username = _wanted(text(form, "wanted")), visitor.identity.username
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        ids = subscribers.visible(cursor, username)
        changed = subscribers.choose(cursor, username, ids, PERSONAL, wanted=on)
        if changed:
            visitor.record(cursor, "subscriptions changed", username, choices=changed, everything="on" if on else "off")
    return back_to(request, "/subscriptions", "on" if on else "off")


@router.post("/subscriptions/test")
def send_test(request: Request, visitor: VisitorDep) -> Response:
    """A test message to the person's own channels."""
    identity = visitor.identity
    wanted = [("in_app", identity.username), *([("email", identity.email)] if "@" in identity.email else [])]
    wait = trials.ask(visitor, wanted, None, identity.username)
    if wait:
        return _page(request, visitor, "", status=429, warned=trials.too_soon(wait))
    return back_to(request, "/subscriptions", "test")


@router.get("/subscriptions/tests")
def results(request: Request, visitor: VisitorDep) -> Response:
    """What became of the tests, for the script that waits for it."""
    return trials.results(request, visitor)


def _page(
    request: Request, visitor: Caller, after: str, *, said: str = "", warned: str = "", status: int = 200
) -> Response:
    owner, _, name = after.partition("/")
    identity = visitor.identity
    with visitor.services.pool.lend() as db:
        rows = subscribers.of_person(db, identity.username, after=(owner, name), limit=PAGE + 1)
        tried = trying.latest(db, identity.username)
    values: dict[str, Any] = {
        "rows": rows[:PAGE],
        "next": f"{rows[PAGE - 1]['owner']}/{rows[PAGE - 1]['name']}" if len(rows) > PAGE else "",
        "after": after,
        "email": identity.email if "@" in identity.email else "",
        "tests": [trials.told(row, visitor.services.clock()) for row in tried],
        "said": said,
        "warned": warned,
    }
    found = page(
        request, visitor, "people/subscriptions.html", title="Subscriptions", section="notifications", **values
    )
    found.status_code = status
    return found


def _save(cursor: Cursor, username: str, visible: list[str], chosen: set[str], channel: PersonalChannel) -> int:
    on, off = [one for one in visible if one in chosen], [one for one in visible if one not in chosen]
    return subscribers.choose(cursor, username, on, [channel], wanted=True) + subscribers.choose(
        cursor, username, off, [channel], wanted=False
    )


def _wanted(word: str) -> bool:
    if word not in ("on", "off"):
        raise BadInput("everything can be turned on or off: use one of the two buttons under Subscriptions")
    return word == "on"


def _plain(name: str) -> bool:
    """owner/name, and nothing that an address could smuggle."""
    return bool(name) and all(sign.isascii() and (sign.isalnum() or sign in "_-/") for sign in name)
