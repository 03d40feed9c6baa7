"""Many integrations with mailboxes, items and comments, made by PostgreSQL itself: for the pages' plans and benchmark.

Each integration has a bucket of its own; each mailbox ten folders. Of a hundred items one is skipped and one bad.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.store import integrations
from exchange_sync.store.database import Cursor, Database

_FOLDERS = """
INSERT INTO folders (mailbox_id, key, path, total, created_at)
SELECT m.id, 'folder-' || n, CASE n WHEN 1 THEN ARRAY['Inbox'] WHEN 2 THEN ARRAY['Sent Items']
    ELSE ARRAY['Inbox', 'Team ' || n] END, %(items)s / 10, %(now)s
FROM mailboxes m, generate_series(1, 10) AS n WHERE m.integration_id = %(integration)s
"""
_STATES = """
INSERT INTO sync_states (folder_id, generation, state, finished, saved_at)
SELECT f.id, 7, 'state', true, %(now)s FROM folders f JOIN mailboxes m ON m.id = f.mailbox_id
WHERE m.integration_id = %(integration)s
"""
_ORIGINS = """
INSERT INTO origins (mailbox_id, folder_id, item_id, state, reason, received, size, listed_at)
SELECT f.mailbox_id, f.id, f.id || '-' || n,
    CASE WHEN n = 3 THEN 'skipped' WHEN n = 5 AND f.key = 'folder-1' THEN 'quarantined' ELSE 'loaded' END,
    CASE WHEN n = 3 THEN 'draft' WHEN n = 5 AND f.key = 'folder-1' THEN 'clean: too deep' END,
    %(now)s - (n * 10 + f.id %% 10) * interval '37 minutes', 4000, %(now)s
FROM folders f JOIN mailboxes m ON m.id = f.mailbox_id, generate_series(1, %(items)s / 10) AS n
WHERE m.integration_id = %(integration)s
"""
_QUARANTINE = """
INSERT INTO quarantine (origin_id, stage, code, first_at, last_at, retry_at)
SELECT o.id, 'clean', 'too deep', %(now)s, %(now)s, %(now)s FROM origins o JOIN mailboxes m ON m.id = o.mailbox_id
WHERE m.integration_id = %(integration)s AND o.state = 'quarantined'
"""
_COMMENTS = """
INSERT INTO comments (bucket_id, id, sequence, message_id, timestamp, thread_id, user_properties, messages,
    attachments, quoted, sender, sent_at, origin_id, observed, size, clean_version, created_at, updated_at)
SELECT m.bucket_id, encode(convert_to('<mail-' || o.id || '@client.example>', 'UTF8'), 'hex'),
    row_number() OVER (ORDER BY o.id), '<mail-' || o.id || '@client.example>', o.received,
    '<mail-' || (o.id - o.id %% 4) || '@client.example>',
    jsonb_build_object('string:Folder', array_to_string(f.path, '/'), 'string:Mailbox', m.address,
        'string:Sender', 'ann' || o.id %% 500 || '@client' || o.id %% 20 || '.example',
        'string:Sender Domain', 'client' || o.id %% 20 || '.example', 'string:Subject', 'Question ' || o.id,
        'number:Recipient Count', 1 + o.id %% 5, 'number:Size', 4000, 'string:Has Signature', 'Yes'),
    jsonb_build_array(jsonb_build_object('from', 'ann' || o.id %% 500 || '@client' || o.id %% 20 || '.example',
        'to', jsonb_build_array(m.address), 'cc', '[]'::jsonb, 'bcc', '[]'::jsonb,
        'sent_at', to_char(o.received, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'subject', jsonb_build_object('text', 'Question ' || o.id),
        'body', jsonb_build_object('text', repeat('A sentence about claim ' || o.id || ', to be done. ', 15)),
        'signature', jsonb_build_object('text', 'Ann Client'))),
    '[]', '', 'ann' || o.id %% 500 || '@client' || o.id %% 20 || '.example', o.received, o.id, o.id, 4000, 1,
    o.received + interval '40 seconds', o.received + interval '40 seconds'
FROM origins o JOIN folders f ON f.id = o.folder_id JOIN mailboxes m ON m.id = o.mailbox_id
WHERE m.integration_id = %(integration)s AND o.state = 'loaded'
"""
_LOADED = """
UPDATE origins o SET comment_id = c.id, observed = c.observed FROM comments c
WHERE c.bucket_id = %(bucket)s AND c.origin_id = o.id
"""
_SYNCED = """
UPDATE mailboxes SET synced_until = %(now)s, synced_at = %(now)s, looked_at = %(now)s, generation = 7,
    change_mark = 'mark', seen_mark = 'mark', totals = jsonb_build_object('created', %(items)s, 'batches', 7),
    watermark = '{"generation": 7, "synced_until": "2026-01-01T00:00:00Z", "pending": 0, "note": "up to date"}'
WHERE integration_id = %(integration)s
"""


def fill(db: Database, count: int, mailboxes: int, items: int, now: datetime) -> list[str]:
    """So many integrations (acme/exchange-01 …), each with mailboxes of items (a multiple of ten) each; their names."""
    names = [f"exchange-{n:02}" for n in range(1, count + 1)]
    for name in names:
        boxes = tuple(MailboxConfig(f"box{n:04}@{name}.example", "acme", name) for n in range(mailboxes))
        found = IntegrationConfig("acme", name, f"exchange_acme_{name}", f"Team {name[-2:]}", mailboxes=boxes)
        integrations.apply(db, Configuration((BucketConfig("acme", name),), (found,)), now)
        integration, bucket = integrations.integration(db, "acme", name), integrations.bucket(db, "acme", name)
        values = {"integration": integration["id"], "bucket": bucket["id"], "items": items, "now": now}
        with db.transaction() as cursor:
            _one(cursor, values, now)
    with db.transaction() as cursor:
        cursor.execute("ANALYZE")
    return names


def _one(cursor: Cursor, values: dict[str, object], now: datetime) -> None:
    # synced up to ten days ago first, so that what came since counts as fresh
    cursor.execute(_SYNCED, {**values, "now": now - timedelta(days=10)})
    for sql in (_FOLDERS, _STATES, _ORIGINS, _QUARANTINE, _COMMENTS, _LOADED, _SYNCED):
        cursor.execute(sql, values)
    cursor.execute(
        """UPDATE buckets b SET last_sequence = c.n, emails = c.n, bytes = c.n * 4000
        FROM (SELECT count(*) AS n FROM comments WHERE bucket_id = %(bucket)s) c WHERE b.id = %(bucket)s""",
        values,
    )
    cursor.execute(
        """UPDATE integrations SET last_run_at = %(now)s, last_success_at = %(now)s, looked_run = 'run'
        WHERE id = %(integration)s""",
        values,
    )
