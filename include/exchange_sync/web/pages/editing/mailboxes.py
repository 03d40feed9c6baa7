"""The mailboxes of an integration: listed a page at a time, found by a part of their address, added many at once,
changed many at once, removed many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.model.config import BucketConfig, MailboxConfig
from exchange_sync.store import editing, integrations, mailbox_editing, sources
from exchange_sync.store.database import Cursor, Row
from exchange_sync.store.sources import Ref, Taken
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages import visiting
from exchange_sync.web.pages.editing import bucket_fields as edit_bucket_fields
from exchange_sync.web.pages.editing.fields import Entered, Values
from exchange_sync.web.pages.editing.integration import read_at
from exchange_sync.web.pages.editing.mailbox_fields import ATTACHMENTS, SWITCHES, Options, options, pasted
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text, texts

router = APIRouter(prefix="/integrations/{owner}/{name}/edit/mailboxes")
SAID = {
    "added": "The mailboxes are added. The next run begins with them.",
    "changed": "The mailboxes are changed. The next run works by it.",
    "removed": "They are not synced any more. What they brought stays.",
    "saved": "Saved. The next run works by it.",
    "none": "No mailbox was ticked: nothing was changed.",
}
_CHANGES = ("attachments", "start_time", "archive", "include")


@router.get("")
def show(
    request: Request, visitor: VisitorDep, owner: str, name: str, q: str = "", after: str = "", done: str = ""
) -> Response:
    """A page of them, and a form to add more."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    return _page(request, visitor, row, Values(keep_mime="1", attachments="none"), q, after, said=SAID.get(done, ""))


@router.post("")
def add(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Add those that were pasted, all with the same options; all or none."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    entered, stale = Entered(form), False
    found = pasted("\n".join(texts(form, "addresses")), owner, name)
    problems = [*found.problems, *_known(visitor, row, found.addresses)]
    entered.problems["addresses"] = problems
    for problem in problems:
        entered.fault("addresses", problem)
    if not found.addresses:
        entered.fault("addresses", "name at least one mailbox")
    given = options(entered)
    bucket, new = edit_bucket_fields.wanted(visitor, entered)
    if not entered.faults and bucket is not None:
        boxes = [given.of(address, bucket) for address in found.addresses]
        try:
            with visitor.services.pool.lend() as db, db.transaction() as cursor:
                editing.hold(cursor, row["id"], read_at(form))
                _add(visitor, cursor, row, boxes, new)
        except Taken as error:
            entered.fault("updated_at", str(error))
            stale = True
        except BadInput as error:
            entered.fault("addresses", str(error))
    if entered.faults:
        return _page(request, visitor, row, entered.shown(), entered=entered, status=409 if stale else 422)
    return back_to(request, f"/integrations/{owner}/{name}/edit/mailboxes", "added")


def _known(visitor: Caller, row: Row, addresses: Sequence[str]) -> list[str]:
    """What stands in the way of adding these addresses: they are there."""
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        known = mailbox_editing.known(cursor, row["id"], addresses)
    here = (address for address, box in sorted(known.items()) if box["removed_at"] is None)
    return [f"{address} is a mailbox of this integration already: take it out of the list" for address in here]


def _add(visitor: Caller, cursor: Cursor, row: Row, boxes: Sequence[MailboxConfig], new: BucketConfig | None) -> None:
    now = visitor.services.clock()
    if new is not None:
        sources.create_bucket(cursor, Ref(owner=new.owner, name=new.name), new.title, now)
        integrations.apply_bucket(cursor, new, now)
        visitor.record(cursor, "bucket created", f"{new.owner}/{new.name}")
    mailbox_editing.put(cursor, row["id"], boxes, now)
    _record(visitor, cursor, row, "mailboxes added", [box.address for box in boxes])


def _record(visitor: Caller, cursor: Cursor, row: Row, action: str, addresses: Sequence[str], **more: Any) -> None:
    """The first hundred by name, all by number."""
    subject = f"{row['owner']}/{row['name']}"
    visitor.record(cursor, action, subject, count=len(addresses), mailboxes=list(addresses[:100]), **more)


@router.post("/change")
def change_many(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Give the ticked ones what the form sets; what it does not set stays as each has it."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    back = f"/integrations/{owner}/{name}/edit/mailboxes"
    addresses, entered = texts(form, "address"), Entered(form)
    sets = [change for change in _CHANGES if text(form, f"set_{change}")]
    if not addresses or not sets:
        return back_to(request, back, "none")
    given = options(entered)
    if entered.faults:
        raise BadInput(" ".join(entered.faults.values()))
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        editing.hold(cursor, row["id"], read_at(form))
        boxes = [_changed(box, given, sets) for box in mailbox_editing.configured(cursor, row["id"], addresses)]
        mailbox_editing.put(cursor, row["id"], boxes, visitor.services.clock())
        _record(visitor, cursor, row, "mailboxes changed", [box.address for box in boxes], fields=sets)
    return back_to(request, back, "changed")


def _changed(box: MailboxConfig, given: Options, sets: Sequence[str]) -> MailboxConfig:
    filters = replace(
        box.filters,
        include=given.filters.include if "include" in sets else box.filters.include,
        archive=given.filters.archive if "archive" in sets else box.filters.archive,
    )
    return replace(
        box,
        attachments=given.attachments if "attachments" in sets else box.attachments,
        start_time=given.start_time if "start_time" in sets else box.start_time,
        filters=filters,
    )


@router.post("/remove")
def remove_many(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Ask first, telling what stays; then remove the ticked ones."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    back, addresses = f"/integrations/{owner}/{name}/edit/mailboxes", texts(form, "address")
    if not addresses:
        return back_to(request, back, "none")
    if not text(form, "confirmed"):
        with visitor.services.pool.lend() as db, db.transaction() as cursor:
            found = [box.address for box in mailbox_editing.configured(cursor, row["id"], addresses)]
        return page(
            request, visitor, "editing/mailbox_remove.html", title=f"Remove {len(found):,} mailboxes",
            section="integrations",
            row=row, addresses=sorted(found), updated_at=text(form, "updated_at"), kept=None,
        )  # fmt: skip
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        editing.hold(cursor, row["id"], read_at(form))
        mailbox_editing.remove(cursor, row["id"], addresses, visitor.services.clock())
        _record(visitor, cursor, row, "mailboxes removed", addresses)
    return back_to(request, back, "removed")


def _page(
    request: Request,
    visitor: Caller,
    row: Row,
    shown: Values,
    q: str = "",
    after: str = "",
    *,
    entered: Entered | None = None,
    status: Literal[200, 409, 422] = 200,
    said: str = "",
) -> Response:
    with visitor.services.pool.lend() as db:
        boxes = mailbox_editing.page(db, row["id"], q.strip().lower(), after, mailbox_editing.PAGE + 1)
        total, found = mailbox_editing.count(db, row["id"]), mailbox_editing.count(db, row["id"], q.strip().lower())
    more = len(boxes) > mailbox_editing.PAGE
    boxes = boxes[: mailbox_editing.PAGE]
    answer = page(
        request, visitor, "editing/edit_mailboxes.html", title=f"Mailboxes of {row['owner']}/{row['name']}",
        section="integrations", row=row, v=shown, faults=entered.faults if entered else {},
        problems=entered.problems if entered else {}, boxes=boxes, total=total, found=found, q=q,
        first=f"?{urlencode({'q': q})}" if after else "",
        further=f"?{urlencode({'q': q, 'after': boxes[-1]['address']})}" if more else "",
        buckets=edit_bucket_fields.choices(visitor), attachments=ATTACHMENTS, switches=SWITCHES, said=said,
    )  # fmt: skip
    answer.status_code = status
    return answer
