"""Many emails that cannot be read do not keep the others back; a server that fails everything does (decision 80)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pytest
from exchange_sync.errors import InternalFault, MailboxFault
from exchange_sync.model.email import ItemProblem
from exchange_sync.notify.messages import message
from exchange_sync.pipeline import clean
from exchange_sync.store import attention, incidents, outbox, subscribers

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail
from tests.support.memory_exchange import MemorySource

CORRUPT = "ErrorMimeContentConversionFailed"


def spoil(world: World, items: Collection[str] | Callable[[str], bool]) -> None:
    """From now on the server cannot give these."""
    bad = items if callable(items) else set(items).__contains__

    class Spoilt(MemorySource):
        def mimes(self, mailbox, item_ids, sizes=None):
            for answer in super().mimes(mailbox, item_ids):
                yield ItemProblem(answer.item_id, False, CORRUPT) if bad(answer.item_id) else answer

    world.context.source_factory = lambda name: Spoilt(world.exchange)


def deliver(world: World, numbers: Sequence[int]) -> list[str]:
    folder = world.exchange.folder(SUPPORT, "Inbox")
    return [world.exchange.deliver(SUPPORT, folder, mail(number)) for number in numbers]


def watch(world: World) -> None:
    """A service that is told."""
    assert subscribers.add_channel(world.db, world.context.row["id"], "chat")


def count(world: World, state: str) -> int:
    return int(str(world.rows("SELECT count(*) AS n FROM origins WHERE state = %s", state)[0]["n"]))


@pytest.mark.parametrize(
    "bad",
    [
        [number for number in range(60) if number % 3 == 0],  # a third, anywhere
        list(range(30, 60)),  # the newest half
        list(range(30)),  # the oldest half
        [number for number in range(60) if number != 31],  # all but one
    ],
)
def test_the_good_ones_are_loaded_in_the_same_run(world: World, bad: list[int]) -> None:
    items = deliver(world, range(60))
    spoil(world, [items[number] for number in bad])
    counts = world.sync()
    assert (counts["created"], counts["quarantined"]) == (60 - len(bad), len(bad))
    assert world.context.mailbox(SUPPORT)["consecutive_failures"] == 0


def test_a_whole_chunk_of_bad_ones_does_not_hide_the_good_ones_behind_it(world: World) -> None:
    items = deliver(world, range(150))
    spoil(world, items[30:])
    counts = world.sync()
    assert (counts["created"], counts["quarantined"]) == (30, 120)


def test_new_mail_that_is_all_bad_stops_nothing_where_what_was_loaded_can_still_be_read(world: World) -> None:
    deliver(world, [0])
    world.sync()
    items = deliver(world, range(1, 21))
    spoil(world, items)
    assert world.sync()["quarantined"] == 20


def test_a_retry_of_bad_ones_says_nothing_new(world: World) -> None:
    items = deliver(world, range(30))
    spoil(world, items[:15])
    world.sync()
    attention.retry(world.db, world.context.row["id"])
    assert world.sync()["quarantined"] == 15
    assert world.context.mailbox(SUPPORT)["enabled"]


@pytest.mark.parametrize("loaded", [0, 5])
def test_a_server_that_fails_everything_is_no_bad_mail(world: World, loaded: int) -> None:
    deliver(world, range(loaded))
    world.sync()
    deliver(world, range(loaded, 30))
    spoil(world, lambda item: True)
    with pytest.raises(MailboxFault, match=f"{30 - loaded} of {30 - loaded} emails could not be read"):
        world.sync()
    assert world.context.mailbox(SUPPORT)["consecutive_failures"] == 1


def test_a_server_that_begins_to_fail_in_the_middle_of_a_run_is_noticed(world: World) -> None:
    items = deliver(world, range(150))
    read: list[str] = []

    def failing(item: str) -> bool:
        read.append(item)
        return len(read) > 50

    spoil(world, failing)
    with pytest.raises(MailboxFault, match="emails could not be read"):
        world.sync()
    assert items


def test_the_mailbox_is_told_as_having_many_bad_ones_until_few_are_left(world: World) -> None:
    watch(world)
    items = deliver(world, range(60))
    spoil(world, items[:20])
    world.sync()
    world.sync()
    box = world.context.mailbox(SUPPORT)
    assert box["enabled"]
    assert box["last_error"]["message"].startswith(f"{SUPPORT}: 20 of 60 emails could not be read")
    assert "retry-quarantine" in box["last_error"]["remedy"]
    [incident] = incidents.incidents(world.db, world.context.row["id"])
    assert (incident["kind"], incident["level"], incident["action"]) == ("many_bad_emails", "mailbox", "none")
    [told] = [message(row, "https://airflow.example") for row in outbox.due(world.db, world.context.clock())]
    assert told.title.endswith("has many bad emails")
    assert "all others are synced" in told.text

    spoil(world, items[:5])
    attention.retry(world.db, world.context.row["id"])
    world.sync()
    assert world.context.mailbox(SUPPORT)["last_error"] is None
    [incident] = incidents.incidents(world.db, world.context.row["id"])
    assert incident["closed_at"] is not None
    [told] = [message(row, "https://airflow.example") for row in outbox.due(world.db, world.context.clock())]
    assert told.title.endswith("has few bad emails left")


def test_a_mailbox_that_is_disabled_then_has_the_incident_that_says_so(world: World) -> None:
    watch(world)
    items = deliver(world, range(40))
    spoil(world, items[:20])
    world.sync()
    failure = incidents.Failure("mailbox_not_found", "gone", "It is gone.", "Look.")
    box, now = world.context.mailbox(SUPPORT), world.context.clock()
    assert incidents.mailbox_failed(world.db, box["id"], failure, run="later", limit=1, now=now)
    kinds = [one["kind"] for one in incidents.incidents(world.db, world.context.row["id"]) if not one["closed_at"]]
    assert kinds == ["mailbox_not_found"]


def test_few_bad_ones_are_not_told(world: World) -> None:
    items = deliver(world, range(60))
    spoil(world, items[:9])
    world.sync()
    assert world.context.mailbox(SUPPORT)["last_error"] is None
    assert incidents.incidents(world.db, world.context.row["id"]) == []


def _uncleanable(monkeypatch: pytest.MonkeyPatch, bad: Callable[[int], bool]) -> None:
    from exchange_sync.clean.safety import CleanFailure

    really = clean.clean_many

    def clean_many(mimes):
        for name, result in really(mimes):
            yield name, CleanFailure("crashed") if bad(int(name)) else result

    monkeypatch.setattr(clean, "clean_many", clean_many)


def test_those_that_cannot_be_cleaned_do_not_keep_the_others_back_in_whatever_part_they_lie(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(world, range(40))
    world.context = world.make_context(part_rows=12)
    ids: list[int] = []
    _uncleanable(monkeypatch, lambda origin: ids.append(origin) or len(ids) <= 30)
    counts = world.sync()
    assert (counts["created"], counts["quarantined"]) == (10, 30)


def test_where_nothing_at_all_can_be_cleaned_it_is_not_the_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(world, range(30))
    _uncleanable(monkeypatch, lambda origin: True)
    with pytest.raises(InternalFault, match="30 of 30 emails: crashed"):
        world.sync()
    assert count(world, "pending") == 30
    assert world.context.mailbox(SUPPORT)["enabled"]


def test_nothing_but_bad_mail_is_bad_mail_where_a_plain_one_can_be_cleaned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a stranger sends thirty hostile mails to a quiet mailbox."""
    deliver(world, range(30))
    _uncleanable(monkeypatch, lambda origin: origin > 0)
    assert world.sync()["quarantined"] == 30
    deliver(world, [30])
    monkeypatch.undo()
    assert world.sync()["created"] == 1


def test_few_bad_ones_and_nothing_else_are_bad_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(world, range(9))
    _uncleanable(monkeypatch, lambda origin: True)
    assert world.sync()["quarantined"] == 9
