"""One mailbox of an integration: its options, its folders as Exchange has them, and taking it out."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput, IntegrationFault, MailboxFault, Retriable
from exchange_sync.model.config import Filters
from exchange_sync.store import editing, mailbox_editing
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Taken
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages import visiting
from exchange_sync.web.pages.editing import mailbox_folders as folders
from exchange_sync.web.pages.editing.fields import Entered, Values
from exchange_sync.web.pages.editing.integration import read_at
from exchange_sync.web.pages.editing.mailbox_fields import ATTACHMENTS, SWITCHES, options, values
from exchange_sync.web.pages.shell import back_to, fragment, page
from exchange_sync.web.pages.trying.checking_lines import turn
from exchange_sync.web.pages.visiting import FormDep, VisitorDep
from exchange_sync.web.ports import CannotEdit
from exchange_sync.web.protocol import ApiError

router = APIRouter(prefix="/integrations/{owner}/{name}/mailboxes/{address}")


@router.get("/edit")
def show(
    request: Request, visitor: VisitorDep, owner: str, name: str, address: str, tree: bool = False, done: str = ""
) -> Response:
    """Its options. tree: with its folders, for browsers without script."""
    row, box = _found(visitor, owner, name, address)
    shown = values(box["start_time"], box["attachments"], Filters.from_dict(box["filters"]))
    shown["updated_at"] = row["updated_at"].isoformat()
    found = _tree(visitor, row, box) if tree else None
    if found is not None and not found.told:
        shown["folder_allow"] = "\n".join(found.others(box, "folder_allow"))
        shown["folder_deny"] = "\n".join(found.others(box, "folder_deny"))
    return _page(request, visitor, row, box, shown, tree=found, said="Saved." if done == "saved" else "")


@router.post("/edit")
def change(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str, address: str) -> Response:
    """Change them; 409 when somebody else has changed the integration meanwhile."""
    row, box = _found(visitor, owner, name, address)
    entered, stale = Entered(form), False
    given = options(entered)
    if not entered.faults:
        try:
            with visitor.services.pool.lend() as db, db.transaction() as cursor:
                editing.hold(cursor, row["id"], read_at(form))
                known = mailbox_editing.configured(cursor, row["id"], [address])
                counts = mailbox_editing.put(
                    cursor, row["id"], [given.on(one) for one in known], visitor.services.clock()
                )
                if counts["changed"]:
                    visitor.record(cursor, "mailbox changed", f"{owner}/{name}", mailbox=address)
        except Taken as error:
            entered.fault("updated_at", str(error))
            stale = True
    if entered.faults:
        return _page(request, visitor, row, box, entered.shown(), entered, status=409 if stale else 422)
    return back_to(request, f"/integrations/{owner}/{name}/mailboxes/{quote(address, safe='@')}/edit", "saved")


@router.get("/folders")
def show_folders(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """Its folders as Exchange has them now, to be ticked: a part of the page."""
    row, box = _found(visitor, owner, name, address)
    return fragment(request, visitor, "editing/mailbox_edit_folders.html", tree=_tree(visitor, row, box))


def _tree(visitor: Caller, row: Row, box: Row) -> folders.Tree:
    """Asks Exchange: no database connection is held meanwhile."""
    filters = Filters.from_dict(box["filters"])
    try:
        connection = visitor.services.connections.resolve(row["connection"])
        with turn(), closing(visitor.services.open_source(connection)) as source:
            return folders.tree(source.folders(box["address"], archive=filters.archive), filters)
    except (BadInput, CannotEdit) as error:
        return folders.Tree(told=str(error))
    except (IntegrationFault, MailboxFault) as fault:
        return folders.Tree(told=f"{fault.message}. {fault.reason.remedy}")
    except Retriable as busy:
        return folders.Tree(told=f"{busy.message}. Try again later.")


@router.get("/remove")
def ask_remove(request: Request, visitor: VisitorDep, owner: str, name: str, address: str) -> Response:
    """What taking it out does; edit_mailboxes does it."""
    row, _ = _found(visitor, owner, name, address)
    with visitor.services.pool.lend() as db:
        kept = mailbox_editing.brought(db, row["id"], address)
    return page(
        request, visitor, "editing/mailbox_remove.html", title=f"Remove {address}", section="integrations", row=row,
        addresses=[address], updated_at=row["updated_at"].isoformat(), kept=kept,
    )  # fmt: skip


def _found(visitor: Caller, owner: str, name: str, address: str) -> tuple[Row, Row]:
    """The integration and its mailbox. Raises 404, 403."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        box = mailbox_editing.known(cursor, row["id"], [address]).get(address)
    if box is None or box["removed_at"] is not None:
        raise ApiError(404, f"there is no mailbox {address} in {owner}/{name}")
    return row, box


def _page(
    request: Request,
    visitor: Caller,
    row: Row,
    box: Row,
    shown: Values,
    entered: Entered | None = None,
    *,
    tree: folders.Tree | None = None,
    status: int = 200,
    said: str = "",
) -> Response:
    answer = page(
        request, visitor, "editing/mailbox_edit.html", title=f"Edit {box['address']}", section="integrations", row=row,
        box=box, v=shown, faults=entered.faults if entered else {}, tree=tree, attachments=ATTACHMENTS,
        switches=SWITCHES, said=said, problems={},
    )  # fmt: skip
    answer.status_code = status
    return answer
