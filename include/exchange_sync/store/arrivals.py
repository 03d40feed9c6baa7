"""New comments by mailbox and hour: what the page's charts are drawn from, without a look at the comments.

A trigger on comments writes the rows (migration 0008). "fresh" are emails that were received after the mailbox's
``synced_until``: what arrived while the sync was up to date, and not the past that a first sync brings. Their seconds
are the delay from the email's arrival in the mailbox to its comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.store.database import Database, Row

# An hour's emails fit into an integer, whose sum is no numeric: adding up takes a third of the time.
_SUMS = """sum(a.emails::int) AS emails, sum(a.fresh::int) AS fresh, sum(a.fresh_seconds) AS fresh_seconds,
    max(a.slowest_seconds) AS slowest_seconds"""


def by_hour(db: Database, integration_id: str, since: datetime, mailbox_id: int | None = None) -> list[Row]:
    """An integration's hours since then, or a mailbox's: {hour, emails, fresh, fresh_seconds, slowest_seconds}.

    Hours without a new comment are left out; the oldest comes first.
    """
    with db.transaction() as cursor:
        cursor.execute(
            # OFFSET 0 keeps the planner from reading the hours of every other mailbox, too
            f"""SELECT a.hour, {_SUMS} FROM mailboxes m CROSS JOIN LATERAL (
                SELECT * FROM arrivals WHERE mailbox_id = m.id AND hour >= %(since)s OFFSET 0) a
            WHERE m.integration_id = %(integration)s AND (%(mailbox)s::bigint IS NULL OR m.id = %(mailbox)s)
            GROUP BY a.hour ORDER BY a.hour""",
            {"integration": integration_id, "since": since, "mailbox": mailbox_id},
        )
        return [dict(row) for row in cursor.fetchall()]


def by_integration(db: Database, integration_ids: Sequence[str], since: datetime) -> dict[str, list[Row]]:
    """How many emails came in each hour, of several integrations at once, by their ids: {hour, emails}.

    In no order, and without the delays, which would take as long again to add up.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT m.integration_id, a.hour, sum(a.emails::int) AS emails
            FROM mailboxes m JOIN arrivals a ON a.mailbox_id = m.id AND a.hour >= %s
            WHERE m.integration_id = ANY(%s) GROUP BY m.integration_id, a.hour""",
            (since, list(integration_ids)),
        )
        found: dict[str, list[Row]] = {}
        for row in cursor.fetchall():
            found.setdefault(row["integration_id"], []).append(dict(row))
    return found


def trim(db: Database, before: datetime) -> int:
    """Delete the hours before then; how many. The number of comments is kept elsewhere (mailbox_comments)."""
    with db.transaction() as cursor:
        cursor.execute("DELETE FROM arrivals WHERE hour < %s", (before,))
        return int(cursor.rowcount)
