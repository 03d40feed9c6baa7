"""Buckets, sources and datasets as the API names them: found by id or by owner and name, made, changed, deleted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from exchange_sync.errors import BadInput
from exchange_sync.store.database import Cursor, Database, Row

Kind = Literal["buckets", "sources", "datasets", "integrations"]

_SELECT: dict[Kind, str] = {
    "buckets": "SELECT t.* FROM buckets t WHERE NOT t.hidden",
    "sources": """SELECT t.*, b.hidden, b.owner AS bucket_owner FROM sources t JOIN buckets b ON b.id = t.bucket_id
        WHERE true""",
    "datasets": """SELECT t.*, (SELECT coalesce(array_agg(d.source_id ORDER BY d.source_id), '{}')
        FROM dataset_sources d WHERE d.dataset_id = t.id) AS source_ids FROM datasets t WHERE true""",
    "integrations": "SELECT t.* FROM integrations t WHERE true",
}
LIST_LIMIT = 10_000  # configured by people, so far fewer; but nothing here is without a limit


@dataclass(frozen=True)
class Ref:
    """What a path names: an id, or owner and name."""

    id: str = ""
    owner: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"id:{self.id}" if self.id else f"{self.owner}/{self.name}"


class Taken(BadInput):
    """The name is in use, or something else stands in the way of this change."""


def find(db: Database, kind: Kind, ref: Ref) -> Row | None:
    """One of them, or None."""
    rows = db.read(*_one(kind, ref))
    return rows[0] if rows else None


def find_in(cursor: Cursor, kind: Kind, ref: Ref) -> Row | None:
    """As find, in the caller's transaction."""
    cursor.execute(*_one(kind, ref))
    row: Row | None = cursor.fetchone()
    return row


def _one(kind: Kind, ref: Ref) -> tuple[str, tuple[str, ...]]:
    if ref.id:
        return f"{_SELECT[kind]} AND t.id = %s", (ref.id,)
    return f"{_SELECT[kind]} AND t.owner = %s AND t.name = %s", (ref.owner, ref.name)


def listed(db: Database, kind: Kind, owner: str | None = None) -> list[Row]:
    """All of them, or an owner's, by name."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""{_SELECT[kind]} AND (%(owner)s::text IS NULL OR t.owner = %(owner)s)
            ORDER BY t.owner, t.name LIMIT {LIST_LIMIT}""",
            {"owner": owner},
        )
        return list(cursor.fetchall())


def sources_of(db: Database, bucket_id: str) -> list[Row]:
    """The sources that serve a bucket, by name."""
    with db.transaction() as cursor:
        cursor.execute(f"{_SELECT['sources']} AND t.bucket_id = %s ORDER BY t.owner, t.name", (bucket_id,))
        return list(cursor.fetchall())


def create_bucket(cursor: Cursor, ref: Ref, title: str, now: datetime) -> Row:
    """A new bucket; a trigger gives it a source and a dataset of its own name. Raises Taken."""
    cursor.execute(
        """INSERT INTO buckets (id, owner, name, title, created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (owner, name) DO NOTHING RETURNING *""",
        (secrets.token_hex(8), ref.owner, ref.name, title, now, now),
    )
    return _made(cursor, "bucket", ref)


def create_source(cursor: Cursor, ref: Ref, values: Mapping[str, Any], bucket_id: str | None, now: datetime) -> Row:
    """A new source over a bucket, or (None) over a hidden one of its own. Raises Taken."""
    source_id = secrets.token_hex(8)
    if bucket_id is None:
        bucket_id = secrets.token_hex(8)
        cursor.execute(
            "INSERT INTO buckets (id, owner, name, hidden, created_at, updated_at) VALUES (%s, %s, %s, true, %s, %s)",
            (bucket_id, ref.owner, f"source-{source_id}", now, now),
        )
    cursor.execute(
        """INSERT INTO sources (id, owner, name, title, description, language, should_translate,
            sensitive_properties, email_transform_tag, bucket_id, created_at, updated_at)
        VALUES (%(id)s, %(owner)s, %(name)s, %(title)s, %(description)s, %(language)s, %(should_translate)s,
            %(sensitive_properties)s, %(email_transform_tag)s, %(bucket_id)s, %(now)s, %(now)s)
        ON CONFLICT (owner, name) DO NOTHING RETURNING *""",
        {**values, "id": source_id, "owner": ref.owner, "name": ref.name, "bucket_id": bucket_id, "now": now},
    )
    return _made(cursor, "source", ref)


def create_dataset(
    cursor: Cursor, ref: Ref, title: str, description: str, source_ids: Sequence[str], now: datetime
) -> Row:
    """A new dataset over sources. Raises Taken."""
    cursor.execute(
        """INSERT INTO datasets (id, owner, name, title, description, created_at, updated_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (owner, name) DO NOTHING RETURNING *""",
        (secrets.token_hex(8), ref.owner, ref.name, title, description, now, now),
    )
    row = _made(cursor, "dataset", ref)
    set_sources(cursor, row["id"], source_ids)
    return row


def update(cursor: Cursor, kind: Kind, row_id: str, values: Mapping[str, Any], now: datetime) -> None:
    """Change columns of one of them; names are the caller's, never a client's."""
    changes = "".join(f"{column} = %({column})s, " for column in values)
    cursor.execute(
        f"UPDATE {kind} SET {changes} updated_at = %(now)s WHERE id = %(row_id)s",
        {**values, "now": now, "row_id": row_id},
    )


def set_sources(cursor: Cursor, dataset_id: str, source_ids: Sequence[str]) -> None:
    """Which sources a dataset is made of."""
    cursor.execute("DELETE FROM dataset_sources WHERE dataset_id = %s", (dataset_id,))
    cursor.execute(
        "INSERT INTO dataset_sources (dataset_id, source_id) SELECT %s, id FROM sources WHERE id = ANY(%s)",
        (dataset_id, list(source_ids)),
    )


def delete_dataset(cursor: Cursor, dataset_id: str) -> None:
    """Delete a dataset; its streams go with it."""
    cursor.execute("DELETE FROM datasets WHERE id = %s", (dataset_id,))


def known_sources(cursor: Cursor, source_ids: Sequence[str]) -> dict[str, Row]:
    """The sources among these ids, by id."""
    cursor.execute(f"{_SELECT['sources']} AND t.id = ANY(%s)", (list(source_ids),))
    return {row["id"]: row for row in cursor.fetchall()}


def _made(cursor: Cursor, what: str, ref: Ref) -> Row:
    row: Row | None = cursor.fetchone()
    if row is None:
        raise Taken(f"{what} {ref} exists already: update it, or choose another name")
    return row
