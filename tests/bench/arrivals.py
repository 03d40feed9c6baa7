"""What the trigger that keeps the page's figures (decision 51) costs a load, by parts of 500 comments.

    python tests/bench/arrivals.py [number of parts]

The load's own transaction on the embedded PostgreSQL, with its durability. The trigger's share is what PostgreSQL
itself counts for its function (track_functions), so that a busy machine blurs the sum but not the share.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig  # noqa: E402
from exchange_sync.store import batches, comments, integrations, schema  # noqa: E402
from exchange_sync.store.database import Database  # noqa: E402
from exchange_sync.store.new_comments import NewComment  # noqa: E402

from stack import databases  # noqa: E402
from stack.postgres import Server  # noqa: E402

PART = 500
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY = "A sentence about the claim and what is to be done about it. " * 25
_ITEMS = """
INSERT INTO origins (mailbox_id, folder_id, item_id, state, received, listed_at)
SELECT f.mailbox_id, f.id, 'item-' || n, 'pending', %(now)s::timestamptz - n * interval '1 second', %(now)s
FROM folders f, generate_series(1, %(items)s) AS n RETURNING id
"""


def row(origin_id: int) -> NewComment:
    """One email as the enriched stage hands it on."""
    name, sent = f"<mail-{origin_id}@client.example>", NOW - timedelta(seconds=origin_id)
    message = {"from": "ann@client.example", "to": ["support@acme.example"], "body": {"text": BODY}}
    content = {
        "timestamp": sent, "thread_id": name, "thread_candidates": [], "user_properties": {"string:Sender": "ann"},
        "messages": [message], "attachments": [], "quoted": "", "clean_version": 1, "problems": [], "properties": {},
    }  # fmt: skip
    return NewComment(origin_id, name, "ann@client.example", sent, {"string:Folder": "Inbox"}, None, 4_000, content)


def main(parts: int) -> None:
    """Fill, load, and leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="exchange-sync-bench-"))
    server = Server(home / "postgres")
    try:
        server.start()
        url = databases.create(server.url("postgres"), "bench")
        schema.upgrade(url)
        _track(url)
        _load(Database(url), parts)
    finally:
        server.destroy()
        shutil.rmtree(home, ignore_errors=True)


def _track(url: str) -> None:
    """PostgreSQL counts what functions take; the setting is the superuser's, which the bench is."""
    db = Database(url)
    with db.transaction() as cursor:
        cursor.execute("ALTER ROLE CURRENT_USER SET track_functions = 'all'")
    db.close()


def _load(db: Database, parts: int) -> None:
    box = MailboxConfig("support@acme.example", "acme", "mail")
    integration = IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(box,))
    integrations.apply(db, Configuration((BucketConfig("acme", "mail"),), (integration,)), NOW)
    known = integrations.integration(db, "acme", "exchange")
    mailbox = integrations.mailbox(db, known["id"], box.address)
    with db.transaction() as cursor:
        cursor.execute("UPDATE mailboxes SET synced_until = %s", (NOW - timedelta(days=1),))
        cursor.execute(
            "INSERT INTO folders (mailbox_id, key, path, created_at) VALUES (%s, 'k', '{Inbox}', %s)",
            (mailbox["id"], NOW),
        )
        cursor.execute(_ITEMS, {"now": NOW, "items": parts * PART})
        items = [found["id"] for found in cursor.fetchall()]
    batch = batches.open_batch(db, mailbox["id"], "bench", "bench", None, NOW)
    times = []
    for number in range(parts):
        rows = [row(one) for one in items[number * PART : (number + 1) * PART]]
        started = time.perf_counter()
        counts = comments.load_part(db, batch, rows, [], NOW)
        times.append((time.perf_counter() - started) * 1000)
        assert counts["created"] == PART
    with db.transaction() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT calls, total_time FROM pg_stat_user_functions WHERE funcname = 'comments_arrived'")
        found = cursor.fetchone()
    assert found["calls"] == parts
    own, whole = found["total_time"] / parts, statistics.mean(times)
    print(
        f"{parts} parts of {PART}: {whole:.0f} ms each, of which the trigger {own:.1f} ms ({100 * own / whole:.1f} %)"
    )
    db.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
