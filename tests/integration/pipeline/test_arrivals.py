"""Arrivals: new comments by mailbox and hour, their delay, and how many comments a mailbox brought."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from exchange_sync.pipeline.housekeeping import tidy
from exchange_sync.store import arrivals, erasure

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import mail

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def deliver(world: World, address: str, *numbers: int, **more: object) -> list[str]:
    inbox = world.exchange.folder(address, "Inbox")
    return [world.exchange.deliver(address, inbox, mail(number), **more) for number in numbers]


def hours(world: World, address: str | None = None) -> list[dict[str, object]]:
    box = world.context.mailbox(address)["id"] if address else None
    return arrivals.by_hour(world.db, world.context.row["id"], LONG_AGO, box)


def held(world: World) -> dict[str, int]:
    rows = world.rows("SELECT m.address, t.comments FROM mailbox_comments t JOIN mailboxes m ON m.id = t.mailbox_id")
    return {str(row["address"]): int(str(row["comments"])) for row in rows}


def test_the_past_that_a_first_sync_brings_is_counted_but_is_not_fresh(world: World) -> None:
    deliver(world, SUPPORT, 1, 2, 3)
    world.sync()

    [hour] = hours(world)
    assert (hour["emails"], hour["fresh"], hour["slowest_seconds"]) == (3, 0, 0)
    assert held(world) == {SUPPORT: 3}


def test_what_arrives_later_is_fresh_and_its_delay_is_from_arrival_to_comment(world: World) -> None:
    world.sync()
    world.rows("UPDATE mailboxes SET synced_until = '2026-03-01T08:00:00Z' RETURNING 1")
    world.context.clock = lambda: datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    deliver(world, SUPPORT, 1, received=datetime(2026, 3, 1, 9, 29, tzinfo=UTC))
    deliver(world, SUPPORT, 2, received=datetime(2026, 3, 1, 9, 28, 30, tzinfo=UTC))
    deliver(world, SUPPORT, 3, received=datetime(2026, 3, 1, 7, 0, tzinfo=UTC))  # from before: moved in from elsewhere
    world.sync()

    [hour] = hours(world, SUPPORT)
    assert hour["hour"] == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (hour["emails"], hour["fresh"]) == (3, 2)
    assert (hour["fresh_seconds"], hour["slowest_seconds"]) == (150, 90)


def test_a_copy_or_a_second_sync_counts_nothing(world: World) -> None:
    [first] = deliver(world, SUPPORT, 1)
    world.sync()
    world.exchange.copy(SUPPORT, first, world.exchange.folder(SUPPORT, "Sent Items"))
    deliver(world, CLAIMS, 1)
    world.sync()
    world.sync(CLAIMS)

    assert [hour["emails"] for hour in hours(world)] == [1]
    assert held(world) == {SUPPORT: 1}


def test_an_erased_comment_is_no_longer_held_but_had_arrived(world: World) -> None:
    deliver(world, SUPPORT, 1, 2)
    world.sync()
    [row] = world.rows("SELECT bucket_id, min(id) AS id FROM comments GROUP BY bucket_id")
    erasure.erase(
        world.db, world.context.blobs, {"id": row["bucket_id"]}, [str(row["id"])], "erased", datetime.now(UTC)
    )

    assert held(world) == {SUPPORT: 1}
    assert [hour["emails"] for hour in hours(world)] == [2]


def test_housekeeping_trims_the_hours_and_keeps_the_totals(world: World) -> None:
    deliver(world, SUPPORT, 1, 2)
    now = datetime.now(UTC)
    world.context.clock = lambda: now - timedelta(days=91)
    world.sync()
    world.context.clock = lambda: now
    deliver(world, SUPPORT, 3)
    world.sync()

    assert tidy(world.settings, lambda: now).arrivals == 1

    assert [hour["emails"] for hour in hours(world)] == [1]
    assert held(world) == {SUPPORT: 3}
