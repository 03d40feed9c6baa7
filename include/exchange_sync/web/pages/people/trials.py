"""Test messages for the pages: asked for, refused when it is too soon, and what became of them, told honestly.

The page only queues them. The maintenance DAG sends them within a minute, as it sends every message, so a test that
arrives proves the whole way (decision 61).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.store import trying
from exchange_sync.store.database import Row
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.shell import fragment, span

ASKED: Final = "A test message is on its way. What becomes of it is told under “Latest tests”."
LATE: Final = timedelta(minutes=3)  # maintenance sends every minute
_CHANNELS: Final = {"in_app": "The bell", "email": "E-mail", "apprise": "Service"}


@dataclass(frozen=True)
class Told:
    """One test. state, word: the badge. pending: it may still change by itself."""

    row: Row
    where: str
    state: str
    word: str
    text: str
    pending: bool = False


def ask(visitor: Caller, wanted: Sequence[tuple[str, str]], integration_id: str | None, subject: str) -> timedelta:
    """Queue one test to each (channel, recipient), audited; how long to wait where it is too soon, else zero."""
    now = visitor.services.clock()
    with visitor.services.pool.lend() as db, db.transaction() as cursor:
        wait = trying.queue(cursor, visitor.identity.username, wanted, integration_id, now)
        if not wait:
            visitor.record(cursor, "test message asked for", subject, channels=[channel for channel, _ in wanted])
    return wait


def too_soon(wait: timedelta) -> str:
    """Why it was not sent."""
    return (
        f"No test was sent: {trying.AN_HOUR} an hour are allowed, with {span(trying.PAUSE)} between them. "
        f"Try again in {span(wait + timedelta(seconds=1))}."
    )


def results(request: Request, visitor: Caller) -> Response:
    """The table of the visitor's latest tests, as a part of a page."""
    with visitor.services.pool.lend() as db:
        rows = trying.latest(db, visitor.identity.username)
    now = visitor.services.clock()
    return fragment(request, visitor, "people/trials.html", tests=[told(row, now) for row in rows])


def told(row: Row, now: datetime) -> Told:
    """What became of a test, so far as is known: a mail server that took a message has not delivered it yet."""
    where = _CHANNELS[row["channel"]] + ("" if row["channel"] == "in_app" else f" {row['recipient']}")
    if row["given_up"]:
        return Told(row, where, "bad", "Not sent", f"{row['last_error']}.")
    if row["channel"] == "in_app":
        return Told(row, where, "good", "There", "It is in your notifications.")
    if row["processed_at"] is not None:
        taker = "The mail server" if row["channel"] == "email" else "The service"
        return Told(row, where, "good", "Sent", f"{taker} took it. Whether it arrived, only the other end can tell.")
    if now - row["created_at"] < LATE:
        return Told(row, where, "busy", "Waiting", "It goes out within a minute.", pending=True)
    why = "It should be out by now. Is the DAG exchange_maintenance running? It sends all messages."
    return Told(row, where, "busy", "Late", why, pending=True)
