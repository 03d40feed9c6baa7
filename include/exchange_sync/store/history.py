"""What became of one email: everything that is recorded of a Message-ID."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.model.identity import comment_id
from exchange_sync.store.database import Database, Row


def of_email(db: Database, message_id: str) -> dict[str, list[Row]]:
    """{"comments": …, "origins": …, "tombstones": …} of all buckets, conflicts included."""
    plain = comment_id(message_id)
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT c.id, c.conflict, b.owner, b.name, c.sequence, c.created_at, c.updated_at, c.deleted_at,
                c.user_properties ->> 'string:Folder' AS folder, c.user_properties ->> 'string:Mailbox' AS mailbox,
                c.clean_version, c.problems
            FROM buckets b, LATERAL (
                SELECT * FROM comments WHERE bucket_id = b.id AND id >= %(id)s AND id < %(end)s OFFSET 0) AS c
            WHERE c.id = %(id)s OR (c.conflict AND starts_with(c.id, %(id)s || '-'))
            ORDER BY b.owner, b.name, c.sequence""",
            {"id": plain, "end": plain + "."},  # "." comes behind "-"; a look-up by index in each bucket
        )
        comments = [dict(row) for row in cursor.fetchall()]
        cursor.execute(
            """SELECT i.owner, i.name, m.address, f.path, f.gone_at IS NOT NULL AS folder_gone, o.comment_id, o.state,
                o.reason, o.received, o.observed, o.listed_at, o.gone_at, o.missed,
                o.missed_at, q.stage, q.code, q.attempts
            FROM origins o JOIN mailboxes m ON m.id = o.mailbox_id JOIN integrations i ON i.id = m.integration_id
            JOIN folders f ON f.id = o.folder_id LEFT JOIN quarantine q ON q.origin_id = o.id
            WHERE o.comment_id >= %(id)s AND o.comment_id < %(end)s
                AND (o.comment_id = %(id)s OR starts_with(o.comment_id, %(id)s || '-'))
            ORDER BY o.observed NULLS LAST, o.id""",
            {"id": plain, "end": plain + "."},
        )
        origins = [dict(row) for row in cursor.fetchall()]
        cursor.execute(
            """SELECT b.owner, b.name, t.erased_at, t.sent_at FROM tombstones t JOIN buckets b ON b.id = t.bucket_id
            WHERE t.id >= %(id)s AND t.id < %(end)s AND (t.id = %(id)s OR starts_with(t.id, %(id)s || '-'))""",
            {"id": plain, "end": plain + "."},
        )
        return {"comments": comments, "origins": origins, "tombstones": [dict(row) for row in cursor.fetchall()]}


def of_items(db: Database, mailbox_id: int, item_ids: Sequence[str], message_ids: Sequence[str]) -> dict[str, Row]:
    """What is recorded of a mailbox's items, by item id: {item_id, state, reason, gone_at, path}.

    Of these items, and of every place in the mailbox where an email of one of these Message-IDs was seen.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT o.item_id, o.state, o.reason, o.gone_at, f.path FROM origins o
            JOIN folders f ON f.id = o.folder_id WHERE o.mailbox_id = %(mailbox)s AND o.item_id = ANY(%(items)s)
            UNION SELECT o.item_id, o.state, o.reason, o.gone_at, f.path FROM origins o
            JOIN folders f ON f.id = o.folder_id WHERE o.mailbox_id = %(mailbox)s AND o.comment_id = ANY(%(ids)s)""",
            {
                "mailbox": mailbox_id,
                "items": list(item_ids),
                "ids": [comment_id(one) for one in message_ids],
            },
        )
        return {row["item_id"]: dict(row) for row in cursor.fetchall()}
