"""Ask Exchange now: where a mail of a Message-ID lies in an integration's mailboxes, beside what is recorded of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput, IntegrationFault
from exchange_sync.pipeline.asking import MAILBOXES, SECONDS, asked, asking
from exchange_sync.store import history, integrations
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages import visiting
from exchange_sync.web.pages.comments.address import readable
from exchange_sync.web.pages.comments.text import pieces
from exchange_sync.web.pages.comments.why import read
from exchange_sync.web.pages.trying import checking_lines
from exchange_sync.web.pages.trying.checking_lines import Broken, rendered
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text
from exchange_sync.web.ports import CannotEdit
from exchange_sync.web.protocol import ApiError

router = APIRouter()


@router.post("/integrations/{owner}/{name}/ask")
def ask(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Each mailbox that fills a bucket which the visitor may read, as soon as it has answered."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    message_id = read(text(form, "id"))
    if not asked(message_id):
        raise ApiError(422, "this cannot be a Message-ID: it is empty, too long, or holds control characters")
    mine = {bucket["id"] for bucket in readable(visitor)}
    with visitor.services.pool.lend() as db:
        boxes = [box for box in integrations.mailboxes(db, row["id"]) if box["bucket_id"] in mine]
        with db.transaction() as cursor:
            visitor.record(cursor, "email asked for", f"{owner}/{name}")  # which one is the visitor's own business

    def broken(told: str) -> str:
        return rendered(request, visitor, "comments/asking_verdict.html", told=told, count=0, wrong=0)

    return checking_lines.answer(
        request, visitor, checking_lines.guarded(_lines(request, visitor, row, boxes, message_id), broken),
        "comments/asking.html", title="Where is this mail on Exchange?", section="comments", row=row,
        message_id=pieces(message_id[:600], strict=True), asked=message_id, most=MAILBOXES, seconds=int(SECONDS),
    )  # fmt: skip


def _lines(request: Request, visitor: Caller, row: Row, boxes: Sequence[Row], message_id: str) -> Iterator[str]:
    if not row["enabled"] and row["disabled_reason"] == "sync_error":
        raise Broken("The integration is disabled because it failed. Mend and check it first, to lock no account.")
    names, count, wrong = asked(message_id), 0, 0

    def recorded(box: Row, item_ids: Sequence[str]) -> dict[str, Row]:
        with visitor.services.pool.lend() as db:  # none is held while Exchange is asked
            return history.of_items(db, box["id"], item_ids, names)

    try:
        connection = visitor.services.connections.resolve(row["connection"])
        with closing(visitor.services.open_source(connection)) as source:
            for one in asking(source, boxes, message_id, recorded, time.monotonic):
                count += bool(one.mailbox)
                wrong += one.agrees is False
                yield rendered(request, visitor, "comments/asking_row.html", one=one)
    except (BadInput, CannotEdit) as error:
        raise Broken(str(error)) from None
    except IntegrationFault as fault:
        raise Broken(f"{fault.message}. {fault.reason.remedy}") from None
    yield rendered(request, visitor, "comments/asking_verdict.html", told="", count=count, wrong=wrong)
