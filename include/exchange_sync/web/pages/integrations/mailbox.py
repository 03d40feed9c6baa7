"""One mailbox: what every folder's items came to, what is in the quarantine and why, and what befell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.model.folder_path import folder_text
from exchange_sync.store import folder_counts, overview, trail
from exchange_sync.store.database import Database, Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.comments import address as comments_address
from exchange_sync.web.pages.integrations import links, states
from exchange_sync.web.pages.integrations.actions import DONE
from exchange_sync.web.pages.integrations.one import SPANS, Hours, drawings
from exchange_sync.web.pages.shell import page
from exchange_sync.web.pages.visiting import VisitorDep, integration
from exchange_sync.web.protocol import ApiError

router = APIRouter(prefix="/integrations/{owner}/{name}/mailboxes/{address}")
TRIES = 3  # attempts at a task that its log is looked for


@dataclass(frozen=True)
class Folder:
    """One synced folder. right: the server's count, when the tree was last read, is what is accounted for here."""

    row: Row
    key: str

    @property
    def path(self) -> str:
        """As comments bear it."""
        return folder_text(self.row["path"])

    @property
    def right(self) -> bool:
        """As `exchange-sync verify` has it: total = loaded + skipped + quarantined + pending."""
        return bool(self.row["total"] == self.row["listed"])


@router.get("")
def show(
    request: Request, visitor: VisitorDep, owner: str, name: str, address: str, hours: Hours = 24, done: str = ""
) -> Response:
    """The page. hours: of the charts."""
    row, box = found(visitor, owner, name, address)
    now, hours = visitor.services.clock(), hours if hours in SPANS else 24
    with visitor.services.pool.lend() as db:
        rows = folder_counts.folders(db, box["id"])
        values = {
            "quarantine": folder_counts.quarantined(db, box["id"]) if box["quarantined"] else [],
            "incidents": [(one, links.run(one["run"])) for one in trail.incidents(db, row["id"], box["id"])],
            **drawings(db, row["id"], box["id"], now, hours),
            **_logs(db, box),
        }
    readable = {bucket["id"] for bucket in comments_address.readable(visitor)}
    values["may_read"] = box["bucket_id"] in readable
    return page(
        request, visitor, "integrations/mailbox.html", title=box["address"], section="integrations",
        said=DONE.get(done),
        row=row, box=box, path=f"/integrations/{owner}/{name}", state=states.of_mailbox(box, now),
        may_change=may.MODIFY_INTEGRATIONS in visitor.permissions(owner), **_folders(rows), **values,
    )  # fmt: skip


def found(
    visitor: Caller, owner: str, name: str, address: str, permission: str = may.VIEW_INTEGRATIONS
) -> tuple[Row, Row]:
    """An integration and a mailbox of it that the visitor may see. Raises 404, 403."""
    row = integration(visitor, owner, name, permission)
    with visitor.services.pool.lend() as db:
        box = overview.mailbox(db, row["id"], address)
    if box is None:
        raise ApiError(404, f"{owner}/{name} has no mailbox {address}.")
    return row, box


def _folders(rows: list[Row]) -> dict[str, Any]:
    synced = [Folder(row, f"{row['id']:016x}") for row in rows if row["left_out"] is None]
    sums = {name: sum(one.row[name] for one in synced) for name in ("total", "listed", *folder_counts.STATES)}
    return {
        "folders": synced,
        "left_out": [row for row in rows if row["left_out"] is not None],
        "sums": sums,
        "wrong": sum(not one.right for one in synced),
        "cut": len(rows) == folder_counts.FOLDERS,
    }


def _logs(db: Database, box: Row) -> dict[str, str]:
    """Where Airflow's log of the last run, and of the failed one, is; "" for none."""
    last = trail.last_batches(db, [box["id"]]).get(box["id"])
    failed = ""
    if box["last_error"] and box["failed_run"]:
        batch = trail.batch_of_run(db, box["id"], box["failed_run"])
        failed = links.task(batch, tries=TRIES) or links.run(box["failed_run"])
    return {"last_log": links.task(last, tries=TRIES), "failed_log": failed}
