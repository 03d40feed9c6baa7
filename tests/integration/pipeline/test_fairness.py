"""Nobody waits for somebody else: a throttled mailbox, a huge first sync, a folder of ten thousand emails renamed."""

from __future__ import annotations

from dataclasses import replace

from exchange_sync.errors import Retriable
from exchange_sync.model.config import MailboxConfig
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.gate import decide
from exchange_sync.pipeline.load import load

from tests.integration.pipeline.conftest import BOTH, CLAIMS, SUPPORT, World
from tests.support.mail import mail
from tests.support.memory_exchange import MemorySource

BILLING = "billing@acme.example"


class Throttled(MemorySource):
    """A server that asks one mailbox to wait for ten minutes."""

    def folders(self, mailbox, *, archive=False):
        if mailbox == SUPPORT:
            raise Retriable("busy", 600.0, code="ErrorServerBusy")
        return super().folders(mailbox, archive=archive)


def poll(world: World, number: int) -> list[str]:
    """One run of the DAG: the mailboxes that the gate found due, one batch of each."""
    context = world.make_context(fetch_emails=100)
    context.source_factory = lambda name: Throttled(world.exchange)
    due = decide(context).mailboxes
    for place, address in enumerate(due):
        result = extract(context, address, f"poll-{number}-{place}")
        if result.ref:
            load(context, address, enrich(context, clean(context, result.ref)))
    context.db.close()
    return due


def test_while_one_waits_and_another_catches_up_a_third_is_synced_at_once(world: World) -> None:
    world.exchange.add_mailbox(BILLING)
    world.configure(replace(BOTH, mailboxes=(*BOTH.mailboxes, MailboxConfig(BILLING, "acme", "mail"))))
    for number in range(5_000):
        world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(number))
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(6_000))
    poll(world, 1)
    world.exchange.deliver(BILLING, world.exchange.folder(BILLING, "Inbox"), mail(7_000))

    due = poll(world, 2)

    assert "<mail-7000@client.example>" in world.folders()
    assert SUPPORT not in due  # its ten minutes are a row, not a sleep
    assert len(world.folders()) == 1 + 200  # the large one goes on, a budget a run
    box = world.context.mailbox(SUPPORT)
    assert (box["consecutive_failures"], box["enabled"]) == (0, True)


def test_renaming_a_folder_of_ten_thousand_emails_asks_the_server_for_none_of_them(world: World) -> None:
    folder = world.exchange.add_folder(SUPPORT, ("Claims",))
    world.exchange.deliver(SUPPORT, folder, mail(1))
    world.sync()
    world.rows(
        """WITH made AS (
            INSERT INTO origins (mailbox_id, folder_id, item_id, state, comment_id, observed, listed_at)
            SELECT o.mailbox_id, o.folder_id, 'made-' || n, 'loaded', encode(('<made-' || n || '>')::bytea, 'hex'),
                nextval('observations'), o.listed_at
            FROM origins o, generate_series(1, 10000) AS n RETURNING id, comment_id, observed)
        INSERT INTO comments (bucket_id, id, sequence, message_id, timestamp, thread_id, user_properties, messages,
            attachments, sender, origin_id, observed, size, clean_version, created_at, updated_at)
        SELECT c.bucket_id, made.comment_id, 1 + row_number() OVER (), '<m>', c.timestamp, 't', c.user_properties,
            c.messages, c.attachments, c.sender, made.id, made.observed, 1, 1, c.created_at, c.updated_at
        FROM comments c, made RETURNING 1"""
    )
    world.exchange.rename_folder(SUPPORT, folder, ("Old", "Claims"))
    world.exchange.calls.clear()

    world.sync()

    [row] = world.rows("SELECT count(*) AS n FROM comments WHERE user_properties ->> 'string:Folder' = 'Old/Claims'")
    assert row["n"] == 10_001
    assert world.exchange.count("mimes") == world.exchange.count("properties") == world.exchange.count("changes") == 0
    assert world.rows("SELECT totals ->> 'moved' AS n FROM mailboxes WHERE address = %s", SUPPORT) == [{"n": "10001"}]
