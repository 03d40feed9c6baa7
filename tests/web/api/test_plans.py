"""Query plans at 100,000 comments: an index is entered, and no page touches more than ten times its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from exchange_sync.model.config import BucketConfig, Configuration
from exchange_sync.store import filters, integrations, reading, schema, stream_reading, streams, threads
from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.reading import Key, Window

from tests.support.many_comments import fill

pytestmark = pytest.mark.long
ROWS = 100_000
PAGE = 64
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MIDDLE = datetime(2020, 3, 1, tzinfo=UTC)


class Explained:
    """A database that explains each SELECT before it runs it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.plans: list[dict[str, Any]] = []

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        with self._db.transaction() as cursor:
            yield _Cursor(cursor, self.plans)

    def touched(self) -> int:
        """The rows that all scans read, those thrown away included."""
        return sum(_touched(plan) for plan in self.plans)

    def require_indexes(self) -> None:
        """No scan of the whole of comments."""
        found = [node for plan in self.plans for node in _nodes(plan)]
        whole = [node for node in found if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "comments"]
        assert whole == []
        assert any("Index" in node["Node Type"] for node in found)


class _Cursor:
    def __init__(self, cursor: Cursor, plans: list[dict[str, Any]]) -> None:
        self._cursor = cursor
        self._plans = plans

    def execute(self, sql: str, values: Any = None) -> None:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")) and "comments" in sql:
            self._cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
            [row] = self._cursor.fetchall()
            plan = row["QUERY PLAN"]
            self._plans.append((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        self._cursor.execute(sql, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _touched(plan: dict[str, Any]) -> int:
    total = 0
    for node in _nodes(plan):
        if "Relation Name" in node or "Index Name" in node:
            thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            total += (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return int(total)


@pytest.fixture
def filled(new_database: Callable[..., str], template_database: Callable[..., str]) -> Iterator[tuple[Database, str]]:
    """A bucket of 100,000 comments, its statistics fresh."""

    def prepare(url: str) -> None:
        schema.upgrade(url)
        db = Database(url)
        integrations.apply(db, Configuration((BucketConfig("acme", "mail"), BucketConfig("acme", "other"))))
        for name, count in (("mail", ROWS), ("other", ROWS // 10)):
            fill(db, integrations.bucket(db, "acme", name)["id"], count)
        db.close()

    db = Database(new_database(template_database("many_comments", prepare)))
    yield db, str(integrations.bucket(db, "acme", "mail")["id"])
    db.close()


def test_a_page_in_either_direction_touches_its_own_rows(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    key = Key(MIDDLE, "")
    windows = [
        (Window(), None), (Window(), key), (Window(since=MIDDLE), None), (Window(until=MIDDLE), None),
        (Window(MIDDLE, NOW), Key(datetime(2020, 3, 15, tzinfo=UTC), "")),
    ]  # fmt: skip

    for window, after in windows:
        for ascending in (True, False):
            explained = Explained(db)
            rows = reading.page(explained, bucket, window, after, PAGE, ascending=ascending)  # type: ignore[arg-type]
            assert len(rows) == PAGE
            explained.require_indexes()
            assert explained.touched() <= 10 * PAGE


def test_one_comment_and_raw_emails_and_threads_enter_by_index(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    rows = reading.page(db, bucket, Window(), None, PAGE)
    asked: list[Callable[[Any], Any]] = [
        lambda it: reading.one(it, bucket, rows[0]["id"]),
        lambda it: reading.emails(it, bucket, ROWS // 2, PAGE),
        lambda it: reading.emails_by_id(it, bucket, [row["id"] for row in rows]),
        lambda it: reading.threads(it, bucket, rows[9]["thread_id"], PAGE, 1_024),
        lambda it: threads.properties(it, bucket, rows),
    ]

    for ask in asked:
        explained = Explained(db)
        ask(explained)
        explained.require_indexes()
        assert explained.touched() <= 10 * PAGE


def stream(db: Database, redeliver: str | None = None, comment_filter: dict[str, Any] | None = None) -> Row:
    with db.transaction() as cursor:
        cursor.execute("SELECT id FROM datasets WHERE name = 'mail'")
        dataset = cursor.fetchone()["id"]
        new = streams.NewStream("bot", comment_filter=comment_filter, redeliver=redeliver, from_beginning=True)
        return streams.create(cursor, dataset, new, NOW)


def test_a_fetch_of_a_stream_touches_its_own_rows_wherever_it_stands(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    row = stream(db)

    for place in (1, ROWS // 2, ROWS - 10):
        with db.transaction() as cursor:
            streams.advance(cursor, row, {bucket: place})
        explained = Explained(db)
        batch = stream_reading.read(explained, row, PAGE, PAGE)  # type: ignore[arg-type]
        assert len(batch.deliveries) == min(PAGE, ROWS - place)
        explained.require_indexes()
        assert explained.touched() <= 10 * PAGE


def test_a_fetch_that_filters_everything_is_bounded(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    row = stream(db, comment_filter={"user_properties": {"string:Folder": {"one_of": ["Nowhere"]}}})
    with db.transaction() as cursor:
        streams.advance(cursor, row, {bucket: 1})

    explained = Explained(db)
    batch = stream_reading.read(explained, row, PAGE, PAGE)  # type: ignore[arg-type]

    assert (batch.deliveries, batch.filtered, batch.last) == ([], PAGE, False)
    explained.require_indexes()
    assert explained.touched() <= 10 * PAGE


def test_a_stream_that_redelivers_goes_by_an_index_too(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    row = stream(db, redeliver="properties")
    with db.transaction() as cursor:
        cursor.execute("SELECT min(changed) AS first FROM comments WHERE bucket_id = %s", (bucket,))
        streams.advance(cursor, row, {bucket: cursor.fetchone()["first"]})

    explained = Explained(db)
    batch = stream_reading.read(explained, row, PAGE, PAGE)  # type: ignore[arg-type]

    assert len(batch.deliveries) == PAGE
    explained.require_indexes()
    assert explained.touched() <= 10 * PAGE


def test_a_reset_finds_its_place_by_time(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    row = stream(db)

    for since in (MIDDLE, datetime(2020, 1, 2, tzinfo=UTC), datetime(2020, 4, 20, tzinfo=UTC), NOW):
        with db.transaction() as cursor:
            moved = streams.reset(cursor, row, since, NOW)
        explained = Explained(db)
        with explained.transaction() as cursor:
            at = streams.position(cursor, moved, [bucket])
        with db.transaction() as cursor:
            cursor.execute(
                "SELECT count(*) AS n FROM comments WHERE bucket_id = %s AND sequence <= %s AND created_at >= %s",
                (bucket, at[bucket], since),
            )
            assert cursor.fetchone()["n"] == 0
            cursor.execute(
                "SELECT count(*) AS n FROM comments WHERE bucket_id = %s AND sequence > %s AND created_at < %s",
                (bucket, at[bucket], since),
            )
            assert cursor.fetchone()["n"] == 0
        explained.require_indexes()
        assert explained.touched() <= 10 * PAGE


def test_counting_by_time_enters_by_index(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    wanted = filters.condition({"timestamp": {"minimum": "2020-03-01T00:00:00Z", "maximum": "2020-03-01T06:00:00Z"}})

    explained = Explained(db)
    count = reading.count(explained, bucket, wanted)  # type: ignore[arg-type]

    explained.require_indexes()
    assert explained.touched() <= count + 1
