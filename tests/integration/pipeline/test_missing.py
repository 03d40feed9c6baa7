"""Listed, and then not found: asked for again, and the folder's next listing decides (decision 78)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from exchange_sync.errors import ItemGone
from exchange_sync.model.config import Filters, IntegrationConfig, MailboxConfig
from exchange_sync.model.email import ItemMime, ItemProblem, ItemProperties, LargeItem, SourceAttachment
from exchange_sync.pipeline.backfill import backfill
from exchange_sync.pipeline.explain import explain
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.verify import verify
from exchange_sync.store import attention

from tests.integration.pipeline.conftest import BOTH, SUPPORT, World
from tests.support.mail import NOON, mail
from tests.support.memory_exchange import MemoryExchange, MemorySource

NOT_FOUND = "ErrorItemNotFound"


class Forgetful(MemorySource):
    """Says of an item that it is not there, so many times for each way of asking."""

    def __init__(self, exchange: MemoryExchange, item: str, times: dict[str, int]) -> None:
        super().__init__(exchange)
        self.item, self.times = item, times
        self.asked: Counter[str] = Counter()

    def _lost(self, way: str, item_id: str) -> bool:
        if item_id != self.item:
            return False
        self.asked[way] += 1
        self.times[way] = self.times.get(way, 0) - 1
        return self.times[way] >= 0

    def properties(self, mailbox: str, item_ids: Sequence[str]) -> list[ItemProperties | ItemProblem]:
        return [
            ItemProblem(answer.item_id, True, NOT_FOUND) if self._lost("properties", answer.item_id) else answer
            for answer in super().properties(mailbox, item_ids)
        ]

    def mimes(
        self, mailbox: str, item_ids: Sequence[str], sizes: Mapping[str, int] | None = None
    ) -> Iterator[ItemMime | ItemProblem]:
        for answer in super().mimes(mailbox, item_ids):
            lost = self._lost("mimes", answer.item_id)
            yield ItemProblem(answer.item_id, True, NOT_FOUND) if lost else answer

    def large(self, mailbox: str, item_id: str) -> LargeItem | ItemProblem:
        if self._lost("large", item_id):
            return ItemProblem(item_id, True, NOT_FOUND)
        files = (SourceAttachment(f"{item_id}/file", "a.bin", "application/octet-stream", 3),)
        return LargeItem(item_id, self.exchange.boxes[mailbox].items[item_id].mime, files)

    def attachment(self, mailbox: str, key: str) -> Iterator[bytes]:
        if self._lost("attachment", key.partition("/")[0]):
            raise ItemGone("not there", code=NOT_FOUND)
        yield b"abc"


def forget(world: World, item: str, **times: int) -> Forgetful:
    """From now on the server forgets this item so many times."""
    source = Forgetful(world.exchange, item, dict(times))
    world.context.source_factory = lambda name: source
    return source


def deliver(world: World, count: int = 3, **more: object) -> list[str]:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    return [world.exchange.deliver(SUPPORT, inbox, mail(number), **more) for number in range(1, count + 1)]


def all_right(world: World) -> bool:
    return all(check.right for check in verify(world.context) if check.mailbox == SUPPORT)


def one_batch(world: World, name: str) -> None:
    """One run of the DAG that brings nothing to load."""
    assert extract(world.context, SUPPORT, name).ref is None


@pytest.mark.parametrize(
    ("way", "times", "size"),
    [("properties", 1, 900), ("properties", 2, 900), ("mimes", 1, 900), ("mimes", 2, 900), ("large", 1, 50_000_000),
     ("large", 2, 50_000_000)],
)  # fmt: skip
def test_a_passing_not_found_loses_nothing(world: World, way: str, times: int, size: int) -> None:
    item = deliver(world, size=size)[1]
    forget(world, item, **{way: times})
    world.sync()
    assert sorted(world.folders()) == [f"<mail-{number}@client.example>" for number in (1, 2, 3)]
    assert all_right(world)
    assert world.rows("SELECT count(*) AS n FROM quarantine") == [{"n": 0}]


def test_it_stays_pending_until_a_later_run_asks_again_and_explain_tells(world: World) -> None:
    item = deliver(world, 1)[0]
    forget(world, item, mimes=10**6)
    one_batch(world, "first")
    told = explain(world.db, "<mail-1@client.example>")[0]
    assert "waiting to be fetched; Exchange listed it and then did not find it, once, last" in told
    assert "it is asked for again" in told
    assert all_right(world)  # it is pending, and the server counts it too
    one_batch(world, "second")
    assert "more than once" in explain(world.db, "<mail-1@client.example>")[0]
    assert "listed afresh, which decides" in explain(world.db, "<mail-1@client.example>")[0]


def test_one_that_is_listed_and_never_there_ends_in_the_quarantine_and_is_told(world: World) -> None:
    item = deliver(world)[1]
    source = forget(world, item, mimes=10**6)
    world.sync()
    assert len(world.folders()) == 2
    [bad] = attention.quarantined(world.db, world.context.row["id"])
    assert bad["code"] == "ErrorItemNotFound: listed, but not there when asked for"
    assert "in quarantine" in explain(world.db, "<mail-2@client.example>")[0]
    assert all_right(world)
    assert source.asked["mimes"] == 3


def test_a_ghost_costs_its_folder_one_listing_and_not_one_in_every_run(world: World) -> None:
    item = deliver(world)[1]
    forget(world, item, properties=10**6)
    world.sync()
    listings = world.exchange.count("changes")
    for _ in range(3):
        attention.retry(world.db, world.context.row["id"])
        world.sync()
    assert world.exchange.count("changes") == listings
    assert attention.quarantined(world.db, world.context.row["id"])[0]["attempts"] == 4
    other = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(9))
    forget(world, other, properties=10**6)  # another of the same folder, soon after: no listing for it
    world.sync()
    assert world.exchange.count("changes") == listings + 1  # of the new email itself
    assert len(attention.quarantined(world.db, world.context.row["id"])) == 2


def test_what_the_fresh_listing_does_not_name_is_gone(world: World) -> None:
    """The server never tells that it was deleted."""
    items = deliver(world)
    box = world.exchange.boxes[SUPPORT]
    one_batch_listed = forget(world, items[1], properties=0)
    lost = box.items[items[1]]

    def vanish(operation: str, ids: Sequence[str]) -> None:
        if operation == "properties":
            box.items.pop(items[1], None)

    world.exchange.fault = vanish
    world.sync()
    assert one_batch_listed.asked["properties"] >= 2
    assert lost.mime
    assert all_right(world)
    assert world.rows("SELECT count(*) AS n FROM origins WHERE state = 'pending' AND gone_at IS NULL") == [{"n": 0}]
    assert len(world.folders()) == 2


def test_what_the_next_listing_tells_as_deleted_is_gone_without_another_question(world: World) -> None:
    items = deliver(world)
    source = forget(world, items[1], properties=1)
    extract(world.context, SUPPORT, "first")
    world.exchange.delete(SUPPORT, items[1])
    world.sync()
    assert source.asked["properties"] == 1
    assert all_right(world)


def test_one_whose_folder_is_left_out_meanwhile_is_waited_for_by_nobody(world: World) -> None:
    item = deliver(world, 1)[0]
    forget(world, item, properties=10**6)
    one_batch(world, "first")
    first = MailboxConfig(SUPPORT, "acme", "mail", filters=Filters(folder_deny=(("Inbox",),)))
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(first, BOTH.mailboxes[1])))
    world.sync()
    assert world.rows("SELECT count(*) AS n FROM origins WHERE state = 'pending' AND gone_at IS NULL") == [{"n": 0}]


def test_a_backfill_asks_again_too(world: World) -> None:
    item = deliver(world)[1]
    world.sync()
    with world.db.transaction() as cursor:
        cursor.execute("DELETE FROM origins WHERE item_id = %s", (item,))
        cursor.execute("DELETE FROM comments WHERE message_id = '<mail-2@client.example>'")
    forget(world, item, mimes=1)
    day: datetime = NOON.replace(hour=0)
    for _ in range(2):
        list(backfill(world.context, day, day + timedelta(days=1)))
    assert len(world.folders()) == 3


def test_the_quarantines_retry_survives_it(world: World) -> None:
    item = deliver(world)[1]

    class Bad(MemorySource):
        def mimes(self, mailbox, item_ids, sizes=None):
            for answer in super().mimes(mailbox, item_ids):
                yield ItemProblem(item, False, "ErrorItemCorrupt") if answer.item_id == item else answer

    world.context.source_factory = lambda name: Bad(world.exchange)
    world.sync()
    attention.retry(world.db, world.context.row["id"])
    forget(world, item, mimes=1)
    world.sync()
    assert len(world.folders()) == 3
    assert world.rows("SELECT count(*) AS n FROM quarantine") == [{"n": 0}]


@pytest.mark.parametrize(("times", "kept"), [(1, True), (10**6, False)])
def test_an_attachment_that_is_not_there_once_is_asked_for_again_with_its_email(
    world: World, times: int, kept: bool
) -> None:
    box = MailboxConfig(SUPPORT, "acme", "mail", attachments="all")
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(box,)))
    item = deliver(world, 1, size=50_000_000)[0]
    forget(world, item, attachment=times)
    world.sync()
    shown: list[dict[str, str]] = world.fingerprint()[0]["attachments"]  # type: ignore[assignment]
    assert ["attachment_reference" in one for one in shown] == [kept]


def test_wanted_attachments_are_asked_for_again(world: World) -> None:
    item = deliver(world, 1, size=50_000_000)[0]
    forget(world, item)
    world.sync()
    box = MailboxConfig(SUPPORT, "acme", "mail", attachments="all")
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(box,)))
    assert attention.want_attachments(world.db, int(str(world.context.mailbox(SUPPORT)["id"])), NOON) == 1
    forget(world, item, large=1)
    world.sync()
    shown: list[dict[str, str]] = world.fingerprint()[0]["attachments"]  # type: ignore[assignment]
    assert "attachment_reference" in shown[0]
