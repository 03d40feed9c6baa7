"""A person's in-app messages: the bell."""

from __future__ import annotations

from datetime import datetime

from exchange_sync.store.database import Database, Row

SHOWN = 100  # a bell that says "100" says enough


def unread(db: Database, username: str) -> int:
    """How many of a person's newest messages are not read, 100 at most."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE read_at IS NULL) AS unread FROM (
                SELECT read_at FROM notifications WHERE channel = 'in_app' AND recipient = %s
                ORDER BY created_at DESC LIMIT %s) AS newest""",
            (username, SHOWN),
        )
        return int(cursor.fetchone()["unread"])


def messages(db: Database, username: str) -> list[Row]:
    """A person's newest messages with their incidents and integrations, the newest first, 100 at most."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT n.id, n.event, n.created_at AS told_at, n.read_at, i.kind, i.text, i.remedy, i.action, i.run,
                i.since, i.opened_at, i.closed_at, g.owner, g.name, m.address
            FROM notifications n JOIN incidents i ON i.id = n.incident_id
            JOIN integrations g ON g.id = i.integration_id LEFT JOIN mailboxes m ON m.id = i.mailbox_id
            WHERE n.channel = 'in_app' AND n.recipient = %s ORDER BY n.created_at DESC, n.id DESC LIMIT %s""",
            (username, SHOWN),
        )
        return list(cursor.fetchall())


def mark_read(db: Database, username: str, up_to: int, now: datetime) -> int:
    """A person has read the messages with ids up to this one; returns how many were unread."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE notifications SET read_at = %s
            WHERE channel = 'in_app' AND recipient = %s AND id <= %s AND read_at IS NULL""",
            (now, username, up_to),
        )
        return cursor.rowcount
