"""Items that a person, or time, asks to be looked at again: the quarantine, and attachments wanted afterwards."""

from __future__ import annotations

from datetime import datetime

from exchange_sync.store.database import Database, Row


def quarantined(db: Database, integration_id: str, limit: int = 200) -> list[Row]:
    """Items in the quarantine: mailbox, folder, stage, code, attempts, times; the newest first.

    told: {subject, sender, message_id} as far as it is known, or None; for people who may read the mail alone.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT m.address, f.path, o.item_id, q.stage, q.code, q.attempts, q.first_at, q.last_at, q.retry_at,
                q.told
            FROM quarantine q JOIN origins o ON o.id = q.origin_id JOIN mailboxes m ON m.id = o.mailbox_id
            JOIN folders f ON f.id = o.folder_id
            WHERE m.integration_id = %s AND o.state = 'quarantined' AND o.gone_at IS NULL
            ORDER BY q.last_at DESC, q.origin_id LIMIT %s""",
            (integration_id, limit),
        )
        return [dict(row) for row in cursor.fetchall()]


def retry(db: Database, integration_id: str, *, due_at: datetime | None = None, address: str | None = None) -> int:
    """Make quarantined items pending again: all of them, or with due_at those whose next attempt is due by then."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE origins o SET state = 'pending', reason = NULL
            FROM quarantine q, mailboxes m
            WHERE q.origin_id = o.id AND m.id = o.mailbox_id AND o.state = 'quarantined' AND o.gone_at IS NULL
                AND m.integration_id = %(integration)s AND m.removed_at IS NULL
                AND (%(due)s::timestamptz IS NULL OR q.retry_at <= %(due)s)
                AND (%(address)s::text IS NULL OR m.address = %(address)s)""",
            {"integration": integration_id, "due": due_at, "address": address},
        )
        return int(cursor.rowcount)


def want_attachments(db: Database, mailbox_id: int, since: datetime) -> int:
    """Loaded emails received since then are fetched again for their attachments; how many."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE origins o SET state = 'pending', wanted = 'attachments' FROM comments c
            WHERE o.mailbox_id = %s AND o.state = 'loaded' AND o.gone_at IS NULL AND o.received >= %s
                AND c.id = o.comment_id AND c.origin_id = o.id AND jsonb_array_length(c.attachments) > 0""",
            (mailbox_id, since),
        )
        return int(cursor.rowcount)
