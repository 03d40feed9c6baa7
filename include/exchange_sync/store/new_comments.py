"""New comments: the rows that a load inserts, in the order of their ids, within the quota, each in its thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from exchange_sync.errors import BadInput, IntegrationFault, Reason
from exchange_sync.model.identity import comment_id, conflict_id
from exchange_sync.model.likeness import Mail
from exchange_sync.store import attachments
from exchange_sync.store.database import Cursor, Row, insert_many, jsonb


@dataclass(frozen=True)
class NewComment:
    """One row to load. content is None where the bucket has the email already (action "link"), as known_id.

    origin_id: 0 for an email that came by the API and lies in no mailbox.
    attachments_only: of the content, nothing but its attachments is new to the comment known_id.

    following: the user properties that follow the last synced origin. content: timestamp, thread_id,
    thread_candidates, user_properties, messages, attachments, quoted, clean_version, problems.

    mark: what tells it apart from another email of its Message-ID (identity.conflict_id). told: what the server said of
    it. participants: whom its headers may name beside those whom it shows (pipeline.identify), or None.
    """

    origin_id: int
    message_id: str
    sender: str
    sent_at: datetime | None
    following: Mapping[str, Any]
    mime_sha256: str | None
    size: int
    content: Mapping[str, Any] | None
    known_id: str = ""
    attachments_only: bool = False
    mark: str = ""
    told: Mail = Mail("", None, "")
    participants: Mapping[str, Any] | None = None


def insert(cursor: Cursor, bucket_id: str, new: Mapping[str, NewComment], now: datetime) -> None:
    """New comments by their ids, in the order of ids, under the bucket's lock. Raises IntegrationFault (quota)."""
    if not new:
        return
    first = reserve(cursor, bucket_id, len(new), sum(row.size for row in new.values()))
    threads = _threads(cursor, bucket_id, new)
    cursor.execute("SELECT keep_mime FROM buckets WHERE id = %s", (bucket_id,))
    kept = new if cursor.fetchone()["keep_mime"] else {name: _without_mime(row) for name, row in new.items()}
    values = [
        _values(bucket_id, first + place, target, row, threads[target], now)
        for place, (target, row) in enumerate(sorted(kept.items()))
    ]
    insert_many(
        cursor,
        """INSERT INTO comments (bucket_id, id, sequence, message_id, conflict, timestamp, thread_id, user_properties,
            messages, attachments, quoted, sender, sent_at, origin_id, observed, mime_sha256, size, clean_version,
            problems, properties, participants, created_at, updated_at)
        SELECT v.bucket_id, v.id, v.sequence, v.message_id, v.conflict, v.timestamp::timestamptz, v.thread_id,
            v.user_properties::jsonb, v.messages::jsonb, v.attachments::jsonb, v.quoted, v.sender,
            v.sent_at::timestamptz, nullif(v.origin_id, 0), nextval('observations'), v.mime_sha256, v.size,
            v.clean_version, v.problems::text[], v.properties::jsonb, v.participants::jsonb, v.now,
            v.now
        FROM (VALUES %s) AS v (bucket_id, id, sequence, message_id, conflict, timestamp, thread_id, user_properties,
            messages, attachments, quoted, sender, sent_at, origin_id, mime_sha256, size, clean_version, problems,
            properties, participants, now)
        ORDER BY v.id""",
        values,
    )
    attachments.insert(cursor, bucket_id, {target: row.content or {} for target, row in new.items()})
    _join_late_parents(cursor, bucket_id, {row.message_id: threads[target] for target, row in new.items()}, now)


def _without_mime(row: NewComment) -> NewComment:
    """The bucket keeps no MIME: nothing refers to it any more, and housekeeping removes it."""
    return replace(row, mime_sha256=None)


def reserve(cursor: Cursor, bucket_id: str, count: int, size: int) -> int:
    """Room for so many new comments and bytes, under the bucket's lock: the first of their sequence numbers.

    Raises IntegrationFault when the bucket's quota has no such room, BadInput when the bucket is gone.
    """
    cursor.execute(
        """UPDATE buckets SET last_sequence = last_sequence + %s, emails = emails + %s, bytes = bytes + %s
        WHERE id = %s RETURNING owner, name, last_sequence, emails, bytes, quota_emails, quota_bytes""",
        (count, count, size, bucket_id),
    )
    bucket = cursor.fetchone()
    if bucket is None:
        raise BadInput("this bucket has been deleted meanwhile: nothing can be added to it any more")
    _check_quota(bucket)
    return int(bucket["last_sequence"]) - count + 1


def _values(
    bucket_id: str, sequence: int, target: str, row: NewComment, thread_id: str, now: datetime
) -> tuple[Any, ...]:
    content = row.content or {}
    return (
        bucket_id, target, sequence, row.message_id, _is_conflict(target, row), content["timestamp"],
        thread_id, jsonb({**content["user_properties"], **row.following}), jsonb(content["messages"]),
        jsonb(attachments.shown(content["attachments"])), content["quoted"], row.sender, row.sent_at, row.origin_id,
        row.mime_sha256, row.size, content["clean_version"], list(content["problems"]),
        jsonb(content["properties"]) if content.get("properties") else None,
        jsonb(dict(row.participants)) if row.participants else None, now,
    )  # fmt: skip


def _is_conflict(target: str, row: NewComment) -> bool:
    return bool(row.mark) and target == conflict_id(row.message_id, row.mark)


def _check_quota(bucket: Row) -> None:
    for what, unit in (("emails", "emails"), ("bytes", "bytes")):
        quota = bucket[f"quota_{what}"]
        if quota is not None and bucket[what] > quota:
            name = f"{bucket['owner']}/{bucket['name']}"
            raise IntegrationFault(
                f"bucket {name} would hold {bucket[what]:,} {unit}, its quota is {quota:,}",
                Reason(
                    "comment_quota_hit", f"quota_{what}", f"Raise the quota of bucket {name}, or erase old comments."
                ),
            )


def _threads(cursor: Cursor, bucket_id: str, new: Mapping[str, NewComment]) -> dict[str, str]:
    """The thread of each new comment: that of the nearest known Message-ID it refers to, else the one it opens."""
    wanted = {comment_id(name) for row in new.values() for name in (row.content or {})["thread_candidates"]}
    cursor.execute(
        "SELECT id, thread_id FROM comments WHERE bucket_id = %s AND id = ANY(%s)", (bucket_id, sorted(wanted))
    )
    threads = {row["id"]: row["thread_id"] for row in cursor.fetchall()}
    for target, row in sorted(new.items(), key=lambda pair: ((pair[1].content or {})["timestamp"], pair[0])):
        content = row.content or {}
        found = (threads.get(comment_id(name)) for name in content["thread_candidates"])
        threads[target] = next((thread for thread in found if thread), content["thread_id"])
    return threads


def _join_late_parents(cursor: Cursor, bucket_id: str, threads: Mapping[str, str], now: datetime) -> None:
    """Answers that came before what they answer opened a thread of its name: they join the thread it belongs to.

    threads: Message-ID → thread, of the comments just inserted.
    """
    moved = []
    for name, thread in threads.items():
        seen = {name}
        while thread not in seen and threads.get(thread, thread) != thread:  # one that itself came late
            seen.add(thread)
            thread = threads[thread]
        if thread != name:
            moved.append((bucket_id, name, thread, now))
    insert_many(
        cursor,
        """UPDATE comments c SET thread_id = v.thread_id, updated_at = v.now
        FROM (VALUES %s) AS v (bucket_id, name, thread_id, now)
        WHERE c.bucket_id = v.bucket_id AND c.thread_id = v.name""",
        moved,
    )
