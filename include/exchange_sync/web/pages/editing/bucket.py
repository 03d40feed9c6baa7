"""Quota, retention and raw emails of a bucket. What would erase anything is counted and asked for."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.errors import BadInput
from exchange_sync.model.config import BucketConfig
from exchange_sync.model.names import split_name
from exchange_sync.store import bucket_editing
from exchange_sync.store.database import Row
from exchange_sync.store.sources import Ref, Taken
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.editing import bucket_fields as edit_bucket_fields
from exchange_sync.web.pages.editing import fields as read
from exchange_sync.web.pages.editing.fields import Entered, Values
from exchange_sync.web.pages.editing.integration import SAID, read_at
from exchange_sync.web.pages.shell import back_to, page
from exchange_sync.web.pages.visiting import FormDep, VisitorDep, text

router = APIRouter()


@router.get("/buckets/{owner}/{name}/edit")
def show(request: Request, visitor: VisitorDep, owner: str, name: str, done: str = "") -> Response:
    """The bucket's settings."""
    row = visitor.find("buckets", Ref(owner=owner, name=name), may.WRITE_BUCKETS)
    shown = Values(
        bucket_title=row["title"],
        quota_emails="" if row["quota_emails"] is None else str(row["quota_emails"]),
        quota_bytes=read.spoken_size(row["quota_bytes"]),
        retention_days=row["retention_days"] or "",
        keep_mime="1" if row["keep_mime"] else "",
        updated_at=row["updated_at"].isoformat(),
    )
    return _page(request, visitor, row, shown, said=SAID.get(done, ""))


@router.post("/buckets/{owner}/{name}/edit")
def change(request: Request, visitor: VisitorDep, form: FormDep, owner: str, name: str) -> Response:
    """Change them; 409 when somebody else has meanwhile."""
    row = visitor.find("buckets", Ref(owner=owner, name=name), may.WRITE_BUCKETS)
    entered = Entered(form)
    wanted, stale = edit_bucket_fields.config(entered, Ref(owner=owner, name=name)), False
    lost = [] if text(form, "confirmed") or entered.faults else _lost(visitor, row, wanted)
    if not entered.faults and not lost:
        try:
            with visitor.services.pool.lend() as db, db.transaction() as cursor:
                known = bucket_editing.hold(cursor, row["id"], read_at(form))
                changed = sorted(key for key, value in asdict(wanted).items() if known[key] != value)
                bucket_editing.save(cursor, wanted, visitor.services.clock())
                if changed:
                    visitor.record(cursor, "bucket changed", f"{owner}/{name}", fields=changed)
        except Taken as error:
            entered.fault("updated_at", str(error))
            stale = True
    if entered.faults or lost:
        return _page(request, visitor, row, entered.shown(), entered, lost, status=409 if stale else 422)
    back = f"?from={text(form, 'from')}" if _from(text(form, "from")) else ""
    return back_to(request, f"/buckets/{owner}/{name}/edit{back}", "saved" if changed else "same")


def _lost(visitor: Caller, row: Row, wanted: BucketConfig) -> list[str]:
    """What would be erased, in sentences."""
    told = []
    days = wanted.retention_days
    if days is not None and (row["retention_days"] is None or days < row["retention_days"]):
        with visitor.services.pool.lend() as db:
            count = bucket_editing.older(db, row["id"], visitor.services.clock() - timedelta(days=days))
        more = "more than " if count > bucket_editing.COUNTED else ""
        shown = f"{more}{min(count, bucket_editing.COUNTED):,}"
        what = "comment of an email" if count == 1 else "comments of emails"
        told.append(f"Housekeeping erases {shown} {what} older than {days:,} days.")
    if row["keep_mime"] and not wanted.keep_mime:
        told.append("Raw emails of this bucket are removed by housekeeping: then no .eml can be downloaded, and its "
                    "comments cannot be cleaned anew.")  # fmt: skip
    return told


def _from(given: str) -> str:
    """The integration that the reader came from, where it is a name."""
    try:
        return "/".join(split_name(given, "integration"))
    except BadInput:
        return ""


def _page(
    request: Request,
    visitor: Caller,
    row: Row,
    shown: Values,
    entered: Entered | None = None,
    lost: list[str] | None = None,
    *,
    status: int = 200,
    said: str = "",
) -> Response:
    origin = _from(text(entered.form, "from") if entered else request.query_params.get("from", ""))
    answer = page(
        request, visitor, "editing/edit_bucket.html", title=f"Bucket {row['owner']}/{row['name']}",
        section="integrations",
        row=row, v=shown, faults=entered.faults if entered else {}, lost=lost or [], origin=origin, said=said,
    )  # fmt: skip
    answer.status_code = status
    return answer
