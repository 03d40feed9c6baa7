"""Streams: named cursors over the comments of a dataset, in the order of commits (reference 2.11; decision 0022).

A stream has one cursor for each bucket that its sources read from: a sequence number, of which the bucket's writers
draw under its lock. Reading moves nothing; only advance and reset do. A comment is delivered when it was created or its
text was changed by the API; with redeliver "properties", also when its properties changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from exchange_sync.store.database import Cursor, Database, Row, jsonb
from exchange_sync.store.sources import Taken

Position = dict[str, int]  # bucket id → the number up to which it has been delivered

_LOCK_SPAN = timedelta(minutes=10)  # how much later a comment may be committed than another that was made after it
LIMIT = 1_024  # streams of a dataset


@dataclass(frozen=True)
class NewStream:
    """What a stream is told when it is made. from_beginning: deliver what is there already, too."""

    name: str
    title: str = ""
    description: str = ""
    comment_filter: Mapping[str, Any] | None = None
    model: Mapping[str, Any] | None = None
    redeliver: str | None = None
    from_beginning: bool = False


_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def create(cursor: Cursor, dataset_id: str, new: NewStream, now: datetime) -> Row:
    """A new stream that starts now, or at the beginning. Raises Taken."""
    cursor.execute("SELECT count(*) AS n FROM streams WHERE dataset_id = %s", (dataset_id,))
    if cursor.fetchone()["n"] >= LIMIT:
        raise Taken(f"this dataset has {LIMIT:,} streams already: delete one that nobody reads any more")
    cursor.execute(
        """INSERT INTO streams (id, dataset_id, name, title, description, comment_filter, model, redeliver, since,
            created_at, updated_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (dataset_id, name) DO NOTHING RETURNING *""",
        (
            secrets.token_hex(16), dataset_id, new.name, new.title, new.description, _json(new.comment_filter),
            _json(new.model), new.redeliver, _BEGINNING if new.from_beginning else now, now, now,
        ),
    )  # fmt: skip
    row: Row | None = cursor.fetchone()
    if row is None:
        raise Taken(f"stream {new.name} exists already: update it, or choose another name")
    if not new.from_beginning:
        _start_at_end(cursor, row)
    return row


def update(cursor: Cursor, stream_id: str, values: Mapping[str, Any], now: datetime) -> Row:
    """Change title, description, comment_filter or model; the cursors stay."""
    columns = {name: _json(value) if name in ("comment_filter", "model") else value for name, value in values.items()}
    changes = "".join(f"{name} = %({name})s, " for name in columns)
    cursor.execute(
        f"UPDATE streams SET {changes} updated_at = %(now)s WHERE id = %(id)s RETURNING *",
        {**columns, "now": now, "id": stream_id},
    )
    row: Row = cursor.fetchone()
    return row


def delete(cursor: Cursor, stream_id: str) -> None:
    """Delete a stream with its cursors and exceptions."""
    cursor.execute("DELETE FROM streams WHERE id = %s", (stream_id,))


def find(db: Database, dataset_id: str, name: str) -> Row | None:
    """A dataset's stream by name, or None."""
    with db.transaction() as cursor:
        cursor.execute("SELECT * FROM streams WHERE dataset_id = %s AND name = %s", (dataset_id, name))
        row: Row | None = cursor.fetchone()
    return row


def of_dataset(db: Database, dataset_id: str) -> list[Row]:
    """A dataset's streams by name."""
    with db.transaction() as cursor:
        cursor.execute("SELECT * FROM streams WHERE dataset_id = %s ORDER BY name LIMIT %s", (dataset_id, LIMIT))
        return list(cursor.fetchall())


def counts(db: Database, dataset_ids: list[str]) -> list[int]:
    """How many streams each of these datasets has; those without any are left out."""
    with db.transaction() as cursor:
        cursor.execute(
            "SELECT count(*) AS n FROM streams WHERE dataset_id = ANY(%s) GROUP BY dataset_id", (dataset_ids,)
        )
        return [int(row["n"]) for row in cursor.fetchall()]


def sources(db: Database, stream: Row) -> list[Row]:
    """The sources that a stream reads, as its filter leaves them: {id, owner, bucket_id}, by id."""
    chosen = (stream["comment_filter"] or {}).get("sources")
    with db.transaction() as cursor:
        return _sources(cursor, stream["dataset_id"], chosen)


def _sources(cursor: Cursor, dataset_id: str, chosen: list[str] | None) -> list[Row]:
    cursor.execute(
        """SELECT s.id, s.owner, s.bucket_id FROM dataset_sources d JOIN sources s ON s.id = d.source_id
        WHERE d.dataset_id = %s AND (%s::text[] IS NULL OR s.id = ANY(%s)) ORDER BY s.id""",
        (dataset_id, chosen, chosen),
    )
    return list(cursor.fetchall())


def position(cursor: Cursor, stream: Row, buckets: list[str]) -> Position:
    """Where the stream stands in each of these buckets."""
    cursor.execute(
        "SELECT bucket_id, sequence FROM stream_cursors WHERE stream_id = %s AND bucket_id = ANY(%s)",
        (stream["id"], buckets),
    )
    known = {row["bucket_id"]: int(row["sequence"]) for row in cursor.fetchall()}
    return {bucket: known[bucket] if bucket in known else _before(cursor, stream, bucket) for bucket in buckets}


def advance(cursor: Cursor, stream: Row, to: Position) -> None:
    """Move cursors forward; one that is further on already stays, so that a late advance takes nothing back."""
    for bucket_id, number in sorted(to.items()):
        cursor.execute(
            """INSERT INTO stream_cursors (stream_id, bucket_id, sequence)
            SELECT %s, id, %s FROM buckets WHERE id = %s
            ON CONFLICT (stream_id, bucket_id) DO UPDATE
                SET sequence = greatest(stream_cursors.sequence, excluded.sequence)""",
            (stream["id"], number, bucket_id),
        )


def reset(cursor: Cursor, stream: Row, since: datetime, now: datetime) -> Row:
    """Go to the first comment that was created at that time or later, back or forth."""
    cursor.execute("DELETE FROM stream_cursors WHERE stream_id = %s", (stream["id"],))
    cursor.execute(
        "UPDATE streams SET since = %s, updated_at = %s WHERE id = %s RETURNING *", (since, now, stream["id"])
    )
    row: Row = cursor.fetchone()
    return row


def number_column(stream: Row) -> str:
    """The column of comments by which this stream goes."""
    return "changed" if stream["redeliver"] else "sequence"


def _start_at_end(cursor: Cursor, stream: Row) -> None:
    """Behind what has been committed by now, whatever times it bears."""
    column = number_column(stream)
    cursor.execute(
        f"""INSERT INTO stream_cursors (stream_id, bucket_id, sequence)
        SELECT DISTINCT ON (s.bucket_id) %(stream)s, s.bucket_id, coalesce((
            SELECT max(c.{column}) FROM comments c WHERE c.bucket_id = s.bucket_id), 0)
        FROM dataset_sources d JOIN sources s ON s.id = d.source_id WHERE d.dataset_id = %(dataset)s""",
        {"stream": stream["id"], "dataset": stream["dataset_id"]},
    )


def _before(cursor: Cursor, stream: Row, bucket_id: str) -> int:
    """The number behind which every comment of the bucket lies that was created at the stream's start or later.

    Comments get their numbers in the order of commits, their times a little earlier: so the first by time is looked
    up by index, and the smallest number among those made soon after it.
    """
    column = number_column(stream)
    cursor.execute(
        f"""WITH first AS (SELECT created_at FROM comments WHERE bucket_id = %(bucket)s AND created_at >= %(since)s
            ORDER BY created_at LIMIT 1)
        SELECT coalesce((SELECT min(c.{column}) - 1 FROM comments c, first WHERE c.bucket_id = %(bucket)s
                AND c.created_at >= first.created_at AND c.created_at <= first.created_at + %(span)s),
            (SELECT max(c.{column}) FROM comments c WHERE c.bucket_id = %(bucket)s), 0) AS number""",
        {"bucket": bucket_id, "since": stream["since"], "span": _LOCK_SPAN},
    )
    return int(cursor.fetchone()["number"])


def put_exceptions(cursor: Cursor, stream_id: str, found: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Remember comments, by uid, that the stream's consumer could not handle; metadata says why."""
    cursor.executemany(
        """INSERT INTO stream_exceptions (stream_id, uid, metadata, created_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (stream_id, uid) DO UPDATE SET metadata = excluded.metadata""",
        [(stream_id, uid, jsonb(dict(metadata)), now) for uid, metadata in found.items()],
    )


def delete_exceptions(cursor: Cursor, stream_id: str, uids: list[str] | None) -> None:
    """Forget them again; None: all."""
    cursor.execute(
        """DELETE FROM stream_exceptions
        WHERE stream_id = %(stream)s AND (%(uids)s::text[] IS NULL OR uid = ANY(%(uids)s))""",
        {"stream": stream_id, "uids": uids},
    )


def _json(value: Mapping[str, Any] | None) -> Any:
    return None if value is None else jsonb(dict(value))
