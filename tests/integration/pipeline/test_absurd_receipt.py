"""Mail whose time of receipt is absurd is loaded by its Date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from exchange_sync.model.config import BucketConfig, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.backfill import backfill
from exchange_sync.pipeline.verify import verify
from exchange_sync.source.ews.names import moment

from tests.integration.pipeline.conftest import BOTH, SUPPORT, World
from tests.support.mail import NOON, mail

WRITTEN = ["1601-01-01T00:00:00Z", "4501-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00",
           "0001-01-01T00:00:00+14:00", "0000-00-00T00:00:00Z", "1899-12-30T00:00:00Z", "1970-01-01T00:00:00Z", "",
           "2262-04-12T00:00:00Z", "2063-04-05T00:00:00Z", "10000-01-01T00:00:00Z"]  # fmt: skip


def deliver(world: World, received: str, **more: object) -> str:
    values = {"received": moment(received), **more}
    return world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1), **values)


@pytest.mark.parametrize("received", WRITTEN)
def test_it_is_loaded_by_its_date_whatever_the_start_time(world: World, received: str) -> None:
    start = MailboxConfig(SUPPORT, "acme", "mail", start_time=NOON - timedelta(days=1))
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(start, BOTH.mailboxes[1])))
    deliver(world, received)
    world.sync()
    [comment] = world.fingerprint()
    assert comment["timestamp"] == NOON + timedelta(minutes=1)
    properties: dict[str, str] = comment["user_properties"]  # type: ignore[assignment]
    assert properties["string:Timestamp Source"] == "date"
    assert "string:Received" not in properties
    assert all(check.right for check in verify(world.context) if check.mailbox == SUPPORT)


@pytest.mark.parametrize("received", ["1601-01-01T00:00:00Z", "4501-01-01T00:00:00Z", ""])
def test_the_start_time_and_retention_go_by_the_date(world: World, received: str) -> None:
    late = MailboxConfig(SUPPORT, "acme", "mail", start_time=NOON + timedelta(days=1))
    world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(late, BOTH.mailboxes[1])))
    deliver(world, received)
    world.sync()
    assert world.rows("SELECT reason FROM origins WHERE state = 'skipped'") == [{"reason": "before start"}]
    world.configure(BOTH, bucket=BucketConfig("acme", "mail", retention_days=1))
    world.context = world.make_context()
    world.sync()
    assert world.rows("SELECT reason FROM origins WHERE state = 'skipped'") == [{"reason": "past retention"}]


def test_a_backfill_of_its_day_leaves_it_alone(world: World) -> None:
    """The server finds it in no window, and that does not mean that it has gone."""
    deliver(world, "4501-01-01T00:00:00Z")
    world.sync()
    day = NOON.replace(hour=0)
    list(backfill(world.context, day, day + timedelta(days=1)))
    assert world.rows("SELECT count(*) AS n FROM origins WHERE gone_at IS NOT NULL") == [{"n": 0}]


def test_the_newest_come_first_and_absurd_ones_do_not_hold_them_up(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    absurd = [deliver(world, "9999-12-31T23:59:59Z")]
    newest = [world.exchange.deliver(SUPPORT, inbox, mail(number)) for number in (7, 8)]
    asked: list[str] = []

    def watch(operation: str, ids: object) -> None:
        if operation == "properties":
            asked.extend(ids)  # type: ignore[arg-type]

    world.exchange.fault = watch
    world.sync()
    assert asked == [*reversed(newest), *absurd]


@pytest.mark.parametrize("sent", [datetime(1601, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_an_absurd_date_beside_it_breaks_nothing(world: World, sent: datetime) -> None:
    deliver(world, "4501-01-01T00:00:00Z", sent=sent)
    world.sync()
    assert world.fingerprint()[0]["timestamp"] == NOON + timedelta(minutes=1)
