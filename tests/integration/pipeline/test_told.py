"""What the server told of a quarantined email is kept for people, goes with it, and stays out of the logs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from exchange_sync.errors import ItemFault
from exchange_sync.model.config import BucketConfig
from exchange_sync.pipeline.erase import past_retention
from exchange_sync.store import attention, folder_counts

from tests.integration.pipeline.conftest import BOTH, SUPPORT, World
from tests.support.mail import mail


def bad(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One mail that cannot be loaded, one that can."""
    from exchange_sync.store import comments

    real = comments.load_part

    def refuse(db: object, batch: object, good: Sequence[object], *rest: object) -> object:
        if any(one.message_id == "<mail-1@client.example>" for one in good):  # type: ignore[attr-defined]
            raise ItemFault("refused", "no_such_value")
        return real(db, batch, good, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(comments, "load_part", refuse)
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in (1, 2):
        world.exchange.deliver(SUPPORT, inbox, mail(number))
    world.sync()


def test_subject_sender_and_message_id_are_kept_for_people_and_not_logged(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad(world, monkeypatch)
    [row] = attention.quarantined(world.db, world.context.row["id"])
    [same] = folder_counts.quarantined(world.db, world.context.mailbox(SUPPORT)["id"])
    assert row["told"] == same["told"]
    assert row["told"]["message_id"] == "<mail-1@client.example>"
    assert row["told"]["subject"]
    assert "client.example" in row["told"]["sender"]
    assert "client.example" not in caplog.text
    assert row["told"]["subject"] not in caplog.text


def test_it_goes_with_the_row_and_is_not_kept_longer_than_the_bucket_keeps_mail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad(world, monkeypatch)
    world.configure(BOTH, bucket=BucketConfig("acme", "mail", retention_days=1))
    world.rows("UPDATE origins SET received = received - interval '900 days' RETURNING 1")
    past_retention(world.settings, world.db, world.context.clock)
    assert world.rows("SELECT told FROM quarantine") == [{"told": None}]
