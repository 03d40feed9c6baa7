"""Plan: what a first sync would take, mailbox by mailbox, before it starts. It counts and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput, IntegrationFault, Retriable
from exchange_sync.pipeline.plan import MailboxPlan, planning
from exchange_sync.store import integrations, mailbox_editing
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages import visiting
from exchange_sync.web.pages.shell import page, span
from exchange_sync.web.pages.trying import checking_lines
from exchange_sync.web.pages.trying.checking_lines import Broken, rendered
from exchange_sync.web.pages.visiting import VisitorDep
from exchange_sync.web.ports import CannotEdit

router = APIRouter()


@router.get("/integrations/{owner}/{name}/plan")
def show(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """What will be asked of the server, before it is."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    with visitor.services.pool.lend() as db:
        count = mailbox_editing.count(db, row["id"])
    return page(
        request, visitor, "trying/planning.html", title=f"Plan {owner}/{name}", section="integrations", row=row,
        count=count,
        ran=False,
    )  # fmt: skip


@router.post("/integrations/{owner}/{name}/plan")
def plan(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """Three requests a mailbox; each mailbox is told as soon as it is counted."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    with visitor.services.pool.lend() as db:
        boxes = integrations.mailboxes(db, row["id"])
        with db.transaction() as cursor:
            visitor.record(cursor, "first sync planned", f"{owner}/{name}")

    def broken(told: str) -> str:
        return rendered(request, visitor, "trying/planning_verdict.html", row=row, told=told, sums=_Sums(), length="")

    lines = checking_lines.guarded(_lines(request, visitor, row, boxes), broken)
    return checking_lines.answer(
        request, visitor, lines, "trying/planning.html", title=f"Plan {owner}/{name}", section="integrations", row=row,
        count=len(boxes), ran=True,
    )  # fmt: skip


class _Sums:
    """What the mailboxes come to together. done: counted; failed: could not be."""

    def __init__(self) -> None:
        self.done = self.failed = self.emails = self.bytes = 0
        self.minutes = 0.0

    def add(self, one: MailboxPlan) -> None:
        """One more."""
        self.done += not one.error
        self.failed += bool(one.error)
        self.emails += one.emails
        self.bytes += one.bytes
        self.minutes += one.minutes


def _lines(request: Request, visitor: Caller, row: Row, boxes: Sequence[Row]) -> Iterator[str]:
    sums = _Sums()
    try:
        connection = visitor.services.connections.resolve(row["connection"])
        with closing(visitor.services.open_source(connection)) as source:
            for one in planning(source, boxes):
                sums.add(one)
                yield rendered(request, visitor, "trying/planning_row.html", one=one, length=length(one.minutes))
    except (BadInput, CannotEdit) as error:
        raise Broken(str(error)) from None
    except IntegrationFault as fault:
        raise Broken(f"{fault.message}. {fault.reason.remedy}") from None
    except Retriable as busy:
        raise Broken(f"{busy.message}: the server is busy. Try again later.") from None
    yield rendered(
        request, visitor, "trying/planning_verdict.html", row=row, told="", sums=sums, length=length(sums.minutes)
    )


def length(minutes: float) -> str:
    """A guessed length of time in words."""
    return "less than a minute" if minutes < 1 else f"about {span(timedelta(minutes=minutes))}"
