"""A comment whose shown copy has gone while another lives shows the living one (decision 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange_sync.store import batches
from exchange_sync.store.batches import Batch
from exchange_sync.store.comments import lock_bucket
from exchange_sync.store.database import Database, insert_many, jsonb

AT_ONCE = 500


@dataclass(frozen=True)
class Copy:
    """A comment, and the living copy to show instead of the one that has gone: of those, the last synced."""

    comment_id: str
    origin_id: int
    address: str
    path: tuple[str, ...]


def instead_of_gone(db: Database, batch: Batch) -> list[Copy]:
    """The next comments whose shown copy has gone from this mailbox, and lives elsewhere in the bucket.

    None before the mailbox is listed to the end and nothing is pending: what has moved would be taken for gone.
    Raises Superseded.
    """
    with db.transaction() as cursor:
        batches.require_open(cursor, batch)
        if not batches.is_complete(cursor, batch):
            return []
        cursor.execute(
            """SELECT c.id, living.id AS origin_id, living.address, living.path
            FROM origins o JOIN comments c ON c.origin_id = o.id AND c.bucket_id = %(bucket)s,
                LATERAL (SELECT p.id, m.address, f.path FROM origins p JOIN mailboxes m ON m.id = p.mailbox_id
                    JOIN folders f ON f.id = p.folder_id
                    WHERE p.comment_id = c.id AND p.state = 'loaded' AND p.gone_at IS NULL
                        AND m.bucket_id = c.bucket_id AND m.removed_at IS NULL
                    ORDER BY p.observed DESC NULLS LAST, p.id DESC LIMIT 1) living
            WHERE o.mailbox_id = %(mailbox)s AND o.gone_at IS NOT NULL AND NOT o.deletion_seen
            ORDER BY c.id LIMIT %(limit)s""",
            {"bucket": batch.bucket_id, "mailbox": batch.mailbox_id, "limit": AT_ONCE},
        )
        return [Copy(row["id"], row["origin_id"], row["address"], tuple(row["path"])) for row in cursor.fetchall()]


def show(db: Database, batch: Batch, shown: Sequence[tuple[Copy, Mapping[str, Any]]], now: datetime) -> None:
    """Let comments show these copies, each with the user properties that follow it. Raises Superseded."""
    with db.transaction() as cursor:
        lock_bucket(cursor, batch.bucket_id)
        batches.require_open(cursor, batch)
        insert_many(
            cursor,
            """UPDATE comments c SET origin_id = v.origin_id, user_properties = c.user_properties || v.following::jsonb,
                updated_at = CASE WHEN c.user_properties @> v.following::jsonb THEN c.updated_at ELSE v.now END
            FROM (VALUES %s) AS v (bucket_id, id, origin_id, following, now)
            WHERE c.bucket_id = v.bucket_id AND c.id = v.id""",
            [(batch.bucket_id, copy.comment_id, copy.origin_id, jsonb(dict(following)), now)
             for copy, following in shown],
        )  # fmt: skip
        batches.count(cursor, batch, {"moved": len(shown)})
