"""Backfill: any window re-read and repaired, beside the live sync and never against it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from exchange_sync.errors import BadInput, IntegrationFault
from exchange_sync.model.config import IntegrationConfig, MailboxConfig
from exchange_sync.pipeline import backfill as page
from exchange_sync.pipeline import backfill_gate
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.load import load

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import NOON, mail

FOUR = tuple(f"box{n}@acme.example" for n in range(4))

SINCE, UNTIL = NOON - timedelta(hours=1), NOON + timedelta(days=2)


def run(world: World) -> dict[str, int]:
    total: dict[str, int] = {}
    for _, _, counts in page.backfill(world.context, SINCE, UNTIL):
        total = {key: total.get(key, 0) + counts.get(key, 0) for key in {**total, **counts}}
    return total


def damage(world: World, number: int) -> None:
    """As a restored backup would: the comment and all that is known of the email are gone."""
    name = f"<mail-{number}@client.example>"
    world.rows("DELETE FROM origins WHERE comment_id = encode(%s::bytea, 'hex') RETURNING 1", name)
    world.rows("DELETE FROM comments WHERE message_id = %s RETURNING 1", name)


def test_a_missing_email_is_fetched_and_the_watermark_stays(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(4):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    world.sync()
    before, mark = world.fingerprint(), world.context.mailbox(SUPPORT)["watermark"]
    damage(world, 2)

    counts = run(world)

    assert counts["created"] == 1
    assert counts["downloaded"] == 1
    assert {row["id"] for row in world.fingerprint()} == {row["id"] for row in before}
    assert world.context.mailbox(SUPPORT)["watermark"] == mark
    again = run(world)
    assert again.get("created", 0) == again.get("downloaded", 0) == 0


def test_a_wrong_folder_is_mended(world: World) -> None:
    item = world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    world.sync()
    world.exchange.move(SUPPORT, item, world.exchange.folder(SUPPORT, "Sent Items"))

    run(world)

    assert list(world.folders().values()) == ["Sent Items"]
    assert len(world.rows("SELECT 1 FROM origins WHERE gone_at IS NULL")) == 1
    before = world.fingerprint()
    world.sync()
    assert world.fingerprint() == before


def test_a_live_move_is_never_overwritten_by_an_older_read(world: World) -> None:
    """The backfill reads the Inbox; before it writes, the email moves and the live sync sees it."""
    inbox, sent = world.exchange.folder(SUPPORT, "Inbox"), world.exchange.folder(SUPPORT, "Sent Items")
    item = world.exchange.deliver(SUPPORT, inbox, mail(1))
    world.sync()
    world.sync("claims@acme.example")
    moved: list[str] = []

    class Slow(type(world.context.source_factory("x"))):  # type: ignore[misc]
        def find(self, mailbox, folder_key, since, until):
            found = list(super().find(mailbox, folder_key, since, until))
            if mailbox == SUPPORT and folder_key == inbox and not moved:
                moved.append(world.exchange.move(SUPPORT, item, sent))
                world.sync()
            return iter(found)

    slow = world.make_context()
    slow.source_factory = lambda name: Slow(world.exchange)
    result = page.read_window(slow, SUPPORT, SINCE, UNTIL, "backfill-1")
    if result.ref:
        load(slow, SUPPORT, enrich(slow, clean(slow, result.ref)))

    assert list(world.folders().values()) == ["Sent Items"]
    assert world.rows("SELECT item_id FROM origins WHERE gone_at IS NULL") == [{"item_id": moved[0]}]


def test_items_that_a_backfill_found_survive_a_return_to_an_older_state(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(2):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    world.sync()
    old = world.context.mailbox(SUPPORT)["watermark"]
    damage(world, 0)
    run(world)
    world.exchange.deliver(SUPPORT, inbox, mail(2))
    world.sync()

    world.rows("UPDATE mailboxes SET watermark = %s WHERE address = %s RETURNING 1", old, SUPPORT)
    world.sync()

    assert len(world.rows("SELECT 1 FROM origins WHERE gone_at IS NULL")) == 3
    assert world.deleted() == []


def test_windows_are_half_open(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(3):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    world.sync()
    for number in range(3):
        damage(world, number)
    since, until = NOON, NOON + timedelta(minutes=2)

    for _ in page.backfill(world.context, since, until):
        pass

    assert sorted(world.folders()) == ["<mail-0@client.example>", "<mail-1@client.example>"]


def test_a_disabled_integration_fails_instead_of_counting_windows_as_done(world: World) -> None:
    world.rows("UPDATE integrations SET enabled = false, disabled_reason = 'sync_error' RETURNING 1")
    with pytest.raises(IntegrationFault, match="is disabled"):
        backfill_gate.due(world.context)


def test_an_empty_span_is_refused(world: World) -> None:
    with pytest.raises(BadInput, match="is not before"):
        list(page.backfill(world.context, UNTIL, SINCE))


def test_the_note_says_what_was_compared_found_and_mended(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    items = [world.exchange.deliver(SUPPORT, inbox, mail(number)) for number in range(4)]
    world.sync()
    damage(world, 2)
    world.exchange.move(SUPPORT, items[0], world.exchange.folder(SUPPORT, "Sent Items"))
    context = world.make_context()
    context.run = "backfill run"
    result = page.read_window(context, SUPPORT, SINCE, UNTIL, "backfill-1")
    assert page.verdict(context, []).note.endswith("gone, 2 still to be fetched by the live sync"), "not loaded yet"
    load(context, SUPPORT, enrich(context, clean(context, result.ref or "")))
    assert page.verdict(context, []).note == "4 compared, 1 missing fetched, 1 mended, 0 gone"


def test_a_mailbox_that_was_not_compared_to_the_end_makes_the_run_fail_by_name(world: World) -> None:
    result = page.verdict(world.context, [SUPPORT])
    assert result.failed
    assert result.note.endswith(f"not done: {SUPPORT}")


def test_mail_from_before_the_start_time_is_no_missing_mail(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(2):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    world.sync()
    damage(world, 0)
    later = NOON + timedelta(seconds=1)
    world.rows("UPDATE mailboxes SET start_time = %s WHERE address = %s RETURNING 1", later, SUPPORT)
    context = world.make_context()
    context.run = "backfill run"
    page.read_window(context, SUPPORT, SINCE, UNTIL, "backfill-1")
    assert page.verdict(context, []).note == "2 compared, 0 missing fetched, 0 mended, 0 gone"


@pytest.mark.long
def test_ninety_days_of_four_mailboxes_twice_mend_everything_and_double_nothing(world: World) -> None:
    boxes = tuple(MailboxConfig(address, "acme", "mail") for address in FOUR)
    for address in FOUR:
        world.exchange.add_mailbox(address)
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes))
    numbers = iter(range(10_000))
    for day in range(90):
        for address in FOUR:
            for hour in (1, 23):
                sent = NOON.replace(hour=0) + timedelta(days=day, hours=hour)
                mime = mail(next(numbers), sent=sent)
                world.exchange.deliver(address, world.exchange.folder(address, "Inbox"), mime, received=sent)
    for address in FOUR:
        world.sync(address)
    before = world.rows("SELECT id, messages, user_properties FROM comments ORDER BY id")
    assert len(before) == 720
    marks = world.rows("SELECT address, watermark FROM mailboxes ORDER BY address")
    lost = range(0, 720, 48)
    for number in lost:
        damage(world, number)
    since = NOON.replace(hour=0)
    span = since, since + timedelta(days=90)

    done = list(page.backfill(world.context, *span))

    assert len({(day, address) for day, address, _ in done}) == len(done) == 360
    assert sum(counts.get("created", 0) for *_, counts in done) == len(lost)
    assert world.rows("SELECT id, messages, user_properties FROM comments ORDER BY id") == before
    mended = world.fingerprint()
    again = list(page.backfill(world.context, *span))
    assert len(again) == 360
    assert not any(counts.get("created") or counts.get("downloaded") for *_, counts in again)
    assert world.fingerprint() == mended
    assert world.rows("SELECT address, watermark FROM mailboxes ORDER BY address") == marks
    assert len(world.rows("SELECT 1 FROM origins WHERE gone_at IS NULL")) == 720
