"""Delete an integration: what goes and what stays, with counts, and its name to be typed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.store import editing, mailbox_editing
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages import visiting
from exchange_sync.web.pages.editing.integration import read_at
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text

router = APIRouter()


@router.get("/integrations/{owner}/{name}/delete")
def show(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """What deleting does."""
    return _page(request, visitor, visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS))


@router.post("/integrations/{owner}/{name}/delete")
def delete(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Do it, once its name is typed. It goes in steps: whoever is interrupted does it again."""
    row = visiting.integration(visitor, owner, name, may.MODIFY_INTEGRATIONS)
    full = f"{owner}/{name}"
    if text(form, "typed") != full:
        answer = _page(request, visitor, row, f"Type {full} to delete it.")
        answer.status_code = 422
        return answer
    with visitor.services.pool.lend() as db:
        with db.transaction() as cursor:
            editing.hold(cursor, row["id"], read_at(form))
            visitor.record(cursor, "integration deleted", full, connection=row["connection"])
        editing.delete(db, row["id"], visitor.services.clock())
    return back_to(request, "/", "deleted")


def _page(request: Request, visitor: Caller, row: Row, wrong: str = "") -> Response:
    with visitor.services.pool.lend() as db:
        boxes = mailbox_editing.count(db, row["id"])
        buckets = mailbox_editing.buckets_of(db, row["id"])
        kept = mailbox_editing.brought(db, row["id"])
    return page(
        request, visitor, "editing/edit_delete.html", title=f"Delete {row['owner']}/{row['name']}",
        section="integrations",
        row=row, boxes=boxes, buckets=buckets, kept=kept, wrong=wrong,
    )  # fmt: skip
