"""Reading comments: pages by key, single ones, threads, raw emails. Every query names its bucket and its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.filters import Condition

_COLUMNS = """c.id, c.bucket_id, c.sequence, c.timestamp, c.thread_id, c.user_properties, c.messages, c.attachments,
    c.created_at, c.updated_at"""
# the same with JSON as PostgreSQL writes it, for answers that only hand it on
_AS_TEXT = """c.id, c.sequence, c.timestamp, c.thread_id, c.user_properties::text AS user_properties,
    c.messages::text AS messages, c.attachments::text AS attachments, c.created_at, c.updated_at"""


@dataclass(frozen=True)
class Key:
    """Where a page ended: the next one goes on behind it."""

    timestamp: datetime
    id: str


@dataclass(frozen=True)
class Window:
    """Which comments of a bucket, by time: both ends inclusive, None for open."""

    since: datetime | None = None
    until: datetime | None = None


def page(
    db: Database, bucket_id: str, window: Window, after: Key | None, limit: int, *, ascending: bool = True
) -> list[Row]:
    """One page in the order of (timestamp, id), behind a key. Its properties, messages and attachments are JSON's text.

    Touches no more rows than it returns, by the index on (bucket_id, timestamp, id).
    """
    order, beyond = ("ASC", ">") if ascending else ("DESC", "<")
    return db.read(
        f"""SELECT {_AS_TEXT} FROM comments c WHERE c.bucket_id = %(bucket)s
            {"AND c.timestamp >= %(since)s" if window.since else ""}
            {"AND c.timestamp <= %(until)s" if window.until else ""}
            {f"AND (c.timestamp, c.id) {beyond} (%(timestamp)s, %(id)s)" if after else ""}
        ORDER BY c.timestamp {order}, c.id {order} LIMIT %(limit)s""",
        {
            "bucket": bucket_id, "since": window.since, "until": window.until, "limit": limit,
            "timestamp": after and after.timestamp, "id": after and after.id,
        },
    )  # fmt: skip


def by_ids(cursor: Cursor, bucket_id: str, ids: Sequence[str]) -> dict[str, Row]:
    """Comments by id."""
    cursor.execute(
        f"SELECT {_COLUMNS} FROM comments c WHERE c.bucket_id = %s AND c.id = ANY(%s)", (bucket_id, list(ids))
    )
    return {row["id"]: row for row in cursor.fetchall()}


def weighed(cursor: Cursor, bucket_id: str, ids: Sequence[str]) -> dict[str, Row]:
    """The same, each with bytes: what it takes as JSON, about, and no less."""
    cursor.execute(
        f"""SELECT {_COLUMNS}, 3 * octet_length(c.id) + octet_length(c.thread_id) + octet_length(c.messages::text)
            + octet_length(c.user_properties::text) + octet_length(c.attachments::text) AS bytes
        FROM comments c WHERE c.bucket_id = %s AND c.id = ANY(%s)""",
        (bucket_id, list(ids)),
    )
    return {row["id"]: row for row in cursor.fetchall()}


def one(db: Database, bucket_id: str, comment_id: str) -> Row | None:
    """One comment, or None."""
    with db.transaction() as cursor:
        return by_ids(cursor, bucket_id, [comment_id]).get(comment_id)


def count(db: Database, bucket_id: str, condition: Condition) -> int:
    """How many comments of a bucket meet a condition. Without one, the bucket's own count."""
    with db.transaction() as cursor:
        if condition.empty:
            cursor.execute("SELECT emails AS n FROM buckets WHERE id = %s", (bucket_id,))
        else:
            cursor.execute(
                f"SELECT count(*) AS n FROM comments c WHERE c.bucket_id = %(bucket)s AND {condition.sql}",
                {**condition.values, "bucket": bucket_id},
            )
        row = cursor.fetchone()
    return int(row["n"]) if row else 0


def count_emails(db: Database, bucket_id: str) -> int:
    """How many comments of a bucket came as emails: its own count, less those that a program wrote."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT b.emails - (SELECT count(*) FROM comments c
                WHERE c.bucket_id = b.id AND c.clean_version = 0 AND c.origin_id IS NULL) AS n
            FROM buckets b WHERE b.id = %s""",
            (bucket_id,),
        )
        row = cursor.fetchone()
    return int(row["n"]) if row else 0


def threads(db: Database, bucket_id: str, after: str, limit: int, comments_limit: int) -> list[Row]:
    """Threads by id behind one of them: {thread_id, comments: the ids, oldest first, at most comments_limit}.

    The index on (bucket_id, thread_id) is entered once a thread, whatever the length of threads.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """WITH RECURSIVE found (thread_id, place) AS (
                (SELECT thread_id, 1 FROM comments WHERE bucket_id = %(bucket)s AND thread_id > %(after)s
                 ORDER BY thread_id LIMIT 1)
                UNION ALL
                SELECT (SELECT c.thread_id FROM comments c WHERE c.bucket_id = %(bucket)s
                            AND c.thread_id > found.thread_id ORDER BY c.thread_id LIMIT 1), place + 1
                FROM found WHERE found.thread_id IS NOT NULL AND place < %(limit)s)
            SELECT found.thread_id, ids.comments FROM found, LATERAL (
                SELECT array_agg(id ORDER BY timestamp, id) AS comments FROM (
                    SELECT c.id, c.timestamp FROM comments c WHERE c.bucket_id = %(bucket)s
                        AND c.thread_id = found.thread_id LIMIT %(most)s) AS members) AS ids
            WHERE found.thread_id IS NOT NULL ORDER BY found.thread_id""",
            {"bucket": bucket_id, "after": after, "limit": limit, "most": comments_limit},
        )
        return list(cursor.fetchall())


_EMAIL = """SELECT c.id, c.sequence, c.message_id, c.timestamp, c.user_properties, c.attachments, c.created_at,
        c.updated_at, c.mime_sha256, c.size, f.path AS folder_path, o.received
    FROM comments c LEFT JOIN origins o ON o.id = c.origin_id LEFT JOIN folders f ON f.id = o.folder_id"""


def emails(db: Database, bucket_id: str, after: int, limit: int) -> list[Row]:
    """Raw emails of a bucket in the order of their sequence numbers, behind one of them."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""{_EMAIL} WHERE c.bucket_id = %s AND c.sequence > %s AND c.mime_sha256 IS NOT NULL
            ORDER BY c.sequence LIMIT %s""",
            (bucket_id, after, limit),
        )
        return list(cursor.fetchall())


def emails_by_id(db: Database, bucket_id: str, comment_ids: Sequence[str]) -> list[Row]:
    """Raw emails by the ids of their comments."""
    with db.transaction() as cursor:
        cursor.execute(
            f"{_EMAIL} WHERE c.bucket_id = %s AND c.id = ANY(%s) AND c.mime_sha256 IS NOT NULL ORDER BY c.sequence",
            (bucket_id, list(comment_ids)),
        )
        return list(cursor.fetchall())


def attachment(db: Database, reference: str) -> Row | None:
    """An attachment by its reference, with its bucket's owner; None when there is none."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT a.name, a.content_type, a.size, a.sha256, a.bucket_id, b.owner
            FROM attachments a JOIN buckets b ON b.id = a.bucket_id WHERE a.reference = %s""",
            (reference,),
        )
        row: Row | None = cursor.fetchone()
    return row
