"""Searching comments (decision 57): newest first, by key, and never more work than a page may cost.

Rare words are found by the index of words, whose finds are sorted by time. Frequent ones, and conditions without an
index (a folder, a user property), are met by walking along time, so many rows a request: then the page says how far
it has looked, and the next request goes on from there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from exchange_sync.store import search_sql
from exchange_sync.store.database import Cursor, Database, Row, execute_within
from exchange_sync.store.search_query import SearchQuery

FIRST_ROWS = 250  # comments that are tried first
WALK_ROWS = 4_000  # comments that a request looks into
RAW_ROWS = 20_000  # places that it passes by, where others' buckets lie between
WORDS_MILLISECONDS = 50  # for the index of words where a word's beginning is asked for: it may begin anything
WHOLE_WORDS_MILLISECONDS = 2_000  # where the statistics call whole words rare, so that only a cold disk is slow
_FEWEST_RARE = 2_000


@dataclass(frozen=True)
class Place:
    """Where a comment stands in the order of a search."""

    timestamp: datetime
    id: str
    bucket_id: str


@dataclass(frozen=True)
class Search:
    """What is looked for. buckets: ids of those that the asker may read. since: inclusive, until: exclusive.

    domain: the sender's, in lower case. folder: a path; those below it belong to it. properties: (name, value), the
    name as ``string:Language`` or ``Language``; compared without regard to case.
    """

    buckets: tuple[str, ...]
    query: SearchQuery = SearchQuery()
    domain: str = ""
    folder: str = ""
    since: datetime | None = None
    until: datetime | None = None
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def walks(self) -> bool:
        """Whether it asks for something that no index knows."""
        return bool(self.folder or self.properties)


@dataclass(frozen=True)
class Hits:
    """One page. places: newest first. more: there is at least one further on.

    stopped: the place up to which was looked, where the request's share of work ended before the page was full.
    count: how many comments there are in all, None where that is dear to know; exact: or only about so many.
    """

    places: tuple[Place, ...]
    more: bool = False
    stopped: Place | None = None
    count: int | None = None
    exact: bool = True


def page(db: Database, search: Search, at: Place | None, limit: int, *, older: bool = True) -> Hits:
    """The page of a search behind a place (None: from the newest on), or (older false) the one before it."""
    if not search.buckets:
        return Hits((), count=0)
    with db.transaction() as cursor:
        words = _words(cursor, search.query.text, prefix=search.query.prefix)
        lead = _lead(cursor, search.query, words)
        if words is not None and lead is not None:
            hits = _by_words(cursor, search, words, lead, at, limit, older)
            if hits is not None:
                return hits
        walked = _by_walk(cursor, search, words, at, limit, older)
        return walked if at is not None else _counted(cursor, search, words, walked)


def shown(db: Database, places: Sequence[Place]) -> list[Row]:
    """What a list shows of comments, in the order of their places; one erased meanwhile is left out."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT c.id, c.bucket_id, c.timestamp, c.user_properties ->> 'string:Sender Name' AS sender_name,
                c.sender, c.user_properties ->> 'string:Folder' AS folder, c.deleted_at,
                c.user_properties ->> 'string:Mailbox' AS mailbox, jsonb_array_length(c.attachments) AS attachments,
                left(c.messages -> 0 ->> 'from', 512) AS written_sender,
                left(c.messages -> 0 -> 'subject' ->> 'text', 1000) AS subject,
                left(c.messages -> 0 -> 'body' ->> 'text', 20000) AS body
            FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (bucket_id, id, place)
            JOIN comments c ON c.bucket_id = wanted.bucket_id AND c.id = wanted.id ORDER BY wanted.place""",
            ([place.bucket_id for place in places], [place.id for place in places]),
        )
        return list(cursor.fetchall())


@dataclass(frozen=True)
class _Words:
    """tsquery: as text. rows: the planner's guess of how many comments hold them. total: of how many."""

    tsquery: str
    rows: float
    total: float

    @property
    def rare(self) -> bool:
        """Whether sorting what the index finds costs less than walking until a page of them has come by."""
        return self.rows <= max(_FEWEST_RARE, 10 * math.sqrt(self.total))


def _lead(cursor: Cursor, query: SearchQuery, words: _Words | None) -> _Words | None:
    """What the index of words is asked for: the words before the last, where these are rare, since the beginning of a
    word may begin many; else all, where they are rare; None: nothing, the search walks."""
    if words is None or not query.marks:
        return None
    head = _words(cursor, query.head, prefix=False)
    if head is not None and head.rare:
        return head
    return words if words.rare else None


def _words(cursor: Cursor, text: str, *, prefix: bool) -> _Words | None:
    if not text:
        return None
    cursor.execute("SELECT websearch_to_tsquery('pg_catalog.simple', %s)::text AS words", (text,))
    tsquery = cursor.fetchone()["words"]
    if not tsquery:
        return None
    tsquery += ":*" if prefix else ""
    cursor.execute("EXPLAIN (FORMAT JSON) SELECT FROM comment_texts WHERE search @@ %s::tsquery", (tsquery,))
    rows = _plan(cursor.fetchone())["Plan Rows"]
    cursor.execute("SELECT greatest(reltuples, 0) AS n FROM pg_class WHERE oid = 'comment_texts'::regclass")
    return _Words(tsquery, rows, cursor.fetchone()["n"])


def _plan(row: Row) -> dict[str, Any]:
    plan = row["QUERY PLAN"]
    found: dict[str, Any] = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found


def _by_words(
    cursor: Cursor, search: Search, words: _Words, lead: _Words, at: Place | None, limit: int, older: bool
) -> Hits | None:
    """The page by the index of words, asked for lead; None where that would take longer than it may."""
    values = _values(search, words, at, limit) | {"lead": lead.tsquery}
    joins = search_sql.filters(search, values, words=lead is not words)
    behind = search_sql.behind(at, older=older)
    sql = search_sql.statement(search_sql.by_words(search), behind, joins, older=older)
    values["budget"] = WALK_ROWS if joins else limit + 1
    allowed = WORDS_MILLISECONDS if lead is words and search.query.prefix else WHOLE_WORDS_MILLISECONDS
    rows = execute_within(cursor, allowed, sql, values)
    if rows is None:
        return None
    found = _hits(rows, limit, values["budget"], older, raw=None)
    total = next((row["n"] for row in rows if row["kind"] == "raw"), 0)
    return found if joins else replace(found, count=total)


def _by_walk(cursor: Cursor, search: Search, words: _Words | None, at: Place | None, limit: int, older: bool) -> Hits:
    """The page along time: most are full after a few rows; where one is not, within the request's whole share."""
    hits = _walk(cursor, search, words, at, limit, older, (FIRST_ROWS, FIRST_ROWS))
    if hits.more or hits.stopped is None:
        return hits
    return _walk(cursor, search, words, at, limit, older, (RAW_ROWS, WALK_ROWS))


def _walk(
    cursor: Cursor, search: Search, words: _Words | None, at: Place | None, limit: int, older: bool,
    share: tuple[int, int],
) -> Hits:  # fmt: skip
    """share: how many places are passed by, and how many comments looked into."""
    values = _values(search, words, at, limit)
    joins = search_sql.filters(search, values, words=words is not None)
    behind = search_sql.behind(at, older=older)
    few = len(search.buckets) <= search_sql.MERGED_BUCKETS and not search.domain
    values["budget"] = share[1] if joins else limit + 1
    values["raw"] = values["budget"] if few else share[0]
    raw = (
        search_sql.by_bucket(search, at, values, older=older)
        if few
        else search_sql.by_time(search, behind, older=older)
    )
    cursor.execute(search_sql.statement(raw, "" if few else behind, joins, older=older), values)
    return _hits(list(cursor.fetchall()), limit, values["budget"], older, raw=values["raw"])


def _values(search: Search, words: _Words | None, at: Place | None, limit: int) -> search_sql.Values:
    return {
        "buckets": list(search.buckets), "words": words and words.tsquery, "domain": search.domain,
        "since": search.since, "until": search.until, "limit": limit + 1, "at_timestamp": at and at.timestamp,
        "at_id": at and at.id, "at_bucket": at and at.bucket_id,
    }  # fmt: skip


def _hits(rows: Sequence[Row], limit: int, budget: int, older: bool, raw: int | None) -> Hits:
    """The statement's rows as a page. raw: how many it may have looked at; None: it has looked at all."""
    ends = {row["kind"]: row for row in rows if row["kind"] != "hit"}
    places = sorted((_place(row) for row in rows if row["kind"] == "hit"), key=_order, reverse=older)
    more, stopped = len(places) > limit, None
    if not more and "keys" in ends and ends["keys"]["n"] == budget:
        stopped = _place(ends["keys"])
    elif not more and raw is not None and "raw" in ends and ends["raw"]["n"] == raw:
        stopped = _place(ends["raw"])
    places = places[:limit]
    return Hits(tuple(places if older else reversed(places)), more, stopped)


def _place(row: Row) -> Place:
    return Place(row["timestamp"], row["id"], row["bucket_id"])


def _order(place: Place) -> tuple[datetime, str, str]:
    return place.timestamp, place.id, place.bucket_id


def _counted(cursor: Cursor, search: Search, words: _Words | None, hits: Hits) -> Hits:
    """How many in all, where that costs nothing: the buckets' own counts, and the statistics of words."""
    if not hits.more and hits.stopped is None:
        return replace(hits, count=len(hits.places))
    if search.walks or search.domain or search.since or search.until:
        return hits
    cursor.execute(
        "SELECT sum(emails) FILTER (WHERE id = ANY(%s)) AS mine, sum(emails) AS n FROM buckets", (list(search.buckets),)
    )
    row = cursor.fetchone()
    mine, everything = int(row["mine"] or 0), int(row["n"] or 0)
    if words is None:
        return replace(hits, count=mine)
    return replace(hits, count=round(words.rows * mine / max(1, everything)), exact=False)
