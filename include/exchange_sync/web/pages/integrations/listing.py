"""The first page: every integration that the visitor may see, how each is, and what came in the last 24 hours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.store import arrivals, overview
from exchange_sync.store.database import Row
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.integrations import charts, states
from exchange_sync.web.pages.shell import fragment, page, span
from exchange_sync.web.pages.visiting import VisitorDep

router = APIRouter()
PAGE = 50
HOURS = 24
SAID = {"deleted": "The integration is deleted. Its comments and its connection stay."}


@dataclass(frozen=True)
class Line:
    """One integration of the list. lag: "" when no mailbox was synced to its end yet."""

    row: Row
    state: states.State
    figures: Row
    quarantined: int
    lag: str
    steps: list[charts.Step]

    @property
    def chart(self) -> charts.Chart:
        """New emails of the last day."""
        return charts.emails(self.steps)

    @property
    def day(self) -> int:
        """How many."""
        return sum(step.emails for step in self.steps)

    @property
    def every(self) -> str:
        """How often it is read."""
        return span(timedelta(seconds=self.row["interval_seconds"]))

    @property
    def name(self) -> str:
        """owner/name."""
        return f"{self.row['owner']}/{self.row['name']}"


@router.get("/")
def show(request: Request, visitor: VisitorDep, q: str = "", after: str = "", done: str = "") -> Response:
    """The list, PAGE at a time. q: a part of a name or title. after: the owner/name to go on behind."""
    values = {**_values(visitor, q, after), "said": SAID.get(done, "")}
    return page(
        request, visitor, "integrations/integrations.html", title="Integrations", section="integrations", **values
    )


@router.get("/list")
def part(request: Request, visitor: VisitorDep, q: str = "", after: str = "") -> Response:
    """Its rows alone, for the script that keeps them fresh."""
    return fragment(request, visitor, "integrations/integrations_list.html", **_values(visitor, q, after))


def _values(visitor: Caller, q: str, after: str) -> dict[str, Any]:
    rows = visitor.listed("integrations")
    found = [row for row in rows if _matches(row, q.strip().casefold())]
    behind = [row for row in found if (row["owner"], row["name"]) > _key(after)]
    shown = lines(visitor, behind[:PAGE])
    return {
        "lines": shown,
        "some": bool(rows),
        "found": len(found),
        "q": q,
        "first": not after,
        "next": shown[-1].name if len(behind) > PAGE else "",
        "may_create": _may_create(visitor, rows),
        "summary": _summary(shown),
    }


def _matches(row: Row, wanted: str) -> bool:
    return wanted in f"{row['owner']}/{row['name']}".casefold() or wanted in row["title"].casefold()


def _key(after: str) -> tuple[str, str]:
    owner, _, name = after.partition("/")
    return owner, name


def _may_create(visitor: Caller, rows: list[Row]) -> bool:
    if may.MODIFY_INTEGRATIONS in visitor.general():
        return True
    return any(
        may.MODIFY_INTEGRATIONS in held for held in visitor.permissions_of(row["owner"] for row in rows).values()
    )


def lines(visitor: Caller, rows: list[Row]) -> list[Line]:
    """Each integration with its state and figures."""
    now, ids = visitor.services.clock(), [row["id"] for row in rows]
    with visitor.services.pool.lend() as db:
        figures = overview.of_integrations(db, ids, now)
        behind = [one for one in ids if figures[one]["behind"]]
        far = overview.progress(db, behind) if behind else {}
        bad, incidents = overview.quarantined(db, ids), overview.open_incidents(db, ids)
        came = arrivals.by_integration(db, ids, now - timedelta(hours=HOURS))
    return [
        Line(
            row=row,
            state=states.of_integration(row, figures[one], far.get(one), incidents.get(one), now),
            figures=figures[one],
            quarantined=bad.get(one, 0),
            lag=states.lag(figures[one], now),
            steps=charts.steps(came.get(one, ()), now, HOURS),
        )
        for row in rows
        for one in (row["id"],)
    ]


def _summary(shown: list[Line]) -> str:
    """For those who hear the page: only what changes it is read out."""
    counted = Counter(line.state.word for line in shown)
    return ", ".join(f"{n} {word}" for word, n in sorted(counted.items()))
