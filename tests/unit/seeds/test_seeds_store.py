"""Filling a real store, and the mail that keeps arriving in it."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from exchange_simulator.seeds import firm, trickle
from exchange_simulator.seeds.people import MAILBOXES
from exchange_simulator.store import MailboxStore

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def store():
    store = MailboxStore()
    yield store
    store.close()


class Ticking:
    """A clock that goes on by a minute a look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def add_mailboxes(store: MailboxStore) -> None:
    for person in MAILBOXES.values():
        store.add_mailbox(person.address, person.name)


def items_of(store: MailboxStore) -> list:
    folders = [folder for box in store.mailboxes.list() for folder in store.folders.all(box)]
    return [item for folder in folders for item in store.items.of_folder(folder)]


def test_the_store_holds_what_the_report_counts(store):
    report = firm.fill(store, NOW)
    items = items_of(store)
    assert len(items) == report.items == sum(report.folders.values())
    assert sorted(box.address for box in store.mailboxes.list()) == sorted(p.address for p in MAILBOXES.values())
    for (address, path), count in report.folders.items():
        folder = store.folders.get(store.mailboxes.get(address), path)
        assert len(store.items.of_folder(folder)) == count


def test_the_accounts_mailbox_speaks_german_and_fills_its_own_sent_items(store):
    firm.fill(store, NOW)
    folder = store.folders.get(store.mailboxes.get("billing@larkfieldmoss.example"), "sentitems")
    assert folder.name == "Gesendete Elemente"
    assert len(store.items.of_folder(folder)) > 50


def test_the_trickle_delivers_new_conversations_and_answers_until_it_is_stopped(store):
    add_mailboxes(store)
    before = len(items_of(store))
    stop = threading.Event()
    clock = Ticking()
    delivered = []
    thread = threading.Thread(target=lambda: delivered.append(trickle.run(store, 0.005, stop, clock)))
    thread.start()
    for _ in range(1000):
        if len(items_of(store)) >= before + 5 or not thread.is_alive():
            break
        stop.wait(0.01)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert delivered[0] >= 1
    assert len(items_of(store)) >= before + delivered[0]


def test_the_trickle_starts_threads_answers_them_copies_and_files(store):
    add_mailboxes(store)
    before = len(items_of(store))
    stream = trickle.Trickle(store, Ticking(), Random(7))
    mails = [stream.step() for _ in range(120)]
    kinds = Counter(mail.kind for mail in mails)
    assert kinds["new"] > 20
    assert kinds["reply"] > 20
    assert any(len(mail.placements) > 1 for mail in mails)
    assert stream.moved > 0
    assert len(items_of(store)) == before + sum(len(mail.placements) for mail in mails)
    assert len({mail.message_id for mail in mails}) == 120


def test_a_restarted_trickle_repeats_no_message_id(store):
    add_mailboxes(store)
    clock = Ticking()
    first = trickle.Trickle(store, clock, Random(1)).step().message_id
    second = trickle.Trickle(store, clock, Random(1)).step().message_id
    assert first != second
