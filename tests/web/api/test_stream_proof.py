"""A consumer killed at random while loaders write: every comment at least once, in order, none passed over."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from exchange_sync.model.config import BucketConfig
from exchange_sync.store import comments, integrations, stream_reading, streams
from exchange_sync.store.database import Database, Row
from exchange_sync.store.new_comments import NewComment

from tests.web.api.conftest import Api

START = datetime(2026, 3, 2, tzinfo=UTC)
BUCKETS = ("mail", "claims")


def loader(url: str, buckets: list[str], seed: int, parts: int, size: int) -> None:
    """Loads parts into both buckets, its clock read before it waits for the lock, as real loaders do."""
    chance = random.Random(seed)
    db = Database(url)
    for part in range(parts):
        rows = [
            NewComment(
                origin_id=0, message_id=f"<{seed}-{part}-{n}@x>", sender="a@x", sent_at=START, following={},
                mime_sha256=None, size=10,
                content={
                    "timestamp": START + timedelta(seconds=chance.randrange(10_000)), "thread_id": "t",
                    "thread_candidates": [], "user_properties": {"string:Part": str(part)}, "attachments": [],
                    "messages": [{"body": {"text": "x"}, "to": [], "cc": [], "bcc": []}], "quoted": "",
                    "clean_version": 1, "problems": [],
                },
            )
            for n in range(chance.randrange(1, size))
        ]  # fmt: skip
        now = datetime.now(UTC)
        time.sleep(chance.random() * 0.01)
        comments.load_upload(db, chance.choice(buckets), rows, now)
    db.close()


def consume(url: str, stream: Row, seed: int, seen: list[tuple[str, int]], done: Callable[[], bool]) -> int:
    """Handles and advances; is killed between any two steps, and comes back knowing nothing. Returns its deaths."""
    chance = random.Random(seed)
    deaths = 0
    while True:
        finished = done()
        db = Database(url)
        try:
            while True:
                batch = stream_reading.read(db, stream, chance.randrange(1, 40), chance.randrange(1, 40))
                if not batch.deliveries and not batch.filtered:
                    break
                for found in batch.deliveries:
                    seen.append((found.comment["bucket_id"], found.comment["sequence"]))
                    if chance.random() < 0.03:
                        raise _Killed
                    if chance.random() < 0.3:
                        _advance(db, stream, found.at)
                if chance.random() < 0.1:
                    raise _Killed
                _advance(db, stream, batch.at)
        except _Killed:
            deaths += 1
            continue
        finally:
            db.close()
        if finished:
            return deaths


class _Killed(Exception):
    """Where a real consumer would be gone."""


def _advance(db: Database, stream: Row, at: dict[str, int]) -> None:
    with db.transaction() as cursor:
        streams.advance(cursor, stream, at)


def prove(api: Api, *, parts: int, size: int, seed: int) -> int:
    world = api.world
    world.configure(bucket=BucketConfig("acme", "claims"))
    buckets = [str(integrations.bucket(world.db, "acme", name)["id"]) for name in BUCKETS]
    with world.db.transaction() as cursor:
        cursor.execute("SELECT id FROM datasets WHERE name = 'mail'")
        dataset = cursor.fetchone()["id"]
        cursor.execute(
            "INSERT INTO dataset_sources (dataset_id, source_id) SELECT %s, id FROM sources WHERE name = 'claims'",
            (dataset,),
        )
        odd = {"user_properties": {"string:Part": {"not_one_of": ["1", "3"]}}}
        stream = streams.create(cursor, dataset, streams.NewStream("bot", comment_filter=odd), datetime.now(UTC))
    url = world.settings.database_url
    loaders = [threading.Thread(target=loader, args=(url, buckets, seed + n, parts, size)) for n in range(4)]
    for one in loaders:
        one.start()
    seen: list[tuple[str, int]] = []
    deaths = consume(url, stream, seed, seen, lambda: not any(one.is_alive() for one in loaders))
    for one in loaders:
        one.join()
    rows = world.rows("SELECT bucket_id, sequence, user_properties ->> 'string:Part' AS part FROM comments")
    wanted = {(row["bucket_id"], row["sequence"]) for row in rows if row["part"] not in ("1", "3")}
    assert set(seen) == wanted
    for bucket in buckets:
        first_seen = list(dict.fromkeys(number for of, number in seen if of == bucket))
        assert first_seen == sorted(first_seen)
    return deaths


def test_a_consumer_killed_at_random_misses_nothing(api: Api) -> None:
    assert prove(api, parts=12, size=12, seed=7) > 0


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.soak if seed else pytest.mark.long) for seed in range(5)]
)
def test_a_consumer_killed_at_random_misses_nothing_at_length(api: Api, seed: int) -> None:
    assert prove(api, parts=100, size=40, seed=100 * seed) > 10
