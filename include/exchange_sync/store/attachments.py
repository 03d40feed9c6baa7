"""Attachments whose content is kept: where it lies, and the opaque reference by which a comment shows it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exchange_sync.store.database import Cursor, insert_many, jsonb

STORED = "stored"  # the SHA-256 in the blob store, in the rows that the pipeline hands over


def shown(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As a comment shows attachments; references are added once they are drawn."""
    return [{key: value for key, value in item.items() if key != STORED} for item in found]


def insert(cursor: Cursor, bucket_id: str, contents: Mapping[str, Mapping[str, Any]]) -> None:
    """Record the stored attachments of comments (by id) and show their references, in the caller's transaction."""
    rows = []
    for comment_id, content in contents.items():
        for position, item in enumerate(content.get("attachments", ())):
            if item.get(STORED):
                rows.append(
                    (
                        secrets.token_urlsafe(32), bucket_id, comment_id, position, item["name"], item["content_type"],
                        item["size"], item[STORED],
                    )
                )  # fmt: skip
    insert_many(
        cursor,
        """INSERT INTO attachments (reference, bucket_id, comment_id, position, name, content_type, size, sha256)
        VALUES %s ON CONFLICT (bucket_id, comment_id, position) DO NOTHING""",
        rows,
    )
    if rows:
        _show_references(cursor, bucket_id, sorted({row[2] for row in rows}))


def _show_references(cursor: Cursor, bucket_id: str, comment_ids: list[str]) -> None:
    cursor.execute(
        """UPDATE comments c SET attachments = (
            SELECT jsonb_agg(CASE WHEN a.reference IS NULL THEN e.item
                ELSE e.item || jsonb_build_object('attachment_reference', a.reference) END ORDER BY e.place)
            FROM jsonb_array_elements(c.attachments) WITH ORDINALITY AS e (item, place)
            LEFT JOIN attachments a ON a.bucket_id = c.bucket_id AND a.comment_id = c.id AND a.position = e.place - 1)
        WHERE c.bucket_id = %s AND c.id = ANY(%s)""",
        (bucket_id, comment_ids),
    )


def replace(
    cursor: Cursor, bucket_id: str, comment_id: str, content: Mapping[str, Any], origin_id: int, now: datetime
) -> None:
    """A known comment's attachments, fetched afterwards; those that it has keep their references."""
    cursor.execute(
        "UPDATE comments SET attachments = %s, updated_at = %s WHERE bucket_id = %s AND id = %s",
        (jsonb(shown(content["attachments"])), now, bucket_id, comment_id),
    )
    insert(cursor, bucket_id, {comment_id: content})
    _show_references(cursor, bucket_id, [comment_id])
    cursor.execute(
        "UPDATE origins SET state = 'loaded', reason = NULL, wanted = NULL, comment_id = %s WHERE id = %s",
        (comment_id, origin_id),
    )


def refile(cursor: Cursor, bucket_id: str, comment_id: str, listed: Sequence[Mapping[str, Any]]) -> None:
    """A re-cleaned comment lists its attachments anew: stored ones follow their content, those gone are dropped."""
    places: dict[str, list[int]] = {}
    for position, item in enumerate(listed):
        places.setdefault(str(item.get("content_hash")), []).append(position)
    cursor.execute(
        "SELECT reference, sha256 FROM attachments WHERE bucket_id = %s AND comment_id = %s ORDER BY position",
        (bucket_id, comment_id),
    )
    stored = cursor.fetchall()
    cursor.execute(
        "UPDATE attachments SET position = -1 - position WHERE bucket_id = %s AND comment_id = %s",
        (bucket_id, comment_id),
    )
    for row in stored:
        free = places.get(row["sha256"])
        if free:
            cursor.execute("UPDATE attachments SET position = %s WHERE reference = %s", (free.pop(0), row["reference"]))
    cursor.execute(
        "DELETE FROM attachments WHERE bucket_id = %s AND comment_id = %s AND position < 0", (bucket_id, comment_id)
    )
    _show_references(cursor, bucket_id, [comment_id])
