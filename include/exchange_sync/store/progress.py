"""Sync states as the API shows them: ours, one a folder, and those that programs keep for emails they push."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from exchange_sync.store.database import Cursor, Database, Row, jsonb
from exchange_sync.store.sources import Taken

_LIMIT = 20_000  # folders of one bucket's mailboxes

_OURS = """SELECT lpad(to_hex(f.id), 16, '0') AS key, m.address AS mailbox_name, f.key AS folder_id,
        f.path AS folder_path, s.finished, s.saved_at, m.synced_until
    FROM mailboxes m JOIN folders f ON f.mailbox_id = m.id AND f.gone_at IS NULL AND f.left_out IS NULL
    JOIN LATERAL (SELECT * FROM sync_states s WHERE s.folder_id = f.id ORDER BY s.generation DESC LIMIT 1) s ON true
    WHERE m.bucket_id = %(bucket)s AND m.removed_at IS NULL"""


def states(db: Database, bucket_id: str, mailbox: str | None = None) -> list[Row]:
    """All of a bucket, or of one mailbox: {key, mailbox_name, folder_id, folder_path, finished, saved_at,
    synced_until}; a pushed one is {key, mailbox_name, state} with the object that was pushed."""
    with db.transaction() as cursor:
        return _states(cursor, bucket_id, mailbox, None)


def state(db: Database, bucket_id: str, key: str) -> Row | None:
    """One of them by its key."""
    with db.transaction() as cursor:
        return next(iter(_states(cursor, bucket_id, None, key)), None)


def push(db: Database, bucket_id: str, key: str, pushed: Mapping[str, Any]) -> None:
    """Keep a program's own state. Raises Taken where the key is one of ours: those the sync alone writes."""
    with db.transaction() as cursor:
        if any("finished" in row for row in _states(cursor, bucket_id, None, key)):
            raise Taken("this sync state is kept by the sync itself: delete it to list its folder again")
        cursor.execute(
            """INSERT INTO pushed_sync_states (bucket_id, key, mailbox, state) VALUES (%s, %s, %s, %s)
            ON CONFLICT (bucket_id, key) DO UPDATE SET mailbox = excluded.mailbox, state = excluded.state""",
            (bucket_id, key, pushed["mailbox_name"], jsonb(dict(pushed))),
        )


def bucket_state(db: Database, bucket_id: str) -> dict[str, Any] | None:
    """What a program put for the whole bucket, or None."""
    with db.transaction() as cursor:
        cursor.execute("SELECT state FROM bucket_sync_states WHERE bucket_id = %s", (bucket_id,))
        row = cursor.fetchone()
    return row and dict(row["state"])


def put_bucket_state(db: Database, bucket_id: str, state: Mapping[str, Any]) -> None:
    """Keep it; the one before goes."""
    with db.transaction() as cursor:
        cursor.execute(
            """INSERT INTO bucket_sync_states (bucket_id, state) VALUES (%s, %s)
            ON CONFLICT (bucket_id) DO UPDATE SET state = excluded.state""",
            (bucket_id, jsonb(dict(state))),
        )


def delete(db: Database, bucket_id: str, key: str, now: datetime) -> bool:
    """Forget a state: that folder is listed again from its start, nothing is downloaded twice. False: none is there.

    A batch that is at work on the mailbox is superseded: it would write back what it had read.
    """
    with db.transaction() as cursor:
        cursor.execute("DELETE FROM pushed_sync_states WHERE bucket_id = %s AND key = %s", (bucket_id, key))
        if cursor.rowcount:
            return True
        cursor.execute(
            """SELECT m.id AS mailbox_id, f.id FROM mailboxes m JOIN folders f ON f.mailbox_id = m.id
            WHERE m.bucket_id = %s AND lpad(to_hex(f.id), 16, '0') = %s FOR UPDATE OF m""",
            (bucket_id, key),
        )
        row = cursor.fetchone()
        if row is None:
            return False
        cursor.execute("DELETE FROM sync_states WHERE folder_id = %s", (row["id"],))
        there = bool(cursor.rowcount)
        cursor.execute(
            "UPDATE mailboxes SET open_batch = NULL, change_mark = NULL, updated_at = %s WHERE id = %s",
            (now, row["mailbox_id"]),
        )
    return there


def delete_all(cursor: Cursor, mailbox_id: int, now: datetime) -> int:
    """The same for every folder of a mailbox, in the caller's transaction; how many folders are listed again."""
    cursor.execute("SELECT 1 FROM mailboxes WHERE id = %s FOR UPDATE", (mailbox_id,))
    cursor.execute(
        """WITH gone AS (DELETE FROM sync_states s USING folders f
            WHERE f.id = s.folder_id AND f.mailbox_id = %s RETURNING s.folder_id)
        SELECT count(DISTINCT folder_id) AS n FROM gone""",
        (mailbox_id,),
    )
    folders = int(cursor.fetchone()["n"])
    cursor.execute(
        "UPDATE mailboxes SET open_batch = NULL, change_mark = NULL, updated_at = %s WHERE id = %s",
        (now, mailbox_id),
    )
    return folders


def _states(cursor: Cursor, bucket_id: str, mailbox: str | None, key: str | None) -> list[Row]:
    values = {"bucket": bucket_id, "mailbox": mailbox, "key": key}
    cursor.execute(
        f"""{_OURS} AND (%(mailbox)s::text IS NULL OR m.address = %(mailbox)s)
            AND (%(key)s::text IS NULL OR lpad(to_hex(f.id), 16, '0') = %(key)s)
        ORDER BY m.address, f.path LIMIT {_LIMIT}""",
        values,
    )
    ours = [dict(row) for row in cursor.fetchall()]
    cursor.execute(
        f"""SELECT key, mailbox AS mailbox_name, state FROM pushed_sync_states WHERE bucket_id = %(bucket)s
            AND (%(mailbox)s::text IS NULL OR mailbox = %(mailbox)s) AND (%(key)s::text IS NULL OR key = %(key)s)
        ORDER BY mailbox, key LIMIT {_LIMIT}""",
        values,
    )
    return ours + [dict(row) for row in cursor.fetchall()]
