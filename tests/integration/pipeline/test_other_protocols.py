"""What the pipeline and the store hold of a source that is unlike EWS (decision 82)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from exchange_sync.model.config import Filters
from exchange_sync.model.email import (
    ChangePage,
    Folder,
    ItemMime,
    ItemProblem,
    ItemProperties,
    LargeItem,
    ListedItem,
    NoMime,
)
from exchange_sync.pipeline.verify import verify
from exchange_sync.source.api import Capabilities

from tests.integration.pipeline.conftest import BOTH, SUPPORT, World
from tests.support.mail import mail
from tests.support.memory_exchange import MemoryExchange, MemorySource


class Keeping(MemorySource):
    """Items keep their ids on a move; the folder they left tells where they lie, the one they came to tells nothing."""

    capabilities = Capabilities("other", frozenset({"primary"}), keeps_ids=True)

    def changes(self, mailbox: str, folder_key: str, state: str | None, limit: int = 512) -> ChangePage:
        page = super().changes(mailbox, folder_key, state, limit)
        items = self.exchange.boxes[mailbox].items
        elsewhere = {one: items[one].folder for one in page.gone if one in items}
        gone = tuple(one for one in page.gone if one not in elsewhere)
        return replace(page, gone=gone, elsewhere=elsewhere)


def move(exchange: MemoryExchange, item_id: str, folder: str) -> None:
    """Within the mailbox, under the id that it has; the folder that it comes to says nothing."""
    box = exchange.boxes[SUPPORT]
    left, box.items[item_id].folder = box.items[item_id].folder, folder
    box.change(left, "gone", item_id, exchange.second)


@pytest.fixture
def keeping(world: World) -> World:
    world.context.source_factory = lambda name: Keeping(world.exchange)
    return world


def gone(world: World) -> list[object]:
    return [row["item_id"] for row in world.rows("SELECT item_id FROM origins WHERE gone_at IS NOT NULL ORDER BY id")]


def test_an_item_that_left_is_filed_where_it_lies_without_a_download(keeping: World) -> None:
    inbox = keeping.exchange.folder(SUPPORT, "Inbox")
    there = keeping.exchange.add_folder(SUPPORT, ("Inbox", "There"))
    item = keeping.exchange.deliver(SUPPORT, inbox, mail(1))
    keeping.sync()
    keeping.exchange.calls.clear()
    move(keeping.exchange, item, there)
    keeping.sync()
    assert keeping.folders() == {"<mail-1@client.example>": "Inbox/There"}
    assert (gone(keeping), keeping.deleted()) == ([], [])
    assert keeping.exchange.count("mimes") == 0
    assert all(check.right for check in verify(keeping.context) if check.mailbox == SUPPORT)


def test_an_item_that_was_never_listed_is_fetched_where_it_lies_now(keeping: World) -> None:
    inbox = keeping.exchange.folder(SUPPORT, "Inbox")
    there = keeping.exchange.add_folder(SUPPORT, ("Inbox", "There"))
    keeping.sync()
    item = keeping.exchange.deliver(SUPPORT, inbox, mail(1))
    box = keeping.exchange.boxes[SUPPORT]
    box.first_seen[inbox, item] = -1  # the page tells of it, though it came and went since the last one
    move(keeping.exchange, item, there)
    keeping.sync()
    assert keeping.folders() == {"<mail-1@client.example>": "Inbox/There"}


def test_an_item_that_went_to_a_folder_left_out_is_gone(keeping: World) -> None:
    inbox, trash = (keeping.exchange.folder(SUPPORT, "Inbox"), keeping.exchange.add_folder(SUPPORT, ("Bin",)))
    first = replace(BOTH.mailboxes[0], filters=Filters(folder_deny=(("Bin",),)))
    keeping.configure(replace(BOTH, mailboxes=(first, BOTH.mailboxes[1])))
    item = keeping.exchange.deliver(SUPPORT, inbox, mail(1))
    keeping.sync()
    move(keeping.exchange, item, trash)
    keeping.sync()
    assert gone(keeping) == [item]


def test_a_folder_that_a_source_cannot_see_is_not_gone(world: World) -> None:
    """An archive, read by one protocol, and then by another that has no archives."""
    filters = Filters(archive=True)
    world.configure(replace(BOTH, mailboxes=(replace(BOTH.mailboxes[0], filters=filters), BOTH.mailboxes[1])))
    key = world.exchange.add_folder(SUPPORT, ("Online Archive", "2019"))
    box = world.exchange.boxes[SUPPORT]
    box.folders[key] = replace(box.folders[key], root="archive")
    world.exchange.deliver(SUPPORT, key, mail(1))
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(2))
    world.sync()
    before = world.fingerprint()

    class Blind(MemorySource):
        capabilities = Capabilities("ews", frozenset({"primary", "recoverable"}))

        def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
            return [one for one in super().folders(mailbox) if one.root != "archive"]

    world.context.source_factory = lambda name: Blind(world.exchange)
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(3))
    world.sync()
    assert (gone(world), world.deleted()) == ([], [])
    assert [row for row in world.fingerprint() if row["message_id"] != "<mail-3@client.example>"] == before


def test_ids_and_states_of_another_protocol_are_never_sent(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()
    old = world.exchange.deliver(SUPPORT, inbox, mail(2))
    world.context.settings = replace(world.settings, fetch_seconds=0)
    sent: list[str | None] = []

    class Other(MemorySource):
        """As if another protocol: the same folders and items under names of its own."""

        capabilities = Capabilities("other")

        def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
            return [replace(one, key=f"o-{one.key}") for one in super().folders(mailbox)]

        def changes(self, mailbox: str, folder_key: str, state: str | None, limit: int = 512) -> ChangePage:
            sent.append(state)
            page = super().changes(mailbox, folder_key.removeprefix("o-"), state, limit)
            return replace(page, present=tuple(replace(one, item_id=f"o-{one.item_id}") for one in page.present))

        def properties(self, mailbox: str, item_ids: Sequence[str]) -> list[ItemProperties | ItemProblem]:
            assert all(one.startswith("o-") for one in item_ids)
            found = super().properties(mailbox, [one.removeprefix("o-") for one in item_ids])
            return [replace(one, item_id=f"o-{one.item_id}") for one in found]

        def mimes(
            self, mailbox: str, item_ids: Sequence[str], sizes: Mapping[str, int] | None = None
        ) -> Iterator[ItemMime | NoMime | ItemProblem]:
            for one in super().mimes(mailbox, [one.removeprefix("o-") for one in item_ids]):
                yield replace(one, item_id=f"o-{one.item_id}")

    with world.db.transaction() as cursor:  # listed by the first protocol and not fetched by it
        cursor.execute(
            """INSERT INTO origins (mailbox_id, folder_id, item_id, state, listed_at)
            SELECT mailbox_id, id, %s, 'pending', now() FROM folders WHERE key = %s""",
            (old, inbox),
        )
    world.context.source_factory = lambda name: Other(world.exchange)
    world.context.settings = world.settings
    world.sync()
    assert set(sent) == {None}
    assert gone(world) == []
    assert set(world.folders()) == {"<mail-1@client.example>", "<mail-2@client.example>"}


def test_what_a_listing_does_not_tell_overwrites_nothing(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    item = world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()
    [before] = world.rows("SELECT size, received FROM origins")
    assert before["size"] > 100  # type: ignore[operator]

    class Terse(MemorySource):
        def changes(self, mailbox: str, folder_key: str, state: str | None, limit: int = 512) -> ChangePage:
            page = super().changes(mailbox, folder_key, state, limit)
            return replace(page, present=tuple(ListedItem(one.item_id, None, None) for one in page.present))

    world.context.source_factory = lambda name: Terse(world.exchange)
    world.exchange.edit(SUPPORT, item, subject="Changed")
    world.exchange.deliver(SUPPORT, inbox, mail(2))
    world.sync()
    assert world.rows("SELECT size, received FROM origins WHERE item_id = %s", item) == [before]
    assert len(world.folders()) == 2


def test_an_item_without_a_class_is_mail(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1), item_class="")
    world.sync()
    assert list(world.folders()) == ["<mail-1@client.example>"]


def test_an_email_without_mime_is_read_in_parts_and_is_no_bad_one(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    odd = [world.exchange.deliver(SUPPORT, inbox, mail(number)) for number in range(12)]
    world.exchange.deliver(SUPPORT, inbox, mail(99))
    read: list[str] = []

    class NoMimeOfThese(MemorySource):
        def mimes(
            self, mailbox: str, item_ids: Sequence[str], sizes: Mapping[str, int] | None = None
        ) -> Iterator[ItemMime | NoMime | ItemProblem]:
            for answer in super().mimes(mailbox, item_ids, sizes):
                yield NoMime(answer.item_id) if answer.item_id in odd else answer

        def large(self, mailbox: str, item_id: str) -> LargeItem | ItemProblem:
            read.append(item_id)
            return super().large(mailbox, item_id)

    world.context.source_factory = lambda name: NoMimeOfThese(world.exchange)
    counts = world.sync()
    assert sorted(read) == sorted(odd)
    assert len(world.folders()) == 13
    assert counts.get("quarantined", 0) == 0


def test_verify_goes_by_what_a_listing_names_and_not_by_what_the_tree_counts(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()

    class WithContacts(MemorySource):
        """Its tree counts a contact, which its listings never name."""

        def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
            return [replace(one, total=one.total + 1) if one.key == inbox else one for one in super().folders(mailbox)]

        def counts(self, mailbox: str, folders: Sequence[Folder]) -> dict[str, int]:
            return {one.key: one.total - 1 if one.key == inbox else one.total for one in folders}

    world.context.source_factory = lambda name: WithContacts(world.exchange)
    found = {check.folder: check for check in verify(world.context) if check.mailbox == SUPPORT}
    assert (found["Inbox"].server, found["Inbox"].right) == (1, True)
