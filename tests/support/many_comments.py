"""Many comments at once, for query plans and benchmarks: made by PostgreSQL itself, shaped as the pipeline's."""

from __future__ import annotations

from exchange_sync.store.database import Database

_FILL = """
INSERT INTO comments (bucket_id, id, sequence, message_id, timestamp, thread_id, user_properties, messages,
    attachments, quoted, sender, sent_at, observed, size, clean_version, created_at, updated_at)
SELECT %(bucket)s, encode(convert_to('<mail-' || n || '@client.example>', 'UTF8'), 'hex'), n,
    '<mail-' || n || '@client.example>', at.sent, '<mail-' || (n - n %% 4) || '@client.example>',
    jsonb_build_object('string:Folder', 'Inbox/Team ' || n %% 20, 'string:Mailbox', 'support@acme.example',
        'string:Sender', 'ann' || n %% 500 || '@client.example', 'string:Sender Domain', 'client.example',
        'string:Subject', 'Question ' || n, 'number:Recipient Count', 1 + n %% 5, 'number:Size', 4000,
        'string:Has Signature', 'Yes', 'string:Message ID', '<mail-' || n || '@client.example>'),
    jsonb_build_array(jsonb_build_object('from', 'ann' || n %% 500 || '@client.example',
        'to', jsonb_build_array('support@acme.example'), 'cc', '[]'::jsonb, 'bcc', '[]'::jsonb,
        'sent_at', to_char(at.sent, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'subject', jsonb_build_object('text', 'Question ' || n),
        'body', jsonb_build_object('text', repeat('A sentence about claim ' || n || ' and what is to be done. ', 25)),
        'signature', jsonb_build_object('text', 'Ann Client'))),
    '[]', '', 'ann' || n %% 500 || '@client.example', at.sent, n, 4000, 1, at.sent, at.sent
FROM generate_series(%(first)s, %(last)s) AS n,
    LATERAL (SELECT '2020-01-01T00:00:00Z'::timestamptz + n * interval '97 seconds' AS sent) AS at
"""
STEP = 50_000


def fill(db: Database, bucket_id: str, count: int) -> None:
    """So many comments, 97 seconds apart, four to a thread, in 20 folders, of 500 senders."""
    for first in range(1, count + 1, STEP):
        with db.transaction() as cursor:
            last = min(count, first + STEP - 1)
            cursor.execute(_FILL, {"bucket": bucket_id, "first": first, "last": last})
            cursor.execute(
                "UPDATE buckets SET last_sequence = %s, emails = %s, bytes = %s WHERE id = %s",
                (last, last, last * 4_000, bucket_id),
            )
    with db.transaction() as cursor:
        cursor.execute("ANALYZE comments, comment_texts")
