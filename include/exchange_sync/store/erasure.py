"""Erasing: a comment, its MIME and its unshared attachments go for good; a tombstone keeps them away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.store import people
from exchange_sync.store.blobs import Blobs, forget
from exchange_sync.store.comments import lock_bucket
from exchange_sync.store.database import Cursor, Database, Row


def erase(db: Database, store: Blobs, bucket: Row, ids: Sequence[str], reason: str, now: datetime, by: str = "") -> int:
    """Erase comments of a bucket by id, present or not yet seen; how many were there.

    reason: "erased" leaves tombstones, which no sync, backfill or re-clean passes; "past retention" needs none, since
    the same rule that ended it keeps it away. Their items count as skipped for that reason. by: who did it, for the
    trail, which tells how many, never which; "" for a rule.
    """
    with db.transaction() as cursor:
        lock_bucket(cursor, bucket["id"])
        cursor.execute(
            """SELECT mime_sha256 AS sha256 FROM comments WHERE bucket_id = %(bucket)s AND id = ANY(%(ids)s)
                AND mime_sha256 IS NOT NULL
            UNION SELECT sha256 FROM attachments WHERE bucket_id = %(bucket)s AND comment_id = ANY(%(ids)s)""",
            {"bucket": bucket["id"], "ids": list(ids)},
        )
        found = [row["sha256"] for row in cursor.fetchall()]
        if reason == "erased":
            _bury(cursor, bucket["id"], ids, now)
        erased = _delete(cursor, bucket["id"], ids)
        _skip_origins(cursor, bucket["id"], ids, reason)
        if by:
            name, details = f"{bucket['owner']}/{bucket['name']}", {"comments": erased, "tombstones": len(ids)}
            people.record(cursor, by, "comments erased", name, details, now)
    forget(db, store, found, now)
    return erased


def counts(db: Database, bucket_id: str, ids: Sequence[str]) -> tuple[int, int]:
    """How many of these comments are in a bucket, and how many places in its mailboxes still hold their emails."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT (SELECT count(*) FROM comments WHERE bucket_id = %(bucket)s AND id = ANY(%(ids)s)) AS comments,
                (SELECT count(*) FROM origins o JOIN mailboxes m ON m.id = o.mailbox_id
                    WHERE o.comment_id = ANY(%(ids)s) AND m.bucket_id = %(bucket)s AND o.gone_at IS NULL) AS places""",
            {"bucket": bucket_id, "ids": list(ids)},
        )
        row = cursor.fetchone()
    return int(row["comments"]), int(row["places"])


def shown(db: Database, bucket_id: str, ids: Sequence[str], limit: int) -> list[Row]:
    """What tells people which comments these are: {id, subject, mailbox, folder, attachments}, the newest first."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT id, messages -> 0 -> 'subject' ->> 'text' AS subject,
                user_properties ->> 'string:Mailbox' AS mailbox, user_properties ->> 'string:Folder' AS folder,
                jsonb_array_length(attachments) AS attachments
            FROM comments WHERE bucket_id = %s AND id = ANY(%s) ORDER BY timestamp DESC, id LIMIT %s""",
            (bucket_id, list(ids), limit),
        )
        return [dict(row) for row in cursor.fetchall()]


def _bury(cursor: Cursor, bucket_id: str, ids: Sequence[str], now: datetime) -> None:
    """Tombstones. The second of sending stays: another mail under the same Message-ID is not the one erased."""
    cursor.execute(
        """INSERT INTO tombstones (bucket_id, id, erased_at, sent_at)
        SELECT %(bucket)s, wanted.id, %(now)s, c.sent_at FROM unnest(%(ids)s) AS wanted (id)
        LEFT JOIN comments c ON c.bucket_id = %(bucket)s AND c.id = wanted.id
        ON CONFLICT DO NOTHING""",
        {"bucket": bucket_id, "ids": list(ids), "now": now},
    )


def _delete(cursor: Cursor, bucket_id: str, ids: Sequence[str]) -> int:
    cursor.execute(
        """WITH gone AS (DELETE FROM comments WHERE bucket_id = %(bucket)s AND id = ANY(%(ids)s) RETURNING size),
        total AS (SELECT count(*) AS n, coalesce(sum(size), 0) AS size FROM gone)
        UPDATE buckets SET emails = emails - total.n, bytes = bytes - total.size FROM total
        WHERE buckets.id = %(bucket)s RETURNING total.n""",
        {"bucket": bucket_id, "ids": list(ids)},
    )
    return int(cursor.fetchone()["n"])


def _skip_origins(cursor: Cursor, bucket_id: str, ids: Sequence[str], reason: str) -> None:
    cursor.execute(
        """UPDATE origins SET state = 'skipped', reason = %s, wanted = NULL
        WHERE comment_id = ANY(%s) AND mailbox_id IN (SELECT id FROM mailboxes WHERE bucket_id = %s)
        RETURNING id""",
        (reason, list(ids), bucket_id),
    )
    origins = [row["id"] for row in cursor.fetchall()]
    cursor.execute("DELETE FROM quarantine WHERE origin_id = ANY(%s)", (origins,))


def forget_told(db: Database, bucket: Row, now: datetime) -> None:
    """Of quarantined emails that are older than a bucket keeps, what the server told is not kept either."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE quarantine q SET told = NULL FROM origins o JOIN mailboxes m ON m.id = o.mailbox_id
            WHERE o.id = q.origin_id AND m.bucket_id = %s AND q.told IS NOT NULL
                AND o.received < %s - make_interval(days => %s)""",
            (bucket["id"], now, bucket["retention_days"]),
        )


def past_retention(db: Database, bucket: Row, now: datetime, limit: int) -> list[str]:
    """Comments of a bucket whose email was received longer ago than it is kept, oldest first."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT c.id FROM comments c LEFT JOIN origins o ON o.id = c.origin_id
            WHERE c.bucket_id = %s AND coalesce(o.received, c.timestamp) < %s - make_interval(days => %s)
            ORDER BY c.timestamp, c.id LIMIT %s""",
            (bucket["id"], now, bucket["retention_days"], limit),
        )
        return [row["id"] for row in cursor.fetchall()]
