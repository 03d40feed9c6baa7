"""Who is told of one integration: the visitor, services, and (for those who may change it) everybody else."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.store import subscribers, trying
from exchange_sync.store.database import Row
from exchange_sync.store.subscribers import PERSONAL
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.people import trials
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, integration, text, texts
from exchange_sync.web.protocol import ApiError

router = APIRouter()
SERVICES = 20  # of one integration
PEOPLE = 200  # shown of those who may be told
_DONE: Final = {
    "saved": "Saved. It holds for all that happens from now on.",
    "added": "The service is told from now on. Send it a test: whether its connection fits is known only then.",
    "there": "The service was told already.",
    "removed": "The service is not told any more.",
    "gone": "The service had been removed already.",
    "test": trials.ASKED,
}


@router.get("/subscriptions/{owner}/{name}")
def show(request: Request, visitor: VisitorDep, owner: str, name: str, done: str = "") -> Response:
    """One integration's."""
    return _page(request, visitor, integration(visitor, owner, name), said=_DONE.get(done, ""))


@router.post("/subscriptions/{owner}/{name}")
def save(request: Request, visitor: VisitorDep, owner: str, name: str, form: FormDep) -> Response:
    """The visitor's own choice."""
    row, username = integration(visitor, owner, name), visitor.identity.username
    chosen = texts(form, "channel")
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        changed = sum(
            subscribers.choose(cursor, username, [row["id"]], [channel], wanted=channel in chosen)
            for channel in PERSONAL
        )
        if changed:
            visitor.record(cursor, "subscriptions changed", username, integration=f"{owner}/{name}", channels=chosen)
    return back_to(request, f"/subscriptions/{owner}/{name}", "saved")


@router.post("/subscriptions/{owner}/{name}/services/add")
def add(request: Request, visitor: VisitorDep, owner: str, name: str, form: FormDep) -> Response:
    """Tell a service too."""
    row = integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    connection = text(form, "connection")
    with visitor.services.pool.lend() as db:
        full = len(subscribers.services(db, row["id"])) >= SERVICES
    if full:
        raise BadInput(f"{owner}/{name} has {SERVICES} services, the most there can be: remove one first")
    try:
        with visitor.services.pool.lend() as db, db.transaction() as cursor:
            added = subscribers.add_channel_in(cursor, row["id"], connection)
            if added:
                visitor.record(cursor, "service added", f"{owner}/{name}", connection=connection)
    except BadInput as found:
        return _page(request, visitor, row, status=422, fault=str(found), typed=connection)
    return back_to(request, f"/subscriptions/{owner}/{name}", "added" if added else "there")


@router.post("/subscriptions/{owner}/{name}/services/remove")
def remove(request: Request, visitor: VisitorDep, owner: str, name: str, form: FormDep) -> Response:
    """Do not tell a service any more."""
    row = integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    connection = text(form, "connection")
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        removed = subscribers.remove_channel_in(cursor, row["id"], connection)
        if removed:
            visitor.record(cursor, "service removed", f"{owner}/{name}", connection=connection)
    return back_to(request, f"/subscriptions/{owner}/{name}", "removed" if removed else "gone")


@router.post("/subscriptions/{owner}/{name}/services/test")
def send_test(request: Request, visitor: VisitorDep, owner: str, name: str, form: FormDep) -> Response:
    """A test message to one of its services."""
    row = integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    connection = text(form, "connection")
    with visitor.services.pool.lend() as db:
        if connection not in subscribers.services(db, row["id"]):
            raise ApiError(404, f"{owner}/{name} has no such service: it was removed meanwhile")
    wait = trials.ask(visitor, [("apprise", connection)], row["id"], f"{owner}/{name}")
    if wait:
        return _page(request, visitor, row, status=429, warned=trials.too_soon(wait))
    return back_to(request, f"/subscriptions/{owner}/{name}", "test")


def _page(
    request: Request, visitor: Caller, row: Row, *, said: str = "", warned: str = "", fault: str = "",
    typed: str = "", status: int = 200,
) -> Response:  # fmt: skip
    identity = visitor.identity
    modify = may.MODIFY_INTEGRATIONS in visitor.permissions(row["owner"])
    with visitor.services.pool.lend() as db:
        own = subscribers.choices_of(db, row["id"], identity.username)
        people, all_people = subscribers.people_told(db, row["id"], PEOPLE) if modify else ([], 0)
        services = subscribers.services(db, row["id"])
        tried = trying.latest(db, identity.username) if modify else []
    values: dict[str, Any] = {
        "row": row,
        "name": f"{row['owner']}/{row['name']}",
        "own": own,
        "email": identity.email if "@" in identity.email else "",
        "services": services,
        "full": len(services) >= SERVICES,
        "modify": modify,
        "people": people,
        "all_people": all_people,
        "tests": [trials.told(one, visitor.services.clock()) for one in tried],
        "said": said,
        "warned": warned,
        "fault": fault,
        "typed": typed,
    }
    title = f"Who is told of {row['title'] or values['name']}"
    found = page(request, visitor, "people/subscriptions_of.html", title=title, section="notifications", **values)
    found.status_code = status
    return found
