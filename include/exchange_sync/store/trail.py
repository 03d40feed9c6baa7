"""What befell an integration and who did what to it, for its page: incidents, the audit trail, the last batches."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.store.database import Database, Row

OPEN, CLOSED, DONE = 100, 20, 20


def incidents(db: Database, integration_id: str, mailbox_id: int | None = None) -> list[Row]:
    """Its open incidents, the newest OPEN, then the CLOSED newest that are over; each with the mailbox's address.

    mailbox_id: those of this mailbox alone.
    """
    with db.transaction() as cursor:
        found: list[Row] = []
        for over, limit in (("i.closed_at IS NULL", OPEN), ("i.closed_at IS NOT NULL", CLOSED)):
            cursor.execute(
                f"""SELECT i.*, m.address FROM incidents i LEFT JOIN mailboxes m ON m.id = i.mailbox_id
                WHERE i.integration_id = %(integration)s AND {over}
                    AND (%(mailbox)s::bigint IS NULL OR i.mailbox_id = %(mailbox)s)
                ORDER BY i.opened_at DESC, i.id DESC LIMIT {limit}""",
                {"integration": integration_id, "mailbox": mailbox_id},
            )
            found += [dict(row) for row in cursor.fetchall()]
    return found


def audit(db: Database, subject: str) -> list[Row]:
    """The newest DONE lines of the trail about a subject: {at, username, action, details}."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT at, username, action, details FROM audit WHERE subject = %s
            ORDER BY at DESC, id DESC LIMIT {DONE}""",
            (subject,),
        )
        return [dict(row) for row in cursor.fetchall()]


def last_batches(db: Database, mailbox_ids: Sequence[int]) -> dict[int, Row]:
    """By mailbox: its last batch of the live sync, {id, run, opened_at, closed_at}; older than a week, it is gone."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT m.id AS mailbox_id, b.* FROM unnest(%s::bigint[]) AS m (id) CROSS JOIN LATERAL (
                SELECT b.id, b.run, b.opened_at, b.closed_at FROM batches b
                WHERE b.mailbox_id = m.id AND b.generation > 0 ORDER BY b.opened_at DESC LIMIT 1) b""",
            (list(mailbox_ids),),
        )
        return {row["mailbox_id"]: dict(row) for row in cursor.fetchall()}


def batch_of_run(db: Database, mailbox_id: int, run: str) -> Row | None:
    """A mailbox's batch in a run, {id, run}; None where it got no batch, or that is older than a week."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT id, run FROM batches WHERE run = %s AND mailbox_id = %s ORDER BY opened_at DESC LIMIT 1""",
            (run, mailbox_id),
        )
        row = cursor.fetchone()
    return None if row is None else dict(row)
