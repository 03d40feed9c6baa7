"""Housekeeping forgets the places that emails left long ago, and only those that nothing needs any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from exchange_sync.pipeline.housekeeping import tidy
from exchange_sync.store import trimming

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trimming, "AT_ONCE", 2)


def places(world: World) -> tuple[int, int]:
    """How many places are known, and how many of them are left."""
    [row] = world.rows("SELECT count(*) AS n, count(gone_at) AS gone FROM origins")
    return row["n"], row["gone"]  # type: ignore[return-value]


def later(world: World, days: float) -> int:
    """What housekeeping forgets so many days from now."""
    return tidy(world.settings, lambda: world.context.clock() + days * DAY).places


def moved_about(world: World, emails: int, moves: int) -> list[str]:
    """Emails that move between two folders, each move seen; their item ids at the end."""
    folders = [world.exchange.folder(SUPPORT, name) for name in ("Sent Items", "Inbox")]
    items = [world.exchange.deliver(SUPPORT, folders[1], mail(number)) for number in range(emails)]
    world.sync()
    for move in range(moves):
        items = [world.exchange.move(SUPPORT, item, folders[move % 2]) for item in items]
        world.sync()
    return items


def test_ninety_days_after_an_email_has_moved_its_old_places_are_forgotten(world: World) -> None:
    moved_about(world, emails=3, moves=4)
    before = world.fingerprint()
    assert places(world) == (15, 12)
    assert later(world, 89) == 0
    assert later(world, 91) == 12
    assert places(world) == (3, 0)
    assert later(world, 91) == 0
    assert world.fingerprint() == before
    assert not any(world.sync().values()), "nothing is read again"


def test_how_long_is_a_setting(world: World) -> None:
    moved_about(world, emails=2, moves=1)
    world.settings = world.make_context(keep_gone_seconds=86_400.0).settings
    assert later(world, 0.9) == 0
    assert later(world, 1.1) == 2


def test_the_place_that_a_comment_still_shows_stays_with_the_recorded_deletion(world: World) -> None:
    items = moved_about(world, emails=3, moves=2)
    for item in items[:2]:
        world.exchange.delete(SUPPORT, item)
    world.sync()
    assert len(world.deleted()) == 2
    assert places(world) == (9, 8)
    assert later(world, 91) == 6
    assert places(world) == (3, 2)
    assert len(world.folders()) == 3, "and the comments keep their folder"


def test_while_no_full_pass_has_reckoned_with_a_going_its_place_stays(world: World) -> None:
    moved_about(world, emails=3, moves=1)
    world.rows("UPDATE origins SET deletion_seen = false WHERE gone_at IS NOT NULL RETURNING 1")
    assert later(world, 91) == 0
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(9))
    world.sync()
    assert later(world, 91) == 3


def test_an_email_that_comes_back_to_a_forgotten_place_is_known_by_its_message_id(world: World) -> None:
    moved_about(world, emails=2, moves=1)
    later(world, 91)
    world.exchange.calls.clear()
    moved = [str(row["item_id"]) for row in world.rows("SELECT item_id FROM origins")]
    for item in moved:
        world.exchange.move(SUPPORT, item, world.exchange.folder(SUPPORT, "Inbox"))
    world.sync()
    assert set(world.folders().values()) == {"Inbox"}
    assert world.exchange.count("mimes") == 0
    assert places(world) == (4, 2)


def test_a_quarantined_item_that_went_takes_its_quarantine_along(world: World) -> None:
    [item, _] = moved_about(world, emails=2, moves=0)
    world.rows("UPDATE origins SET state = 'quarantined', comment_id = NULL WHERE item_id = %s RETURNING 1", item)
    world.rows("DELETE FROM comments WHERE origin_id = (SELECT id FROM origins WHERE item_id = %s) RETURNING 1", item)
    world.rows(
        """INSERT INTO quarantine (origin_id, stage, code, first_at, last_at)
        SELECT id, 'clean', 'test', now(), now() FROM origins WHERE item_id = %s RETURNING 1""",
        item,
    )
    world.exchange.delete(SUPPORT, item)
    world.sync()
    assert later(world, 91) == 1
    assert world.rows("SELECT 1 FROM quarantine") == []
    assert places(world) == (1, 0)
