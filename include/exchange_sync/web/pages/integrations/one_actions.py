"""What is done to an integration from its page: start, stop, a run now, a backfill, the quarantine tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.store import acting, attention, editing, overview
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.integrations import links
from exchange_sync.web.pages.integrations.actions import Ask, again, as_read, ask, path_of
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, integration, text
from exchange_sync.web.ports import CannotEdit

router = APIRouter(prefix="/integrations/{owner}/{name}")
DAY = timedelta(days=1)
_STOPPED = "It is stopped: start it first."


@router.get("/start")
def ask_start(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """What starting does."""
    row = _row(visitor, owner, name)
    says = [
        "Its mailboxes are read again, and the first run follows within a minute.",
        "It goes on where it stopped: what came meanwhile is fetched, newest first. Nothing is downloaded twice.",
        "Airflow's pause switches of its two DAGs are turned on.",
    ]
    if row["disabled_reason"] in ("quota", "sync_error"):
        says.append("Its incident is closed, and failures count from zero. If nothing was mended, it is disabled again "
                    "after some failed runs.")  # fmt: skip
    path = path_of(row)
    refused = "It is running already." if row["enabled"] else ""
    question = Ask(
        f"Start {owner}/{name}?", tuple(says), "Start", f"{path}/start", path, False, row["updated_at"], refused
    )
    return ask(request, visitor, question)


@router.post("/start")
def start(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Start it. 409 when it was changed meanwhile."""
    return _switch(request, visitor, _row(visitor, owner, name), as_read(form), "start")


@router.get("/stop")
def ask_stop(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """What stopping does."""
    row = _row(visitor, owner, name)
    with visitor.services.pool.lend() as db:
        boxes = overview.of_integrations(db, [row["id"]], visitor.services.clock())[row["id"]]["mailboxes"]
    whose = "one mailbox" if boxes == 1 else f"{boxes:,} mailboxes"
    says = (
        f"No new email of its {whose} becomes a comment until it is started again.",
        "A run that is under way ends by itself. What is here stays, and can be read and streamed.",
        "Airflow's pause switches of its two DAGs are turned off; backfills wait, too.",
        "Started again, it fetches what came meanwhile. Nothing is lost, however long it was stopped.",
    )
    path = path_of(row)
    refused = "" if row["enabled"] else "It is stopped already."
    question = Ask(f"Stop {owner}/{name}?", says, "Stop", f"{path}/stop", path, True, row["updated_at"], refused)
    return ask(request, visitor, question)


@router.post("/stop")
def stop(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Stop it. 409 when it was changed meanwhile."""
    return _switch(request, visitor, _row(visitor, owner, name), as_read(form), "stop")


def _switch(request: Request, visitor: Caller, row: Row, read: datetime, action: str) -> Response:
    now, done = visitor.services.clock(), "started" if action == "start" else "stopped"
    with visitor.services.pool.lend() as db:
        with db.transaction() as cursor:
            acting.claim_integration(cursor, row["id"], read, now)
            visitor.record(cursor, f"integration {done}", f"{row['owner']}/{row['name']}")
        editing.switch(db, row["id"], enabled=action == "start", boxes=(), now=now)
    left = visitor.services.dags.settle(row["id"], visitor.identity)
    return back_to(request, path_of(row), done=f"{done}-later" if left else done)


@router.post("/sync")
def sync(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """A run now, without waiting for the next interval."""
    row = _row(visitor, owner, name)
    if not row["enabled"]:
        raise BadInput(_STOPPED)
    visitor.services.dags.trigger(f"{owner}/{name}", visitor.identity)
    _record(visitor, row, "sync triggered")
    return back_to(request, path_of(row), done="synced")


@router.get("/retry")
def ask_retry(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """What trying the quarantined emails again does."""
    row = _row(visitor, owner, name)
    with visitor.services.pool.lend() as db:
        bad = overview.quarantined(db, [row["id"]]).get(row["id"], 0)
    path = path_of(row)
    refused = "" if bad else "Its quarantine is empty."
    question = Ask("Try quarantined emails again?", again(bad), "Try again", f"{path}/retry", path, refused=refused)
    return ask(request, visitor, question)


@router.post("/retry")
def retry(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """Make them pending."""
    row = _row(visitor, owner, name)
    with visitor.services.pool.lend() as db:
        tried = attention.retry(db, row["id"])
    _record(visitor, row, "quarantine retried", emails=tried)
    return back_to(request, path_of(row), done="retried")


@router.get("/backfill")
def ask_backfill(
    request: Request, visitor: VisitorDep, owner: str, name: str, since: str = "", until: str = ""
) -> Response:
    """Choose days, and see how many that are."""
    return _backfill(request, visitor, _row(visitor, owner, name), since, until)


@router.post("/backfill")
def backfill(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Have Airflow re-read the days."""
    row, since, until = _row(visitor, owner, name), text(form, "since"), text(form, "until")
    try:
        first, last = _span(since, until, visitor.services.clock())
        if not row["enabled"]:
            raise BadInput(_STOPPED)
        visitor.services.dags.backfill(f"{owner}/{name}", first, last + DAY, visitor.identity)
    except (BadInput, CannotEdit) as wrong:
        return _backfill(request, visitor, row, since, until, str(wrong))
    _record(visitor, row, "backfill started", since=since, until=until)
    return back_to(request, path_of(row), done="backfill")


def _backfill(request: Request, visitor: Caller, row: Row, since: str, until: str, fault: str = "") -> Response:
    """The form; with both days given, what it would do, or what is wrong with them."""
    yesterday = visitor.services.clock() - DAY
    days = 0
    if since and until and not fault:
        try:
            first, last = _span(since, until, visitor.services.clock())
            days = (last - first).days + 1
        except BadInput as wrong:
            fault = str(wrong)
    answer = page(
        request, visitor, "integrations/backfill.html", title="Backfill", section="integrations", row=row,
        path=path_of(row),
        since=since or f"{yesterday - 6 * DAY:%Y-%m-%d}", until=until or f"{yesterday:%Y-%m-%d}", days=days,
        fault=fault, newest=f"{yesterday:%Y-%m-%d}", refused="" if row["enabled"] else _STOPPED,
        airflow_path=links.backfills(row["owner"], row["name"]),
    )  # fmt: skip
    answer.status_code = 422 if fault else 200
    return answer


def _span(since: str, until: str, now: datetime) -> tuple[datetime, datetime]:
    """The first and the last day, as UTC midnights. Raises BadInput: Airflow re-reads whole days that are over."""
    try:
        first, last = (datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) for day in (since, until))
    except ValueError:
        raise BadInput("Choose a first and a last day, each as year-month-day, for example 2026-03-31.") from None
    if last < first:
        raise BadInput(f"The last day, {until}, is before the first, {since}.")
    if last + DAY > now:
        raise BadInput(f"{until} is not over yet (in UTC): choose {now - DAY:%Y-%m-%d} or a day before it.")
    if first.year < 2000:
        raise BadInput(f"{since} is too long ago: Airflow's backfills reach back to the year 2000.")
    return first, last


def _row(visitor: Caller, owner: str, name: str) -> Row:
    return integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)


def _record(visitor: Caller, row: Row, action: str, **details: object) -> None:
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        visitor.record(cursor, action, f"{row['owner']}/{row['name']}", **details)
