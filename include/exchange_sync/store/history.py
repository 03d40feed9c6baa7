"""What became of one email: everything that is recorded of a Message-ID."""

from __future__ import annotations

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
        ids = [row["id"] for row in comments] or [plain]
        cursor.execute(
            """SELECT i.owner, i.name, m.address, f.path, f.gone_at IS NOT NULL AS folder_gone, o.comment_id, o.state,
                o.reason, o.received, o.observed, o.listed_at, o.gone_at, o.missed,
                o.missed_at, q.stage, q.code, q.attempts
            FROM origins o JOIN mailboxes m ON m.id = o.mailbox_id JOIN integrations i ON i.id = m.integration_id
            JOIN folders f ON f.id = o.folder_id LEFT JOIN quarantine q ON q.origin_id = o.id
            WHERE o.comment_id = ANY(%s) ORDER BY o.observed NULLS LAST, o.id""",
            (ids,),
        )
        origins = [dict(row) for row in cursor.fetchall()]
        cursor.execute(
            """SELECT b.owner, b.name, t.erased_at FROM tombstones t JOIN buckets b ON b.id = t.bucket_id
            WHERE t.id = %s""",
            (plain,),
        )
        return {"comments": comments, "origins": origins, "tombstones": [dict(row) for row in cursor.fetchall()]}
