"""Comments that programs create and change by the API, by ids of their own (reference 2.5).

The same bucket's lock, quota and sequence numbers as for synced ones: they are written by the same insert.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from exchange_sync.store.comments import lock_bucket
from exchange_sync.store.database import Cursor, Database, Row, jsonb
from exchange_sync.store.new_comments import NewComment, insert
from exchange_sync.store.sources import Taken

_TEXTS = ("subject", "body", "signature")


@dataclass(frozen=True)
class Upserted:
    """One comment to be so.

    row: its content, as for a load; what of it is None stays as it is. only_new: fields of the content that count for
    a new comment alone. context: the version to overwrite.
    """

    id: str
    row: NewComment
    context: str | None = None
    only_new: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Counts:
    """What became of them. Those updated are of one of two kinds: the text changed, or properties alone."""

    new: int = 0
    updated_text_changed: int = 0
    updated_properties_only: int = 0
    unchanged: int = 0


def context(row: Row) -> str:
    """A comment's version: another one whenever anything of it changed."""
    return f"{int(row['updated_at'].timestamp() * 1_000_000):x}-{row['sequence']:x}"


def upsert(db: Database, bucket_id: str, wanted: Sequence[Upserted], now: datetime, *, overwrite: str) -> Counts:
    """Create or update them, all or none; of several with one id the last counts.

    overwrite: "always", or "context": one that is there is overwritten only when its latest context comes along,
    else Taken is raised. Raises IntegrationFault when the bucket is full.
    """
    by_id = {one.id: one for one in wanted}
    with db.transaction() as cursor:
        lock_bucket(cursor, bucket_id)
        known = _known(cursor, bucket_id, sorted(by_id))
        if overwrite == "context":
            _require_context(by_id, known)
        new = {one.id: _complete(one, now) for one in by_id.values() if one.id not in known}
        cursor.execute("DELETE FROM tombstones WHERE bucket_id = %s AND id = ANY(%s)", (bucket_id, sorted(new)))
        insert(cursor, bucket_id, new, now)
        kinds = [_update(cursor, bucket_id, known[one.id], one, now) for one in by_id.values() if one.id in known]
    return Counts(len(new), kinds.count("text"), kinds.count("properties"), kinds.count("unchanged"))


def _known(cursor: Cursor, bucket_id: str, ids: list[str]) -> dict[str, Row]:
    cursor.execute(
        """SELECT id, sequence, timestamp, thread_id, user_properties, messages, attachments, mime_sha256, updated_at
        FROM comments WHERE bucket_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE""",
        (bucket_id, ids),
    )
    return {row["id"]: row for row in cursor.fetchall()}


def _require_context(wanted: Mapping[str, Upserted], known: Mapping[str, Row]) -> None:
    stale = [one_id for one_id, row in known.items() if wanted[one_id].context != context(row)]
    if stale:
        raise Taken(
            f"{len(stale)} of these comments exist, the first with id {stale[0]}: to overwrite one, send the "
            "context that it was last read with"
        )


def _complete(one: Upserted, now: datetime) -> NewComment:
    content = dict(one.row.content or {})
    content["timestamp"] = content.get("timestamp") or now
    content["messages"] = content.get("messages") or [{"body": {"text": ""}, "to": [], "cc": [], "bcc": []}]
    content["thread_id"] = content.get("thread_id") or one.row.message_id
    content["user_properties"] = content.get("user_properties") or {}
    content["attachments"] = content.get("attachments") or []
    return replace(one.row, content=content)


def _update(cursor: Cursor, bucket_id: str, known: Row, wanted: Upserted, now: datetime) -> str:
    """ "text" when what was written changed, "properties" when anything else did, else "unchanged"."""
    content = {name: value for name, value in (wanted.row.content or {}).items() if name not in wanted.only_new}
    stated = ("timestamp", "messages", "thread_id", "attachments")
    values = {name: content[name] for name in stated if content.get(name) is not None}
    if content.get("user_properties") is not None:
        kept = known["user_properties"] if known["mime_sha256"] else {}  # an email keeps what it was loaded with
        values["user_properties"] = {**kept, **content["user_properties"]}
    changed: dict[str, Any] = {name: value for name, value in values.items() if _plain(value) != _plain(known[name])}
    if not changed:
        return "unchanged"
    text = "messages" in changed and _texts(changed["messages"]) != _texts(known["messages"])
    columns = {name: jsonb(value) if isinstance(value, list | dict) else value for name, value in changed.items()}
    cursor.execute(
        f"""UPDATE comments SET {"".join(f"{name} = %({name})s, " for name in columns)}
            sequence = coalesce(%(sequence)s, sequence), updated_at = %(now)s
        WHERE bucket_id = %(bucket)s AND id = %(id)s""",
        {
            **columns, "sequence": _next(cursor, bucket_id) if text else None, "now": now, "bucket": bucket_id,
            "id": known["id"],
        },
    )  # fmt: skip
    return "text" if text else "properties"


def _next(cursor: Cursor, bucket_id: str) -> int:
    """A changed text counts as new: the comment goes to the end of the order of delivery."""
    cursor.execute(
        "UPDATE buckets SET last_sequence = last_sequence + 1 WHERE id = %s RETURNING last_sequence", (bucket_id,)
    )
    return int(cursor.fetchone()["last_sequence"])


def _texts(messages: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [[(message.get(name) or {}).get("text", "") for name in _TEXTS] for message in messages]


def _plain(value: Any) -> Any:
    """Comparable whatever the order of keys."""
    return json.dumps(value, sort_keys=True) if isinstance(value, list | dict) else value
