"""What can be said of the threads that comments belong to (reference 2.2, thread properties)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exchange_sync.store.database import Database, Row

_MEMBERS = 256  # of one thread that are looked at


def properties(db: Database, bucket_id: str, comments: Sequence[Row]) -> list[dict[str, Any]]:
    """One entry per comment, in their order.

    {duration: seconds from the first to the last message, response_time: seconds from the message before to this one,
    both None for want of a second message; num_messages, num_participants, first_sender, thread_position from 1}.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT found.* FROM unnest(%s::text[]) AS wanted (thread_id), LATERAL (
                SELECT c.thread_id, c.id, c.timestamp, c.messages -> 0 ->> 'from' AS sender,
                    c.messages -> 0 -> 'to' AS "to", c.messages -> 0 -> 'cc' AS cc
                FROM comments c WHERE c.bucket_id = %s AND c.thread_id = wanted.thread_id LIMIT %s) AS found""",
            (sorted({row["thread_id"] for row in comments}), bucket_id, _MEMBERS),
        )
        members: dict[str, list[Row]] = {}
        for row in cursor.fetchall():
            members.setdefault(row["thread_id"], []).append(row)
    for thread in members.values():
        thread.sort(key=lambda row: (row["timestamp"], row["id"]))
    return [_of(row, members.get(row["thread_id"], [])) for row in comments]


def _of(comment: Row, thread: Sequence[Row]) -> dict[str, Any]:
    ids = [row["id"] for row in thread]
    place = ids.index(comment["id"]) if comment["id"] in ids else None
    before = thread[place - 1] if place else None
    return {
        "duration": (thread[-1]["timestamp"] - thread[0]["timestamp"]).total_seconds() if len(thread) > 1 else None,
        "response_time": (comment["timestamp"] - before["timestamp"]).total_seconds() if before else None,
        "num_messages": len(thread),
        "num_participants": len(_participants(thread)),
        "first_sender": thread[0]["sender"] if thread else None,
        "thread_position": None if place is None else place + 1,
    }


def _participants(thread: Sequence[Row]) -> set[str]:
    people: set[str] = set()
    for row in thread:
        people.update(name for name in (row["sender"], *(row["to"] or ()), *(row["cc"] or ())) if name)
    return people
