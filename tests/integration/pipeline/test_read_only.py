"""With the client's allow-list only recording, all that a sync does to a server is still nothing but reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from exchange_simulator.seeds import firm, oddities
from exchange_simulator.seeds.people import MAILBOXES
from exchange_simulator.testing import running
from exchange_sync.clock import now_utc
from exchange_sync.model.config import Filters, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.backfill import backfill
from exchange_sync.pipeline.gate import decide
from exchange_sync.pipeline.plan import plan
from exchange_sync.pipeline.sync import sync_integration
from exchange_sync.pipeline.verify import verify
from exchange_sync.source.credentials import from_fields
from exchange_sync.source.ews.allowlist import READING, Mode, ReadOnlyGuard
from exchange_sync.source.ews.source import EwsSource

from tests.integration.pipeline.conftest import World

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_everything_that_the_pipeline_asks_of_a_server_is_reading(world: World) -> None:
    guard = ReadOnlyGuard(Mode.RECORD)
    with running() as simulator:
        for person in MAILBOXES.values():
            simulator.store.add_mailbox(person.address, person.name, archive=True)
        firm.deliver_all(simulator.store, [kind(AT, f"reading-{n}") for n, (kind, _) in enumerate(oddities.ALL)])
        boxes = tuple(
            MailboxConfig(person.address, "acme", "mail", attachments="all", filters=Filters(archive=True))
            for person in MAILBOXES.values()
        )
        world.configure(IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=boxes))
        connection = from_fields(
            simulator.ews_url, None, simulator.username, simulator.password, None, {"ca_bundle": simulator.ca_file}
        )
        world.context = world.make_context(large_bytes=20_000)  # some as properties and streamed attachments
        world.context.source_factory = lambda _: EwsSource(connection, clock=now_utc, guard=guard)

        plan(world.context)
        decide(world.context)
        sync_integration(world.context)
        verify(world.context)
        for _ in backfill(world.context, AT - timedelta(days=1), AT + timedelta(days=1)):
            pass

        counts = simulator.control.counts()

    assert counts["refused"] == {}
    assert set(counts["operations"]) <= READING
    assert {"SyncFolderItems", "GetItem", "GetAttachment", "FindItem", "FindFolder"} <= set(counts["operations"])
    assert set(guard.seen) <= READING
    [loaded] = world.rows("SELECT count(*) AS n FROM comments WHERE attachments <> '[]'")
    assert int(str(loaded["n"])) >= 3
