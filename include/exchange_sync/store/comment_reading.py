"""One comment as a person reads it: all that is known of it, the places of its email, its thread. All bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange_sync.store.database import Database, Row

PLACES = 50  # that are looked at; a circular may lie in every mailbox there is
THREAD_MEMBERS = 500  # of one thread that are looked at
THREAD_SHOWN = 40


def full(db: Database, bucket_id: str, comment_id: str) -> Row | None:
    """A comment with what cleaning met and what is kept of its email; None where there is none."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT c.id, c.bucket_id, c.sequence, c.message_id, c.conflict, c.timestamp, c.thread_id, c.sender,
                c.user_properties, c.messages, c.attachments, c.quoted, c.problems, c.mime_sha256, c.size,
                c.deleted_at, c.created_at, c.updated_at
            FROM comments c WHERE c.bucket_id = %s AND c.id = %s""",
            (bucket_id, comment_id),
        )
        row: Row | None = cursor.fetchone()
    return row


def places(db: Database, bucket_id: str, comment_id: str) -> list[Row]:
    """Where the email lies, or lay: {owner, name, address, path, received, gone_at}, at most PLACES, present ones
    first."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT i.owner, i.name, m.address, f.path, o.received, o.gone_at, o.state
            FROM (SELECT * FROM origins WHERE comment_id = %(id)s LIMIT %(looked)s) AS o
            JOIN mailboxes m ON m.id = o.mailbox_id JOIN integrations i ON i.id = m.integration_id
            JOIN folders f ON f.id = o.folder_id
            WHERE m.bucket_id = %(bucket)s ORDER BY o.gone_at IS NOT NULL, m.address, f.path, o.id LIMIT %(most)s""",
            {"id": comment_id, "bucket": bucket_id, "looked": PLACES * 20, "most": PLACES},
        )
        return list(cursor.fetchall())


@dataclass(frozen=True)
class Thread:
    """The part of a thread around a comment, oldest first. earlier, later: how many more there are on either side.

    more: it is longer than was looked at, so that these are not all.
    """

    rows: tuple[Row, ...]
    earlier: int = 0
    later: int = 0
    more: bool = False


def thread(db: Database, bucket_id: str, thread_id: str, timestamp: datetime, comment_id: str) -> Thread:
    """The comments of a thread around one of them, that one included."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT id, timestamp FROM comments WHERE bucket_id = %s AND thread_id = %s LIMIT %s""",
            (bucket_id, thread_id, THREAD_MEMBERS + 1),
        )
        found = {row["id"]: row["timestamp"] for row in cursor.fetchall()} | {comment_id: timestamp}
        members = sorted(found, key=lambda name: (found[name], name))
        here = members.index(comment_id)
        start = max(0, min(here - THREAD_SHOWN // 2, len(members) - THREAD_SHOWN))
        shown = members[start : start + THREAD_SHOWN]
        cursor.execute(
            """SELECT id, timestamp, sender, user_properties ->> 'string:Sender Name' AS sender_name, deleted_at,
                left(messages -> 0 ->> 'from', 512) AS written_sender,
                left(messages -> 0 -> 'body' ->> 'text', 400) AS body
            FROM comments WHERE bucket_id = %s AND id = ANY(%s) ORDER BY timestamp, id""",
            (bucket_id, shown),
        )
        rows = tuple(cursor.fetchall())
    return Thread(rows, start, len(members) - start - len(shown), len(found) > THREAD_MEMBERS)
