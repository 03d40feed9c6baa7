"""A comment whose shown copy is deleted shows the copy that lives, at once (decision 4)."""

from __future__ import annotations

import pytest

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import mail

ID = "<mail-1@client.example>"


def shown(world: World) -> tuple[str, str]:
    """The Mailbox and Folder of the one comment."""
    [row] = world.rows(
        """SELECT user_properties ->> 'string:Mailbox' AS box, user_properties ->> 'string:Folder' AS folder
        FROM comments"""
    )
    return str(row["box"]), str(row["folder"])


def both(world: World) -> None:
    for address in (SUPPORT, CLAIMS):
        world.sync(address)


def test_a_copy_in_the_same_mailbox(world: World) -> None:
    inbox, sent = (world.exchange.folder(SUPPORT, name) for name in ("Inbox", "Sent Items"))
    first = world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()
    second = world.exchange.copy(SUPPORT, first, sent)
    world.sync()
    assert shown(world) == (SUPPORT, "Sent Items")
    before = world.fingerprint()[0]["updated_at"]
    world.exchange.delete(SUPPORT, second)
    world.sync()
    assert shown(world) == (SUPPORT, "Inbox")
    assert world.fingerprint()[0]["updated_at"] > before  # type: ignore[operator]
    assert world.deleted() == []
    again = world.fingerprint()
    world.sync()
    assert world.fingerprint() == again


def test_a_copy_in_another_mailbox_through_renames_of_its_folder(world: World) -> None:
    old = world.exchange.add_folder(CLAIMS, ("Inbox", "Old"))
    world.exchange.deliver(CLAIMS, old, mail(1))
    world.sync(CLAIMS)
    copy = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    assert shown(world) == (SUPPORT, "Inbox")
    world.exchange.rename_folder(CLAIMS, old, ("Inbox", "New"))
    world.sync(CLAIMS)
    world.exchange.delete(SUPPORT, copy)
    world.sync()
    assert shown(world) == (CLAIMS, "Inbox/New")
    world.exchange.rename_folder(CLAIMS, old, ("Inbox", "Newest"))
    world.sync(CLAIMS)
    assert shown(world) == (CLAIMS, "Inbox/Newest")


def test_of_several_living_copies_the_one_synced_last(world: World) -> None:
    places = [world.exchange.add_folder(SUPPORT, ("Inbox", name)) for name in ("A", "B", "C")]
    first = world.exchange.deliver(SUPPORT, places[0], mail(1))
    world.sync()
    copies = [first]
    for place in places[1:]:
        copies.append(world.exchange.copy(SUPPORT, first, place))
        world.sync()
    assert shown(world) == (SUPPORT, "Inbox/C")
    world.exchange.delete(SUPPORT, copies[2])
    world.sync()
    assert shown(world) == (SUPPORT, "Inbox/B")
    world.exchange.delete(SUPPORT, copies[1])
    world.exchange.delete(SUPPORT, copies[0])
    world.sync()
    assert shown(world) == (SUPPORT, "Inbox/B")  # none lives: the last that was shown stays
    assert world.deleted() == [ID]


def test_a_deleted_copy_that_was_not_shown_changes_nothing(world: World) -> None:
    first = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    world.exchange.copy(SUPPORT, first, world.exchange.folder(SUPPORT, "Sent Items"))
    world.sync()
    before = world.fingerprint()
    world.exchange.delete(SUPPORT, first)
    world.sync()
    assert world.fingerprint() == before


@pytest.mark.parametrize("where", ["folder", "move"])
def test_with_its_folder_deleted_or_while_it_moves(world: World, where: str) -> None:
    place = world.exchange.add_folder(SUPPORT, ("Inbox", "A"))
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(1))
    world.sync(CLAIMS)
    item = world.exchange.deliver(SUPPORT, place, mail(1))
    world.sync()
    if where == "folder":
        world.exchange.delete_folder(SUPPORT, place)
    else:
        world.exchange.move(SUPPORT, item, world.exchange.folder(SUPPORT, "Sent Items"))
    both(world)
    assert shown(world) == ((CLAIMS, "Inbox") if where == "folder" else (SUPPORT, "Sent Items"))
