"""Telling people: the outbox's due messages go out, each by its channel; what fails stays and is tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from exchange_sync.notify.api import Message, NotSent
from exchange_sync.notify.messages import message
from exchange_sync.pipeline.context import Clock
from exchange_sync.store import outbox
from exchange_sync.store.database import Database, Row

log = logging.getLogger("exchange_sync.telling")

Sender = Callable[[str, Message], None]


@dataclass(frozen=True)
class Channels:
    """email: to an address. apprise: by the id of an Airflow connection. Both raise NotSent.

    base_url: Airflow's address as people reach it.
    """

    email: Sender
    apprise: Sender
    base_url: str


def send_due(db: Database, channels: Channels, clock: Clock) -> tuple[int, int]:
    """Send what is due: (sent, failed). A message is sent at least once: twice only when its sender is killed
    between sending and writing that down."""
    senders = {"email": channels.email, "apprise": channels.apprise}
    sent = failed = 0
    for row in outbox.due(db, clock()):
        try:
            senders[row["channel"]](row["recipient"], message(row, channels.base_url))
        except NotSent as why:
            outbox.failed(db, row, str(why), clock())
            log.warning("%s: a message by %s was not sent: %s", _subject(row), row["channel"], why)
            failed += 1
        else:
            outbox.sent(db, row, clock())
            sent += 1
    return sent, failed


def _subject(row: Row) -> str:
    """A test of a person's own channels belongs to no integration."""
    return f"{row['owner']}/{row['name']}" if row["name"] else "a test"
