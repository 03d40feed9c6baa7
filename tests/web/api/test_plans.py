"""Query plans at 100,000 comments: an index is entered, and no page touches more than ten times its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.model.config import BucketConfig, Configuration
from exchange_sync.store import (
    dataset_reading,
    filters,
    integrations,
    reading,
    schema,
    stream_reading,
    streams,
    threads,
)
from exchange_sync.store.database import Database, Row
from exchange_sync.store.dataset_reading import Place
from exchange_sync.store.reading import Key, Window

from tests.support.explained import Explained
from tests.support.many_comments import fill

pytestmark = pytest.mark.long
ROWS = 100_000
PAGE = 64
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MIDDLE = datetime(2020, 3, 1, tzinfo=UTC)


@pytest.fixture
def filled(new_database: Callable[..., str], template_database: Callable[..., str]) -> Iterator[tuple[Database, str]]:
    """A bucket of 100,000 comments, its statistics fresh."""

    def prepare(url: str) -> None:
        schema.upgrade(url)
        db = Database(url)
        integrations.apply(db, Configuration((BucketConfig("acme", "mail"), BucketConfig("acme", "other"))), now_utc())
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
            explained = Explained(db, "comments")
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
        explained = Explained(db, "comments")
        ask(explained)
        explained.require_indexes()
        assert explained.touched() <= 10 * PAGE


def stream(db: Database, redeliver: str | None = None, comment_filter: dict[str, Any] | None = None) -> Row:
    with db.transaction() as cursor:
        cursor.execute("SELECT id FROM datasets WHERE name = 'mail'")
        dataset = cursor.fetchone()["id"]
        new = streams.NewStream("bot", comment_filter=comment_filter, redeliver=redeliver, from_beginning=True)
        return streams.create(cursor, dataset, new, NOW)


def test_a_page_of_a_dataset_touches_its_own_rows_wherever_it_stands(filled: tuple[Database, str]) -> None:
    db, _ = filled
    with db.transaction() as cursor:
        cursor.execute("SELECT id, bucket_id FROM sources ORDER BY id")
        places = list(cursor.fetchall())

    for after in (None, Place(MIDDLE, "", ""), Place(MIDDLE, "f", places[0]["id"])):
        for clock, newest_first in (("timestamp", False), ("timestamp", True), ("created_at", False)):
            explained = Explained(db, "comments")
            rows = dataset_reading.page(
                explained,
                places,
                clock,
                filters.Condition(),
                after,
                PAGE,
                newest_first=newest_first,  # type: ignore[arg-type]
            )
            assert len(rows) == PAGE or after is not None
            explained.require_indexes()
            assert explained.touched() <= 10 * PAGE


def test_a_fetch_of_a_stream_touches_its_own_rows_wherever_it_stands(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    row = stream(db)

    for place in (1, ROWS // 2, ROWS - 10):
        with db.transaction() as cursor:
            streams.advance(cursor, row, {bucket: place})
        explained = Explained(db, "comments")
        batch = stream_reading.read(explained, row, PAGE, PAGE)  # type: ignore[arg-type]
        assert len(batch.deliveries) == min(PAGE, ROWS - place)
        explained.require_indexes()
        assert explained.touched() <= 10 * PAGE


def test_a_fetch_that_filters_everything_is_bounded(filled: tuple[Database, str]) -> None:
    db, bucket = filled
    row = stream(db, comment_filter={"user_properties": {"string:Folder": {"one_of": ["Nowhere"]}}})
    with db.transaction() as cursor:
        streams.advance(cursor, row, {bucket: 1})

    explained = Explained(db, "comments")
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

    explained = Explained(db, "comments")
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
        explained = Explained(db, "comments")
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

    explained = Explained(db, "comments")
    count = reading.count(explained, bucket, wanted)  # type: ignore[arg-type]

    explained.require_indexes()
    assert explained.touched() <= count + 1
