"""Searching 100,000 comments: no scan of a whole table, and no more rows touched than a request's share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.model.config import BucketConfig, Configuration
from exchange_sync.store import comment_reading, history, integrations, schema, search_query, searching
from exchange_sync.store.database import Database
from exchange_sync.store.searching import RAW_ROWS, WALK_ROWS, Place, Search

from tests.support.explained import Explained
from tests.support.many_comments import fill

pytestmark = pytest.mark.long
ROWS, PAGE = 100_000, 25
MIDDLE = datetime(2020, 3, 1, tzinfo=UTC)
TABLES = ("comments", "comment_texts", "origins")


@pytest.fixture
def filled(new_database: Callable[..., str], template_database: Callable[..., str]) -> Iterator[Database]:
    """A bucket of 100,000 comments beside one of 10,000, their statistics fresh."""

    def prepare(url: str) -> None:
        schema.upgrade(url)
        db = Database(url)
        integrations.apply(db, Configuration((BucketConfig("acme", "mail"), BucketConfig("acme", "other"))), now_utc())
        for name, count in (("mail", ROWS), ("other", ROWS // 10)):
            fill(db, integrations.bucket(db, "acme", name)["id"], count)
        db.close()

    db = Database(new_database(template_database("many_comments", prepare)))
    yield db
    db.close()


def both(db: Database) -> tuple[str, ...]:
    return tuple(sorted(str(integrations.bucket(db, "acme", name)["id"]) for name in ("mail", "other")))


def searched(db: Database, at: Place | None = None, *, older: bool = True, **asked: Any) -> tuple[Any, Explained]:
    """The hits of a search, and how they were come by."""
    explained = Explained(db, *TABLES)
    query = search_query.read(asked.pop("q", ""))
    wanted = Search(**{"buckets": both(db), "query": query, **asked})
    hits = searching.page(cast(Database, explained), wanted, at, PAGE, older=older)
    explained.require_indexes()
    return hits, explained


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ({}, 20 * PAGE),
        ({"q": "sentence"}, 20 * PAGE),  # in every comment
        ({"q": "77777"}, 20 * PAGE),  # in one
        ({"q": "ann7@client.example"}, 5_000),  # in 220, which are sorted
        ({"q": "77777 sentence"}, 20 * PAGE),  # the one, whatever begins like the other
        ({"q": '"what is to be done"'}, 20 * PAGE),
        ({"domain": "client.example"}, 20 * PAGE),
        ({"domain": "client.example", "q": "sentence"}, 20 * PAGE),
        ({"folder": "Inbox/Team 3"}, 4 * WALK_ROWS),
        ({"properties": (("Recipient Count", "3"),)}, 4 * WALK_ROWS),
        ({"since": MIDDLE, "until": datetime(2020, 3, 2, tzinfo=UTC)}, 20 * PAGE),
    ],
    ids=str,
)
def test_a_full_page_touches_few_rows_in_either_direction(filled: Database, asked: dict[str, Any], most: int) -> None:
    hits, explained = searched(filled, **asked)
    assert hits.places
    assert explained.touched() <= most
    if not hits.more:
        return
    behind, explained = searched(filled, hits.places[-1], **asked)
    assert not set(behind.places) & set(hits.places)
    assert explained.touched() <= most
    back, explained = searched(filled, behind.places[0], older=False, **asked)
    assert back.places == hits.places
    assert explained.touched() <= most


@pytest.mark.parametrize(
    "asked",
    [
        {"folder": "Nowhere"},
        {"properties": (("Language", "xx"),)},
        {"q": "-sentence"},
        {"q": "sentence", "folder": "No"},
    ],
    ids=str,
)
def test_a_search_that_meets_nothing_ends_within_its_share_and_says_where(
    filled: Database, asked: dict[str, Any]
) -> None:
    hits, explained = searched(filled, **asked)
    assert hits.places == ()
    assert hits.stopped is not None
    assert explained.touched() <= 4 * WALK_ROWS

    further, explained = searched(filled, hits.stopped, **asked)
    assert further.stopped.timestamp < hits.stopped.timestamp
    assert explained.touched() <= 4 * WALK_ROWS


def test_walking_on_and_on_finds_what_is_far_back_and_comes_to_an_end(filled: Database) -> None:
    with filled.transaction() as cursor:
        cursor.execute(
            """UPDATE comments SET user_properties = user_properties || '{"string:Language": "eo"}'
            WHERE sequence = 50000 RETURNING timestamp"""
        )
    at, found, requests = None, [], 0
    while True:
        hits, _ = searched(filled, at, properties=(("Language", "EO"),))
        found += hits.places
        requests += 1
        if hits.stopped is None:
            break
        at = hits.stopped
    assert len(found) == 1
    assert requests == -(-(ROWS + ROWS // 10) // WALK_ROWS)


def test_among_many_buckets_places_of_others_are_passed_by_within_the_share(filled: Database) -> None:
    many = tuple(f"{number:016x}" for number in range(1_000))
    hits, explained = searched(filled, buckets=(*many, *both(filled)), q="sentence")
    assert len(hits.places) == PAGE
    assert explained.touched() <= RAW_ROWS + WALK_ROWS

    none, explained = searched(filled, buckets=many, q="sentence")
    assert none.places == ()
    assert none.stopped is not None
    assert explained.touched() <= RAW_ROWS + WALK_ROWS


def test_reading_a_comment_and_asking_why_enter_by_index(filled: Database) -> None:
    bucket = str(integrations.bucket(filled, "acme", "mail")["id"])
    explained = Explained(filled, *TABLES)
    db = cast(Database, explained)
    row = comment_reading.full(db, bucket, b"<mail-777@client.example>".hex())
    assert row is not None
    comment_reading.places(db, bucket, row["id"])
    thread = comment_reading.thread(db, bucket, row["thread_id"], row["timestamp"], row["id"])
    found = history.of_email(db, "<mail-777@client.example>")

    assert len(thread.rows) == 4
    assert len(found["comments"]) == 2
    assert explained.touched() <= 20 * PAGE
    assert "Seq Scan" not in {node["Node Type"] for node in explained.nodes if node.get("Relation Name") == "comments"}
