"""The forms' questions to the database, at a thousand mailboxes and a hundred thousand comments: bounded, by index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.store import bucket_editing, integrations, mailbox_editing, schema
from exchange_sync.store.database import Database

from tests.support.explained import Explained
from tests.support.many_comments import fill

pytestmark = pytest.mark.long
ROWS, BOXES = 100_000, 1_000


@pytest.fixture(scope="module")
def filled(template_database: Callable[..., str], postgres_url: str) -> Iterator[Database]:
    def prepare(url: str) -> None:
        schema.upgrade(url)
        db = Database(url)
        boxes = tuple(MailboxConfig(f"box{number:04}@acme.example", "acme", "mail") for number in range(BOXES))
        whole = IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes)
        integrations.apply(db, Configuration((BucketConfig("acme", "mail"),), (whole,)), now_utc())
        fill(db, integrations.bucket(db, "acme", "mail")["id"], ROWS)
        db.close()

    db = Database(f"{postgres_url.rpartition('/')[0]}/{template_database('edit_plans', prepare)}")
    yield db
    db.close()


def test_what_a_shorter_retention_would_erase_is_counted_up_to_a_bound(filled: Database) -> None:
    bucket = integrations.bucket(filled, "acme", "mail")["id"]
    explained = Explained(filled, "comments")
    count = bucket_editing.older(explained, bucket, datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[arg-type]
    assert count == bucket_editing.COUNTED + 1
    explained.require_indexes()
    assert explained.touched() <= bucket_editing.COUNTED + 1


def test_no_form_asks_for_comments(filled: Database) -> None:
    integration = integrations.integration(filled, "acme", "exchange")["id"]
    explained = Explained(filled, "comments")
    assert len(mailbox_editing.page(explained, integration, "box09", "box0949@acme.example")) == 50  # type: ignore[arg-type]
    assert mailbox_editing.count(explained, integration) == BOXES  # type: ignore[arg-type]
    assert mailbox_editing.buckets_of(explained, integration)[0]["mailboxes"] == BOXES  # type: ignore[arg-type]
    assert explained.plans == []  # it explains whatever reads comments
