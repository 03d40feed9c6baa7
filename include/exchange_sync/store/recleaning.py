"""Comments that an older cleaner made, and what a newer one makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange_sync.store import attachments
from exchange_sync.store.comments import lock_bucket
from exchange_sync.store.database import Database, Row, jsonb

# in what a comment may change
OTHER = "other fields"
_COLUMNS = {
    "history": "quoted",
    "attachments": "attachments",
    "properties": "user_properties",
    "problems": "problems",
}
PARTS = ("body", "signature", "subject", "people", *_COLUMNS, OTHER)


@dataclass(frozen=True)
class Recleaned:
    """A comment's new content. content as for NewComment; following: the properties that stay as they are; staying:
    those that stay where the new content has none, since another copy of the email brought them."""

    id: str
    content: Mapping[str, Any]
    following: tuple[str, ...]
    staying: tuple[str, ...] = ()


def older(db: Database, bucket_id: str, version: int, after: int, limit: int) -> list[Row]:
    """The next comments with kept MIME that were made by a cleaner before version, after a sequence number."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT c.id, c.sequence, c.message_id, c.mime_sha256, c.properties, c.user_properties, f.path
            FROM comments c LEFT JOIN origins o ON o.id = c.origin_id LEFT JOIN folders f ON f.id = o.folder_id
            WHERE c.bucket_id = %s AND c.clean_version < %s AND c.sequence > %s AND c.mime_sha256 IS NOT NULL
                AND c.properties IS NOT NULL
            ORDER BY c.sequence LIMIT %s""",
            (bucket_id, version, after, limit),
        )
        return [dict(row) for row in cursor.fetchall()]


def count(db: Database, bucket_id: str, version: int) -> dict[str, int]:
    """How many comments are older than version: those to re-clean, and those whose MIME is not kept."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE mime_sha256 IS NOT NULL AND properties IS NOT NULL) AS kept,
                count(*) FILTER (WHERE mime_sha256 IS NULL OR properties IS NULL) AS not_kept
            FROM comments WHERE bucket_id = %s AND clean_version < %s""",
            (bucket_id, version),
        )
        return dict(cursor.fetchone())


def update(db: Database, bucket_id: str, found: Recleaned, now: datetime) -> tuple[str, ...]:
    """Give a comment its new content; the same output is no update but of its version. In what it changed (PARTS).

    Identity, sequence, thread and where it lies stay; attachments that are still listed keep their references.
    """
    content = found.content
    with db.transaction() as cursor:
        lock_bucket(cursor, bucket_id)
        cursor.execute(
            """SELECT user_properties, messages, attachments, quoted, problems, timestamp FROM comments
            WHERE bucket_id = %s AND id = %s FOR UPDATE""",
            (bucket_id, found.id),
        )
        old = cursor.fetchone()
        if old is None:  # erased meanwhile
            return ()
        before = old["user_properties"]
        staying = {name: before[name] for name in found.staying if name in before}
        kept = {name: before[name] for name in found.following if name in before}
        properties = {**staying, **content["user_properties"], **kept}
        shown = attachments.shown(content["attachments"])
        new = {**content, "user_properties": properties, "attachments": shown, "problems": list(content["problems"])}
        changed = _changes({**old, "attachments": _bare(old["attachments"])}, new)
        if not changed:
            cursor.execute(
                "UPDATE comments SET clean_version = %s WHERE bucket_id = %s AND id = %s",
                (content["clean_version"], bucket_id, found.id),
            )
            return ()
        cursor.execute(
            """UPDATE comments SET user_properties = %s, messages = %s, attachments = %s, quoted = %s, problems = %s,
                timestamp = %s, clean_version = %s, updated_at = %s WHERE bucket_id = %s AND id = %s""",
            (
                jsonb(properties), jsonb(content["messages"]), jsonb(shown), content["quoted"],
                list(content["problems"]), content["timestamp"], content["clean_version"], now, bucket_id, found.id,
            ),
        )  # fmt: skip
        attachments.refile(cursor, bucket_id, found.id, shown)
    return changed


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of a comment in which two contents differ, in the order of PARTS."""
    found = [
        part
        for part, column in zip(PARTS, ("body", "signature", "subject", "people"), strict=False)
        if _message(old, column) != _message(new, column)
    ]
    found += [part for part, column in _COLUMNS.items() if old[column] != new[column]]
    if not found and old["messages"] != new["messages"]:
        found.append(OTHER)
    return tuple(found)


def _message(content: Mapping[str, Any], part: str) -> Any:
    """A part of the comment's first message: its text, or the people around it."""
    messages = content["messages"]
    first = messages[0] if messages else {}
    if part == "people":
        return [first.get(name) for name in ("from", "to", "cc", "bcc")]
    return first.get(part)


def _bare(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in item.items() if key != "attachment_reference"} for item in items]
