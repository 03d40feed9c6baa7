"""An item that the server lists without an id is told as bad mail, and its mailbox goes on (decision 81)."""

from __future__ import annotations

from dataclasses import replace

from exchange_simulator.testing import running
from exchange_sync.clock import now_utc
from exchange_sync.pipeline.verify import verify
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.integration.pipeline.conftest import BOTH, SUPPORT, World
from tests.support.mail import mail


def test_it_goes_to_the_quarantine_and_the_others_are_loaded(world: World) -> None:
    with running() as simulator:
        control = simulator.control
        connection = ExchangeConnection(
            server_url=simulator.ews_url, username=simulator.username, password=simulator.password,
            ca_bundle=simulator.ca_file,
        )  # fmt: skip
        world.context.source_factory = lambda name: open_source(connection, clock=now_utc)
        world.configure(replace(BOTH, mailboxes=BOTH.mailboxes[:1]))
        control.add_mailbox(SUPPORT)
        ids = [control.deliver(SUPPORT, mail(number))[SUPPORT] for number in range(1, 5)]
        control.add_fault("item_without_id", operation="SyncFolderItems", item_id=ids[1], times=None)
        for _ in range(2):
            world.sync()
            assert sorted(world.folders()) == [f"<mail-{number}@client.example>" for number in (1, 3, 4)]
            found = {check.folder: check for check in verify(world.context)}
            assert (found["Inbox"].loaded, found["Inbox"].quarantined, found["Inbox"].right) == (3, 1, True)
        # once the server tells its id, a listing from the start knows it
        control.remove_faults()
        control.expire_states(SUPPORT)
        control.deliver(SUPPORT, mail(5))
        world.sync()
        found = {check.folder: check for check in verify(world.context)}
        assert (found["Inbox"].loaded, found["Inbox"].quarantined, found["Inbox"].right) == (5, 0, True)
