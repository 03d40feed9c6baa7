"""What validation found, per run: counts by suite and expectation, never values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.store.database import Database, Row, insert_many


def record(db: Database, batch_id: str, suite: str, outcomes: Sequence[tuple[str, int, int]], now: datetime) -> None:
    """Add the outcomes (expectation, checked, failed) of one part to those of its batch's run."""
    with db.transaction() as cursor:
        cursor.execute("SELECT run, mailbox_id FROM batches WHERE id = %s", (batch_id,))
        batch = cursor.fetchone()
        if batch is None:
            return
        insert_many(
            cursor,
            """INSERT INTO quality_results AS q (run, mailbox_id, suite, expectation, checked, failed, at) VALUES %s
            ON CONFLICT (run, mailbox_id, suite, expectation) DO UPDATE SET checked = q.checked + excluded.checked,
                failed = q.failed + excluded.failed, at = excluded.at""",
            [(batch["run"], batch["mailbox_id"], suite, *outcome, now) for outcome in outcomes],
        )


def results(db: Database, integration_id: str, since: datetime) -> list[Row]:
    """By suite and expectation since then: rows checked, rows failed, runs with failures, the last of them."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT q.suite, q.expectation, sum(q.checked)::bigint AS checked, sum(q.failed)::bigint AS failed,
                count(DISTINCT q.run) FILTER (WHERE q.failed > 0) AS runs,
                max(q.at) FILTER (WHERE q.failed > 0) AS last_failed
            FROM quality_results q JOIN mailboxes m ON m.id = q.mailbox_id
            WHERE m.integration_id = %s AND q.at >= %s GROUP BY 1, 2
            ORDER BY array_position(ARRAY['raw', 'clean', 'comment'], q.suite), 4 DESC, 2""",
            (integration_id, since),
        )
        return [dict(row) for row in cursor.fetchall()]


def trim(db: Database, before: datetime) -> int:
    """Delete results of before then."""
    with db.transaction() as cursor:
        cursor.execute("DELETE FROM quality_results WHERE at < %s", (before,))
        return int(cursor.rowcount)
