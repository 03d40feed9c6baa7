"""A person's in-app messages: the bell. Only those of integrations that the person may still see, and own tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.store.database import Database, Row
from exchange_sync.store.subscribers import MAY_BE_TOLD

SHOWN = 100  # a bell that says "100" says enough
LOOKED_AT = 1_000  # of the newest, before those are left out that the person may not see any more

# The newest messages of a person, by their index; then who may see them, by the few that are left.
_VISIBLE = """
FROM (SELECT * FROM notifications WHERE channel = 'in_app' AND recipient = %(username)s {among}
    ORDER BY created_at DESC, id DESC LIMIT {looked_at}) AS n
LEFT JOIN incidents d ON d.id = n.incident_id
LEFT JOIN integrations i ON i.id = d.integration_id
LEFT JOIN mailboxes m ON m.id = d.mailbox_id
WHERE (n.event = 'test' OR EXISTS (SELECT 1 FROM people p WHERE p.username = %(username)s AND {may_be_told}))
"""
_OLDER = """AND created_at <= (SELECT created_at FROM notifications WHERE id = %(before)s)
    AND (created_at, id) < (SELECT created_at, id FROM notifications WHERE id = %(before)s)"""


def unread(db: Database, username: str) -> int:
    """How many of a person's newest messages are not read, 100 at most: every page asks, so it never looks far."""
    with db.transaction() as cursor:
        cursor.execute(
            f"SELECT count(*) AS unread FROM (SELECT 1 {_visible('')} AND n.read_at IS NULL LIMIT %(shown)s) AS newest",
            {"username": username, "shown": SHOWN},
        )
        return int(cursor.fetchone()["unread"])


def messages(db: Database, username: str, *, before: int | None = None, limit: int = SHOWN) -> list[Row]:
    """A person's messages with their incidents and integrations, the newest first; before: an id, for older ones.

    A row has all that notify.messages tells of, and id, told_at, read_at; a test's has no incident.
    """
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT n.id, n.event, n.asked_by, n.created_at AS told_at, n.read_at, d.kind, d.text, d.remedy,
                d.action, d.run, d.since, d.opened_at, d.closed_at, i.owner, i.name, i.title, m.address
            {_visible("" if before is None else _OLDER)} ORDER BY n.created_at DESC, n.id DESC LIMIT %(limit)s""",
            {"username": username, "before": before, "limit": limit},
        )
        return list(cursor.fetchall())


def mark_read(db: Database, username: str, ids: Sequence[int], now: datetime) -> int:
    """A person has read these messages; returns how many of the person's own were unread."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE notifications SET read_at = %s
            WHERE channel = 'in_app' AND recipient = %s AND id = ANY(%s) AND read_at IS NULL""",
            (now, username, list(ids)),
        )
        return cursor.rowcount


def _visible(among: str) -> str:
    return _VISIBLE.format(among=among, looked_at=LOOKED_AT, may_be_told=MAY_BE_TOLD)
