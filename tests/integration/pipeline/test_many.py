"""Many at once: mailboxes that share mail, loaders of the same ids, scanners of one second."""

from __future__ import annotations

import os
import threading
from datetime import timedelta

from exchange_sync.model.config import MailboxConfig
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.load import load

from tests.integration.pipeline.conftest import BOTH, CLAIMS, SUPPORT, World
from tests.support.mail import NOON, mail


def test_two_mailboxes_that_share_mail_change_nothing_in_twenty_resyncs(world: World) -> None:
    for number in range(5):
        for address in (SUPPORT, CLAIMS):
            world.exchange.deliver(address, world.exchange.folder(address, "Inbox"), mail(number))
    for address in (SUPPORT, CLAIMS):
        world.sync(address)
    before = world.fingerprint()
    for _ in range(20):
        world.rows("UPDATE mailboxes SET watermark = NULL, change_mark = NULL RETURNING 1")
        for address in (SUPPORT, CLAIMS):
            counts = world.sync(address)
            assert not any(counts.get(what) for what in ("created", "moved", "copied", "unchanged", "downloaded"))
    assert world.fingerprint() == before


def test_eight_loaders_of_the_same_ids_never_deadlock_and_sequence_is_commit_order(world: World) -> None:
    addresses = [f"box{n}@acme.example" for n in range(8)]
    for address in addresses:
        world.exchange.add_mailbox(address)
        for number in range(24):
            world.exchange.deliver(address, world.exchange.folder(address, "Inbox"), mail(number))
    from dataclasses import replace

    world.configure(replace(BOTH, mailboxes=tuple(MailboxConfig(a, "acme", "mail") for a in addresses)))
    contexts = [world.make_context(part_rows=5) for _ in addresses]
    refs = []
    for context, address in zip(contexts, addresses, strict=True):  # all extract before any loads: all are "new"
        result = extract(context, address, f"batch-{address.split('@')[0]}")
        refs.append(enrich(context, clean(context, str(result.ref))))
    seen: list[int] = []
    watching = threading.Event()

    def watch() -> None:
        """A reader that remembers the highest number it saw: nothing may appear below it afterwards."""
        context = world.make_context()
        while not watching.is_set():
            with context.db.transaction() as cursor:
                cursor.execute("SELECT count(*) AS n, coalesce(max(sequence), 0) AS top FROM comments")
                row = cursor.fetchone()
            assert row["n"] == row["top"]
            seen.append(row["top"])
        context.db.close()

    children = [_forked_load(world, addresses[place], refs[place]) for place in range(8)]
    reader = threading.Thread(target=watch)
    reader.start()
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    watching.set()
    reader.join()

    assert codes == [0] * 8
    assert seen == sorted(seen)
    assert world.rows("SELECT count(*) AS n, max(sequence) AS top FROM comments") == [{"n": 24, "top": 24}]
    assert world.rows("SELECT count(*) AS n FROM origins WHERE state = 'loaded'") == [{"n": 8 * 24}]


def _forked_load(world: World, address: str, ref: str) -> int:
    """A load in a process of its own, as tasks are; its process id."""
    child = os.fork()
    if child == 0:
        try:
            load(world.make_context(part_rows=5), address, ref)
            os._exit(0)
        finally:
            os._exit(1)
    return child


def test_two_scans_of_one_second_without_message_id_are_two_comments(world: World) -> None:
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for page in ("Page one of the contract", "Page two of the contract"):
        world.exchange.deliver(
            SUPPORT, inbox, mail(1, message_id=None, sender="scan@acme.example", subject="Scan", sent=NOON, body=page)
        )
    assert world.sync()["created"] == 2


def test_items_of_one_second_are_all_fetched_at_every_border_of_a_chunk(world: World, monkeypatch: object) -> None:
    from exchange_sync.pipeline import fetch

    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for number in range(11):
        world.exchange.deliver(SUPPORT, inbox, mail(number, sent=NOON))
    for number in range(11, 14):
        world.exchange.deliver(SUPPORT, inbox, mail(number, sent=NOON + timedelta(minutes=1)), received=None)
    monkeypatch.setattr(fetch, "CHUNK", 5)  # type: ignore[attr-defined]
    assert world.sync()["created"] == 14
