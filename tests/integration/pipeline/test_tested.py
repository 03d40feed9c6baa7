"""Airflow's Test button tries mailboxes that integrations sync at the same server by the same account (decision 37)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.tested import TRIED, mailboxes_behind
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store import integrations, schema
from exchange_sync.store.database import Database

WANTED = ExchangeConnection("https://mail.acme.example/EWS/Exchange.asmx", "svc@acme.example", "as it is kept")
KNOWN = {
    "right": replace(WANTED, password="another", timeout=30, server_url="https://MAIL.acme.example/EWS/Exchange.asmx"),
    "elsewhere": replace(WANTED, server_url="https://mail.other.example/EWS/Exchange.asmx"),
    "somebody": replace(WANTED, username="other@acme.example"),
}


def resolve(name: str) -> ExchangeConnection:
    if name not in KNOWN:
        raise BadInput(f"Airflow has no connection {name!r}")
    return KNOWN[name]


@pytest.fixture
def db(new_database: Callable[..., str], template_database: Callable[..., str]) -> Iterator[Database]:
    made = Database(new_database(template_database("exchange_sync", lambda url: schema.upgrade(url) and None)))
    yield made
    made.close()


def configure(db: Database, connection: str, *addresses: str, off: bool = False) -> None:
    boxes = tuple(MailboxConfig(address, "acme", "mail", enabled=not off) for address in addresses)
    found = IntegrationConfig("acme", connection, connection, mailboxes=boxes)
    integrations.apply(db, Configuration((BucketConfig("acme", "mail"),), (found,)), now_utc())


def test_those_of_the_same_server_and_account_whatever_the_rest_of_the_fields(db: Database) -> None:
    configure(db, "right", "b@acme.example", "a@acme.example")
    for name in ("elsewhere", "somebody", "missing"):
        configure(db, name, f"{name}@acme.example")
    assert mailboxes_behind(db, WANTED, resolve) == ["a@acme.example", "b@acme.example"]


def test_none_that_a_person_switched_off_or_removed(db: Database) -> None:
    configure(db, "right", "gone@acme.example")
    configure(db, "right", "off@acme.example", off=True)
    assert mailboxes_behind(db, WANTED, resolve) == []


def test_no_more_than_a_person_waits_for(db: Database) -> None:
    configure(db, "right", *(f"box{number:03}@acme.example" for number in range(TRIED + 5)))
    assert len(mailboxes_behind(db, WANTED, resolve)) == TRIED
