"""A store in memory with one mailbox, and a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from exchange_simulator.store import Folder, Item, Mailbox, MailboxStore
from exchange_simulator.store.changes import Page

from tests.support.mail import mail

ANNA = "anna@firm.example"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """Tells NOON until moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Office:
    """Shortcuts around a store."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.store = MailboxStore(clock=clock)
        self.store.add_mailbox(ANNA, "Anna Berg")

    @property
    def anna(self) -> Mailbox:
        return self.store.mailboxes.get(ANNA)

    def folder(self, *path: str) -> Folder:
        return self.store.folders.get(self.anna, path)

    def deliver(self, number: int, folder: str | tuple[str, ...] = "inbox", *, minutes: int | None = None) -> Item:
        received = NOON + timedelta(minutes=number if minutes is None else minutes)
        return self.store.items.need(self.store.deliver(ANNA, folder, mail(number), received=received))

    def page(self, state: str | None = None, limit: int = 512, folder: str = "inbox") -> Page:
        return self.store.changes.items(self.anna, self.folder(folder), state, limit)

    def told(self, page: Page) -> list[tuple[str, str]]:
        return [(change.kind, change.key) for change in page.changes]


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office(Clock())
    yield office
    office.store.close()
