"""The content of an attachment that a program adds to a comment, which knows it by its metadata already."""

from __future__ import annotations

from datetime import datetime

from exchange_sync.store import attachments
from exchange_sync.store.comments import lock_bucket
from exchange_sync.store.database import Database, jsonb


def attach(
    db: Database, bucket_id: str, comment_id: str, position: int, *, sha256: str, size: int, now: datetime
) -> bool:
    """Show the stored content at this place of a comment's attachments, in place of what was there before.

    It gets a reference of its own: one that was handed out never leads to other bytes. Returns whether the comment has
    an attachment at this place.
    """
    with db.transaction() as cursor:
        lock_bucket(cursor, bucket_id)
        cursor.execute(
            "SELECT attachments FROM comments WHERE bucket_id = %s AND id = %s FOR UPDATE", (bucket_id, comment_id)
        )
        row = cursor.fetchone()
        if row is None or position >= len(row["attachments"]):
            return False
        shown = row["attachments"]
        kept = {name: value for name, value in shown[position].items() if name != "attachment_reference"}
        shown[position] = {**kept, "size": size, "content_hash": sha256}
        cursor.execute(
            "DELETE FROM attachments WHERE bucket_id = %s AND comment_id = %s AND position = %s",
            (bucket_id, comment_id, position),
        )
        cursor.execute(
            "UPDATE comments SET attachments = %s, updated_at = %s WHERE bucket_id = %s AND id = %s",
            (jsonb(shown), now, bucket_id, comment_id),
        )
        shown[position] = {**shown[position], attachments.STORED: sha256}
        attachments.insert(cursor, bucket_id, {comment_id: {"attachments": shown}})
    return True
