"""One integration: how it is, what came, its mailboxes, what befell it, and who did what to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.store import arrivals, overview, trail
from exchange_sync.store.database import Database, Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.integrations import charts, links, states
from exchange_sync.web.pages.integrations.actions import DONE
from exchange_sync.web.pages.integrations.listing import lines
from exchange_sync.web.pages.shell import fragment, page
from exchange_sync.web.pages.visiting import VisitorDep, integration

router = APIRouter(prefix="/integrations/{owner}/{name}")
SPANS = {24: 1, 168: 6}  # hours shown → hours of one bar
FILTERS = {
    "": "all",
    "trouble": "failing or disabled",
    "behind": "catching up",
    "stopped": "stopped by a person",
    "quarantine": "with quarantined emails",
}
Hours = Annotated[int, Query(json_schema_extra={"enum": list(SPANS)})]


@dataclass(frozen=True)
class Box:
    """One mailbox of the list. log: the page in Airflow that tells of its last run; "" for none."""

    row: Row
    state: states.State
    log: str


@router.get("")
def show(
    request: Request, visitor: VisitorDep, owner: str, name: str, q: str = "", state: str = "", after: str = "",
    hours: Hours = 24, done: str = "",
) -> Response:  # fmt: skip
    """The page. q, state, after: which of its mailboxes. hours: of the charts."""
    row = integration(visitor, owner, name)
    now, hours = visitor.services.clock(), hours if hours in SPANS else 24
    with visitor.services.pool.lend() as db:
        boxes = _listed(db, row, q, state, after, now)
        told = _told(db, row)
        drawn = drawings(db, row["id"], None, now, hours)
    return page(
        request, visitor, "integrations/integration.html", title=row["title"] or f"{owner}/{name}",
        section="integrations", said=DONE.get(done), filters=FILTERS, **boxes, **told, **drawn, **_head(visitor, row),
    )  # fmt: skip


@router.get("/now")
def part(request: Request, visitor: VisitorDep, owner: str, name: str) -> Response:
    """Its state and figures alone, for the script that keeps them fresh."""
    row = integration(visitor, owner, name)
    return fragment(request, visitor, "integrations/integration_now.html", **_head(visitor, row))


@router.get("/boxes")
def mailboxes(
    request: Request, visitor: VisitorDep, owner: str, name: str, q: str = "", state: str = "", after: str = ""
) -> Response:
    """The list of its mailboxes alone, for the same script."""
    row = integration(visitor, owner, name)
    with visitor.services.pool.lend() as db:
        boxes = _listed(db, row, q, state, after, visitor.services.clock())
    return fragment(request, visitor, "integrations/integration_boxes.html", row=row, **boxes, **_where(visitor, row))


def _listed(db: Database, row: Row, q: str, state: str, after: str, now: datetime) -> dict[str, Any]:
    state = state if state in FILTERS else ""
    found = overview.mailboxes(db, row["id"], text=q.strip(), state=state, after=after)
    shown = _boxes(db, found[: overview.PAGE], now)
    following = shown[-1].row["address"] if len(found) > overview.PAGE else ""
    return {"boxes": shown, "next": following, "q": q, "state": state, "first": not after}


def _head(visitor: Caller, row: Row) -> dict[str, Any]:
    dag = links.dag(row["owner"], row["name"])
    return {"row": row, "line": lines(visitor, [row])[0], "dag": dag, **_where(visitor, row)}


def _where(visitor: Caller, row: Row) -> dict[str, Any]:
    return {
        "path": f"/integrations/{row['owner']}/{row['name']}",
        "may_change": may.MODIFY_INTEGRATIONS in visitor.permissions(row["owner"]),
    }


def _told(db: Database, row: Row) -> dict[str, Any]:
    found = trail.incidents(db, row["id"])
    return {
        "incidents": [(one, links.run(one["run"])) for one in found],
        "audit": [(one, details(one["details"])) for one in trail.audit(db, f"{row['owner']}/{row['name']}")],
    }


def details(found: Mapping[str, Any]) -> str:
    """The details of a line of the trail as words: "mailbox: a@b.example, emails: 3"."""
    return ", ".join(f"{name}: {_words(value)}" for name, value in found.items() if value not in (None, "", [], {}))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def drawings(db: Database, integration_id: str, mailbox_id: int | None, now: datetime, hours: int) -> dict[str, Any]:
    """The charts of an integration, or of one of its mailboxes, with their table."""
    came = arrivals.by_hour(db, integration_id, now - timedelta(hours=hours), mailbox_id)
    found = charts.steps(came, now, hours, SPANS[hours])
    return {"hours": hours, "steps": found, "emails": charts.emails(found), "delays": charts.delays(found)}


def _boxes(db: Database, rows: list[Row], now: datetime) -> list[Box]:
    batches = trail.last_batches(db, [row["id"] for row in rows])
    found = []
    for row in rows:
        batch, failed = batches.get(row["id"]), row["failed_run"] if row["last_error"] else None
        if failed and (batch is None or batch["run"] != failed):
            log = links.run(failed)
        else:
            log = links.task(batch) if failed else links.run(batch["run"] if batch else None)
        found.append(Box(row, states.of_mailbox(row, now), log))
    return found
