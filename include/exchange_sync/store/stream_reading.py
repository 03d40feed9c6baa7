"""Reading a stream: the next comments behind its cursors. A pure read: the same again until it is advanced."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from exchange_sync.store import filters, reading, streams
from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.filters import Condition
from exchange_sync.store.streams import Position

BYTES = 8 << 20  # of one answer, as it is sent
_CHUNK = 32  # comments that are weighed at a time: each may be large
_FRAME = 1_024  # bytes of a result beside what is weighed: names, times, the source
_PLACE = 64  # bytes that a bucket takes in a place


@dataclass(frozen=True)
class Delivery:
    """One comment that the filter takes. at: where the stream stands once it is handled."""

    comment: Row
    source_id: str
    at: Position


@dataclass(frozen=True)
class Batch:
    """filtered: comments passed over. at: where the stream stands once all of this is handled, filtered ones included.

    last: nothing lies behind it by now.
    """

    deliveries: list[Delivery]
    filtered: int
    at: Position
    last: bool


@dataclass(frozen=True)
class _Head:
    """One comment's place in the order of delivery."""

    created_at: datetime
    bucket_id: str
    number: int
    id: str
    taken: bool


def read(db: Database, stream: Row, size: int, max_filtered: int) -> Batch:
    """At most size comments that the filter takes, passing over at most max_filtered that it does not.

    Of each bucket no more rows are touched than size + max_filtered + 1, by the index of its numbers.
    """
    wanted = {name: value for name, value in (stream["comment_filter"] or {}).items() if name != "sources"}
    condition = filters.condition(wanted)
    by_bucket: dict[str, str] = {}
    for source in streams.sources(db, stream):
        by_bucket.setdefault(source["bucket_id"], source["id"])  # a bucket is read once, whatever serves it
    window = size + (0 if condition.empty else max_filtered) + 1
    with db.transaction() as cursor:
        at = streams.position(cursor, stream, list(by_bucket))
        heads = [_heads(cursor, stream, bucket, number, condition, window) for bucket, number in at.items()]
        chosen, filtered, positions, last = _choose(heads, at, size, max_filtered)
        rows, fits = _rows(cursor, chosen, _FRAME + _PLACE * len(at))
        if fits < len(chosen):
            chosen, filtered, positions, last = _choose(heads, at, fits, max_filtered)
    deliveries = [
        Delivery(rows[head.bucket_id, head.id], by_bucket[head.bucket_id], place)
        for head, place in zip(chosen, positions, strict=False)
        if (head.bucket_id, head.id) in rows
    ]
    return Batch(deliveries, filtered, positions[-1] if positions else at, last)


def _heads(cursor: Cursor, stream: Row, bucket_id: str, number: int, condition: Condition, window: int) -> list[_Head]:
    column = streams.number_column(stream)
    cursor.execute(
        f"""SELECT c.created_at, c.{column} AS number, c.id, ({condition.sql}) IS TRUE AS taken
        FROM comments c WHERE c.bucket_id = %(bucket)s AND c.{column} > %(number)s
        ORDER BY c.{column} LIMIT %(window)s""",
        {**condition.values, "bucket": bucket_id, "number": number, "window": window},
    )
    return [_Head(row["created_at"], bucket_id, row["number"], row["id"], row["taken"]) for row in cursor.fetchall()]


def _choose(
    heads: list[list[_Head]], at: Position, size: int, max_filtered: int
) -> tuple[list[_Head], int, list[Position], bool]:
    """Which comments, how many were passed over, the position behind each (the last: behind the whole), and whether
    that is the end."""
    chosen: list[_Head] = []
    positions: list[Position] = []
    filtered = 0
    now_at = at
    for head in _merged(heads):
        full = len(chosen) == size if head.taken else filtered == max_filtered
        if full:
            return chosen, filtered, [*positions, now_at], False
        now_at = {**now_at, head.bucket_id: head.number}
        if head.taken:
            chosen.append(head)
            positions.append(now_at)
        else:
            filtered += 1
    return chosen, filtered, [*positions, now_at], True


def _merged(heads: list[list[_Head]]) -> Iterator[_Head]:
    """All buckets' comments by the time they were created, each bucket's in the order of its numbers."""
    queue = [(own[0].created_at, own[0].bucket_id, place, 0) for place, own in enumerate(heads) if own]
    heapq.heapify(queue)
    while queue:
        _, bucket_id, place, index = heapq.heappop(queue)
        yield heads[place][index]
        if index + 1 < len(heads[place]):
            heapq.heappush(queue, (heads[place][index + 1].created_at, bucket_id, place, index + 1))


def _rows(cursor: Cursor, chosen: list[_Head], frame: int) -> tuple[dict[tuple[str, str], Row], int]:
    """The first of them, and how many of them stay within BYTES, one at least; those erased meanwhile are left out.

    frame: bytes that each takes beside its content.
    """
    found: dict[tuple[str, str], Row] = {}
    total = 0
    for start in range(0, len(chosen), _CHUNK):
        some = chosen[start : start + _CHUNK]
        by_bucket: dict[str, list[str]] = {}
        for head in some:
            by_bucket.setdefault(head.bucket_id, []).append(head.id)
        rows = {bucket: reading.weighed(cursor, bucket, ids) for bucket, ids in by_bucket.items()}
        for place, head in enumerate(some, start):
            row = rows[head.bucket_id].get(head.id)
            if row is None:
                continue
            total += row["bytes"] + frame
            if found and total > BYTES:
                return found, place
            found[head.bucket_id, head.id] = row
    return found, len(chosen)
