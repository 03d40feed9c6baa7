"""What is done to one mailbox from its page: start, stop, list it or a folder again, quarantine, compare."""

from __future__ import annotations

from contextlib import closing

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.model.folder_path import folder_text
from exchange_sync.pipeline import verify as server
from exchange_sync.store import acting, attention, editing, progress, switching
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Taken
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.integrations.actions import Ask, again, as_read, ask, path_of
from exchange_sync.web.pages.integrations.mailbox import found
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.trying.checking_lines import turn
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text

router = APIRouter(prefix="/integrations/{owner}/{name}/mailboxes/{address}")


@router.get("/start")
def ask_start(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """What starting does."""
    row, box = _found(visitor, owner, name, address)
    says = ["The next run reads it, and goes on where it stopped."]
    if box["disabled_reason"] in ("quota", "sync_error"):
        says.append("Its incident is closed, and failures count from zero. If nothing was mended, it is disabled again "
                    "after some failed runs.")  # fmt: skip
    if not row["enabled"]:
        says.append("The integration itself is stopped. If it went off with its last mailbox, it is started too; "
                    "otherwise start it as well.")  # fmt: skip
    refused = "It is running already." if box["enabled"] else ""
    return _ask(request, visitor, row, box, "start", f"Start {address}?", tuple(says), "Start", refused)


@router.post("/start")
def start(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str, address: str) -> Response:
    """Start it. 409 when it was changed meanwhile."""
    row, box = _found(visitor, owner, name, address)
    now, read = visitor.services.clock(), as_read(form)
    with visitor.services.pool.lend() as db:
        with db.transaction() as cursor:
            acting.claim_mailbox(cursor, box["id"], read, now)
            visitor.record(cursor, "mailbox started", f"{owner}/{name}", mailbox=address)
        editing.switch(db, row["id"], enabled=None, boxes=[address], now=now)
    visitor.services.dags.settle(row["id"], visitor.identity)  # the integration may have gone off with it
    return back_to(request, _path(row, box), done="mailbox-started")


@router.get("/stop")
def ask_stop(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """What stopping does."""
    row, box = _found(visitor, owner, name, address)
    says = (
        "Its new emails no longer become comments until it is started again. The other mailboxes go on.",
        "What it has brought stays. Started again, it fetches what came meanwhile.",
    )
    refused = "" if box["enabled"] else "It is stopped already."
    return _ask(request, visitor, row, box, "stop", f"Stop {address}?", says, "Stop", refused)


@router.post("/stop")
def stop(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str, address: str) -> Response:
    """Stop it. 409 when it was changed meanwhile."""
    row, box = _found(visitor, owner, name, address)
    now, read = visitor.services.clock(), as_read(form)
    with visitor.services.pool.lend() as db:
        with db.transaction() as cursor:
            acting.claim_mailbox(cursor, box["id"], read, now)
            visitor.record(cursor, "mailbox stopped", f"{owner}/{name}", mailbox=address)
        switching.disable_mailbox_by_user(db, box["id"], now)
    return back_to(request, _path(row, box), done="mailbox-stopped")


@router.get("/relist")
def ask_relist(
    request: Request, visitor: VisitorDep, owner: str, name: str, address: str, folder: str = ""
) -> Response:
    """What listing a folder again does (folder: its key), or every folder."""
    row, box = _found(visitor, owner, name, address)
    what = "this folder" if folder else "every folder"
    with visitor.services.pool.lend() as db:
        state = progress.state(db, box["bucket_id"], folder) if folder else None
    title = f"List {folder_text(state['folder_path'])} again?" if state else f"List all of {address} again?"
    says = (
        f"The next run reads the list of {what} from its start: some requests for each thousand emails.",
        "Only what is missing here is downloaded. What the server no longer has is noted, and no comment is lost.",
        "A run that is at work on this mailbox gives way, and the next one goes on.",
    )
    refused = "This folder has not been listed yet, or is gone." if folder and state is None else ""
    return _ask(request, visitor, row, box, "relist", title, says, "List again", refused, folder)


@router.post("/relist")
def relist(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str, address: str) -> Response:
    """Forget the sync state of a folder, or of all."""
    row, box = _found(visitor, owner, name, address)
    key, now = text(form, "folder"), visitor.services.clock()
    with visitor.services.pool.lend() as db:
        if key:
            state = progress.state(db, box["bucket_id"], key)
            if state is None or state["mailbox_name"] != address or not progress.delete(db, box["bucket_id"], key, now):
                raise Taken("This folder is gone, or is to be listed again already.")
        with db.transaction() as cursor:
            if not key:
                progress.delete_all(cursor, box["id"], now)
            told = {"folder": folder_text(state["folder_path"])} if key and state else {}
            visitor.record(cursor, "listed again", f"{owner}/{name}", mailbox=address, **told)
    return back_to(request, _path(row, box), done="relisted")


@router.get("/retry")
def ask_retry(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """What trying the quarantined emails again does."""
    row, box = _found(visitor, owner, name, address)
    bad = box["quarantined"]
    refused = "" if bad else "Its quarantine is empty."
    return _ask(request, visitor, row, box, "retry", "Try quarantined emails again?", again(bad), "Try again", refused)


@router.post("/retry")
def retry(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """Make them pending."""
    row, box = _found(visitor, owner, name, address)
    with visitor.services.pool.lend() as db:
        tried = attention.retry(db, row["id"], address=address)
        with db.transaction() as cursor:
            visitor.record(cursor, "quarantine retried", f"{owner}/{name}", mailbox=address, emails=tried)
    return back_to(request, _path(row, box), done="retried")


@router.get("/verify")
def ask_verify(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """What asking the server for its counts does."""
    row, box = _found(visitor, owner, name, address)
    says = (
        "The server is asked for its folders and their counts now: one log-in and two requests.",
        "They are compared with what is here, folder by folder. Nothing is changed, here or there.",
    )
    return _ask(request, visitor, row, box, "verify", f"Compare {address} with the server?", says, "Compare", "")


@router.post("/verify")
def verify(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """Ask, and show what agrees. A server that refuses is told as a page, and counts as no failure of the sync."""
    row, box = _found(visitor, owner, name, address)
    services = visitor.services
    connection = services.connections.resolve(row["connection"])
    with turn(), closing(services.open_source(connection)) as source:  # no database connection is held meanwhile
        folders = server.ask(source, box)
    with services.pool.lend() as db:
        checks = server.compare(db, box, folders)
        with db.transaction() as cursor:
            visitor.record(cursor, "mailbox verified", f"{owner}/{name}", mailbox=address)
    return page(
        request, visitor, "integrations/verified.html", title=f"{address} beside the server", section="integrations",
        row=row,
        box=box, path=path_of(row), checks=checks, wrong=sum(not one.right for one in checks),
    )  # fmt: skip


def _found(visitor: Caller, owner: str, name: str, address: str) -> tuple[Row, Row]:
    return found(visitor, owner, name, address, may.MODIFY_INTEGRATIONS)


def _path(row: Row, box: Row) -> str:
    return f"{path_of(row)}/mailboxes/{box['address']}"


def _ask(
    request: Request, visitor: Caller, row: Row, box: Row, action: str, title: str, says: tuple[str, ...], button: str,
    refused: str, folder: str = "",
) -> Response:  # fmt: skip
    path = _path(row, box)
    updated = box["updated_at"] if action in ("start", "stop") else None
    question = Ask(title, says, button, f"{path}/{action}", path, action == "stop", updated, refused, folder)
    return ask(request, visitor, question)
