"""A dataset read as a whole: comments of all its sources in one order, page by page, and figures about them.

A comment of a bucket that two of the sources read from is there twice, once under each, as its uid says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.filters import ADDRESSES, Condition

Clock = Literal["timestamp", "created_at"]
SUMMED_UP = 4_096  # newest comments of a source that a summary looks into
_COLUMNS = """c.id, c.bucket_id, c.sequence, c.timestamp, c.thread_id, c.user_properties, c.messages, c.attachments,
    c.created_at, c.updated_at"""
_PLACES = "unnest(%(sources)s::text[], %(buckets)s::text[]) AS s (source_id, bucket_id)"


@dataclass(frozen=True)
class Place:
    """Where a page ended."""

    at: datetime
    id: str
    source_id: str


def sources(db: Database, dataset_id: str, chosen: Sequence[str] | None) -> list[Row]:
    """A dataset's sources, or those of them that were chosen: {id, owner, name, title, bucket_id}, by id."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT s.id, s.owner, s.name, s.title, s.bucket_id FROM dataset_sources d
            JOIN sources s ON s.id = d.source_id
            WHERE d.dataset_id = %(dataset)s AND (%(chosen)s::text[] IS NULL OR s.id = ANY(%(chosen)s))
            ORDER BY s.id""",
            {"dataset": dataset_id, "chosen": None if chosen is None else list(chosen)},
        )
        return list(cursor.fetchall())


def page(
    db: Database,
    places: Sequence[Row],
    clock: Clock,
    condition: Condition,
    after: Place | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> list[Row]:
    """Comments with their source_id in the order of (clock, id, source), behind a place; condition: over ``c``.

    Each source is entered by its bucket's index on the clock, and gives no more rows than the page holds.
    """
    order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    behind = f"AND (c.{clock}, c.id, s.source_id) {beyond} (%(at)s, %(id)s, %(source)s)" if after else ""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT s.source_id, found.* FROM {_PLACES} CROSS JOIN LATERAL (
                SELECT {_COLUMNS} FROM comments c WHERE c.bucket_id = s.bucket_id AND {condition.sql} {behind}
                ORDER BY c.{clock} {order}, c.id {order} LIMIT %(limit)s) AS found
            ORDER BY found.{clock} {order}, found.id {order}, s.source_id {order} LIMIT %(limit)s""",
            {
                **_values(places, condition), "limit": limit, "at": after and after.at, "id": after and after.id,
                "source": after and after.source_id,
            },
        )  # fmt: skip
        return list(cursor.fetchall())


def sample(db: Database, places: Sequence[Row], condition: Condition, seed: int, after: str, limit: int) -> list[Row]:
    """Comments with their source_id and key, in an order that the seed alone makes; after: the last page's last key."""
    key = "md5(%(seed)s || c.id || s.source_id)"
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT s.source_id, {key} AS key, {_COLUMNS} FROM {_PLACES} JOIN comments c ON c.bucket_id = s.bucket_id
            WHERE {condition.sql} AND {key} > %(after)s ORDER BY key LIMIT %(limit)s""",
            {**_values(places, condition), "seed": str(seed), "after": after, "limit": limit},
        )
        return list(cursor.fetchall())


def figures(db: Database, places: Sequence[Row], condition: Condition) -> Row:
    """How many comments there are, and the first and the last timestamp: {n, first, last}."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT count(*) AS n, min(c.timestamp) AS first, max(c.timestamp) AS last
            FROM {_PLACES} JOIN comments c ON c.bucket_id = s.bucket_id WHERE {condition.sql}""",
            _values(places, condition),
        )
        row: Row = cursor.fetchone()
        return row


_SPOKEN = {"sender": "from"}  # the contract calls them otherwise in figures than in filters
EMAIL_PROPERTIES = ("sender", "to", "cc", "bcc", "recipient", "sender_domain", "recipient_domain")


def counts_by_source(db: Database, places: Sequence[Row], condition: Condition) -> dict[str, int]:
    """How many comments each source has that meet the condition."""
    return _counted(db, places, condition, "(SELECT s.source_id) AS v (value)", {}, None, len(places) or 1)


def counts_by_property(
    db: Database, places: Sequence[Row], condition: Condition, name: str, values: Sequence[str] | None, limit: int
) -> dict[str, int]:
    """How many comments bear each value of a text property, the most frequent first."""
    given = "(SELECT c.user_properties ->> %(name)s) AS v (value)"
    return _counted(db, places, condition, given, {"name": name}, values, limit)


def counts_by_person(
    db: Database, places: Sequence[Row], condition: Condition, who: str, values: Sequence[str] | None, limit: int
) -> dict[str, int]:
    """How many comments name each address, or domain, as one of EMAIL_PROPERTIES, the most frequent first."""
    name = who.removesuffix("_domain")
    people = ADDRESSES[_SPOKEN.get(name, name)]
    inner = f"SELECT x.value FROM jsonb_array_elements(c.messages) AS m, LATERAL ({people}) AS x (value)"
    shown = "lower(substring(p.value FROM '@([^@>]*)>?$'))" if who.endswith("_domain") else "p.value"
    return _counted(
        db, places, condition, f"(SELECT DISTINCT {shown} FROM ({inner}) AS p) AS v (value)", {}, values, limit
    )


def _counted(
    db: Database, places: Sequence[Row], condition: Condition, given: str, more: Mapping[str, Any],
    values: Sequence[str] | None, limit: int,
) -> dict[str, int]:  # fmt: skip
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT v.value, count(*) AS n FROM {_PLACES} JOIN comments c ON c.bucket_id = s.bucket_id,
                LATERAL {given}
            WHERE {condition.sql} AND v.value IS NOT NULL AND (%(wanted)s::text[] IS NULL OR v.value = ANY(%(wanted)s))
            GROUP BY v.value ORDER BY n DESC, v.value LIMIT %(limit)s""",
            {
                **_values(places, condition), **more, "wanted": None if values is None else list(values),
                "limit": limit,
            },
        )  # fmt: skip
        return {row["value"]: int(row["n"]) for row in cursor.fetchall()}


def properties(db: Database, places: Sequence[Row], condition: Condition, values: int) -> list[Row]:
    """The user properties of the newest comments of each source: {name, number, count, cardinality, values}.

    values: at most so many of each text property, the most frequent first, as {value, count}.
    """
    with db.transaction() as cursor:
        cursor.execute(
            f"""WITH pairs AS MATERIALIZED ({_newest(condition, "user_properties")}),
            counted AS (SELECT p.key AS name, jsonb_typeof(p.value) = 'number' AS number, p.value #>> '{{}}' AS value,
                count(*) AS n FROM pairs, LATERAL jsonb_each(pairs.user_properties) AS p GROUP BY 1, 2, 3),
            ranked AS (SELECT *, row_number() OVER (PARTITION BY name, number ORDER BY n DESC, value) AS place
                FROM counted)
            SELECT name, number, sum(n)::bigint AS count, count(*) AS cardinality,
                coalesce(jsonb_agg(jsonb_build_object('value', value, 'count', n) ORDER BY place)
                    FILTER (WHERE place <= %(values)s AND NOT number), '[]') AS values
            FROM ranked GROUP BY name, number ORDER BY name""",
            {**_values(places, condition), "values": values, "most": SUMMED_UP},
        )
        return list(cursor.fetchall())


def attachment_kinds(db: Database, places: Sequence[Row], condition: Condition, limit: int) -> list[Row]:
    """The kinds of attachments of the newest comments of each source: {type, extension}."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""WITH newest AS MATERIALIZED ({_newest(condition, "attachments")})
            SELECT DISTINCT lower(a ->> 'content_type') AS type,
                coalesce(lower(substring(a ->> 'name' FROM '[.]([A-Za-z0-9]{{1,16}})$')), '') AS extension
            FROM newest, LATERAL jsonb_array_elements(newest.attachments) AS a ORDER BY 1, 2 LIMIT %(limit)s""",
            {**_values(places, condition), "most": SUMMED_UP, "limit": limit},
        )
        return list(cursor.fetchall())


def _newest(condition: Condition, column: str) -> str:
    return f"""SELECT found.{column} FROM {_PLACES} CROSS JOIN LATERAL (
        SELECT c.{column} FROM comments c WHERE c.bucket_id = s.bucket_id AND {condition.sql}
        ORDER BY c.timestamp DESC LIMIT %(most)s) AS found"""


def _values(places: Sequence[Row], condition: Condition) -> dict[str, Any]:
    return {
        **condition.values,
        "sources": [row["id"] for row in places],
        "buckets": [row["bucket_id"] for row in places],
    }


def word_condition(cursor: Cursor, text: str, base: Condition) -> Condition | None:
    """base, and that a comment holds these words; None where the text holds none to look for."""
    cursor.execute("SELECT websearch_to_tsquery('pg_catalog.simple', %s)::text AS words", (text,))
    words = cursor.fetchone()["words"]
    if not words:
        return None
    met = """EXISTS (SELECT 1 FROM comment_texts t WHERE t.bucket_id = c.bucket_id AND t.id = c.id
        AND t.search @@ %(words)s::tsquery)"""
    return Condition(f"{base.sql} AND {met}", {**base.values, "words": words})
