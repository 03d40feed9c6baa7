"""Check a connection: the one that is kept, or what a form holds and has not saved. Each step is told as it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.pipeline.check import CheckLine, checking, passes
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store import mailbox_editing
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages import visiting
from exchange_sync.web.pages.editing import connection as connecting
from exchange_sync.web.pages.editing.mailbox_fields import pasted
from exchange_sync.web.pages.shell import page
from exchange_sync.web.pages.trying import checking_lines
from exchange_sync.web.pages.trying.checking_lines import Broken, rendered
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text, texts
from exchange_sync.web.ports import CannotEdit
from exchange_sync.web.protocol import ApiError

router = APIRouter()
TRIED = 25  # mailboxes: each costs a server some requests
SAID = {"created": "The integration is made and switched off. Check it, plan it, then start it."}


@router.get("/integrations/{owner}/{name}/check")
def show(request: Request, visitor: VisitorDep, owner: str, name: str, done: str = "") -> Response:
    """What will be tried, before it is."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    with visitor.services.pool.lend() as db:
        boxes = [box["address"] for box in mailbox_editing.page(db, row["id"], "", "", TRIED)]
        count = mailbox_editing.count(db, row["id"])
    return page(
        request, visitor, "trying/checking.html", title=f"Check {owner}/{name}", section="integrations", row=row,
        boxes=boxes,
        count=count, ran=False, said=SAID.get(done, ""),
    )  # fmt: skip


@router.post("/check")
def check_new(request: Request, visitor: VisitorDep, form: FormDep) -> Response:
    """The connection of a form for a new integration."""
    owner = text(form, "owner").lower()
    if may.MODIFY_INTEGRATIONS not in (visitor.permissions(owner) if owner else visitor.general()):
        raise ApiError(403, f"permission {may.SPOKEN[may.MODIFY_INTEGRATIONS]!r} is needed")
    return _answer(request, visitor, form, None)


@router.post("/integrations/{owner}/{name}/check")
def check(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """The connection of an integration, or of the form that edits it."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    return _answer(request, visitor, form, row)


def _answer(request: Request, visitor: Caller, form: FormData, row: Row | None) -> Response:
    """Nothing of the form is stored or logged; the attempt is put down, without what was tried."""
    subject = f"{row['owner']}/{row['name']}" if row else text(form, "owner")[:100] or "a new integration"
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        visitor.record(cursor, "connection checked", subject)
    mailboxes = _mailboxes(visitor, form, row)

    def broken(told: str) -> str:
        return rendered(request, visitor, "trying/checking_verdict.html", good=False, told=told, count=0)

    title = f"Check {subject}"
    return checking_lines.answer(
        request, visitor, checking_lines.guarded(_lines(request, visitor, form, row, mailboxes), broken),
        "trying/checking.html", title=title, section="integrations", row=row, boxes=mailboxes, count=len(mailboxes),
        ran=True,
    )  # fmt: skip


def _mailboxes(visitor: Caller, form: FormData, row: Row | None) -> list[str]:
    typed = pasted("\n".join(texts(form, "addresses")))
    if typed.addresses or typed.problems or row is None:
        return list(typed.addresses[:TRIED])
    with visitor.services.pool.lend() as db:
        return [box["address"] for box in mailbox_editing.page(db, row["id"], "", "", TRIED)]


def _lines(
    request: Request, visitor: Caller, form: FormData, row: Row | None, mailboxes: Sequence[str]
) -> Iterator[str]:
    if problems := pasted("\n".join(texts(form, "addresses"))).problems:
        raise Broken(" ".join(f"{one[:1].upper()}{one[1:]}." for one in problems[:TRIED]))
    connection = _connection(visitor, form, row)
    if not mailboxes and "@" in connection.username:
        mailboxes = [connection.username]
    services, told = visitor.services, list[CheckLine]()
    for line in checking(
        connection, mailboxes, open_source=services.open_source, clock=services.clock, network=services.network
    ):
        told.append(line)
        yield rendered(request, visitor, "trying/checking_row.html", line=line)
    yield rendered(request, visitor, "trying/checking_verdict.html", good=passes(told), told="", count=len(mailboxes))


def _connection(visitor: Caller, form: FormData, row: Row | None) -> ExchangeConnection:
    """What is to be tried. Raises Broken with what is to be mended in the form."""
    present = connecting.kept(visitor, row)
    try:
        if row is not None and not text(form, "connection"):
            return visitor.services.connections.resolve(present.id)
        found = connecting.chosen(visitor, form, present, text(form, "owner") + "/" + text(form, "name"))
        faults = {name: told for name, told in found.faults.items() if name != "new_id"}
        if faults:
            raise Broken(" ".join(dict.fromkeys(faults.values())))
        return connecting.to_try(visitor, found)
    except (BadInput, CannotEdit) as error:
        raise Broken(str(error)) from None
