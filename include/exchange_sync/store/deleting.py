"""Deleting by the API: comments, sources, buckets; in steps, so that no statement and no lock lasts long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.store.blobs import Blobs
from exchange_sync.store.comments import lock_bucket
from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.erasure import erase
from exchange_sync.store.sources import Taken

_STEP = 2_000


def delete_comments(db: Database, blobs: Blobs, bucket_id: str, ids: Sequence[str], now: datetime) -> int:
    """Erase those of these comments that are there, so that no sync brings them back; how many there were."""
    with db.transaction() as cursor:
        cursor.execute("SELECT id FROM comments WHERE bucket_id = %s AND id = ANY(%s)", (bucket_id, list(ids)))
        there = [row["id"] for row in cursor.fetchall()]
    return erase(db, blobs, {"id": bucket_id}, there, "erased", now) if there else 0


def delete_source(db: Database, source: Row) -> None:
    """Delete a source; with it its hidden bucket and all that hangs on it, where it has one.

    The source goes last, with the bucket: whoever is interrupted finds it again and goes on.
    """
    if source["hidden"]:
        _empty(db, source["bucket_id"])
    with db.transaction() as cursor:
        if source["hidden"]:
            _drop_bucket(cursor, source["bucket_id"])
        else:
            cursor.execute("DELETE FROM sources WHERE id = %s", (source["id"],))


def delete_bucket(db: Database, bucket_id: str) -> None:
    """Delete a bucket, its comments and the sources that serve it. Raises Taken while mailboxes fill it, or once did:
    what is known of their items would point to nowhere."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT DISTINCT i.owner || '/' || i.name AS name FROM mailboxes m
            JOIN integrations i ON i.id = m.integration_id WHERE m.bucket_id = %s ORDER BY 1 LIMIT 3""",
            (bucket_id,),
        )
        users = [row["name"] for row in cursor.fetchall()]
        if users:
            raise Taken(f"mailboxes of {', '.join(users)} fill this bucket: delete those integrations first")
    _empty(db, bucket_id)
    with db.transaction() as cursor:
        _drop_bucket(cursor, bucket_id)


def _drop_bucket(cursor: Cursor, bucket_id: str) -> None:
    """A bucket that is all but empty, with its sources; what came in meanwhile goes, too."""
    lock_bucket(cursor, bucket_id)
    for table in ("comments", "tombstones", "sources"):
        cursor.execute(f"DELETE FROM {table} WHERE bucket_id = %s", (bucket_id,))
    cursor.execute("DELETE FROM buckets WHERE id = %s", (bucket_id,))


def _empty(db: Database, bucket_id: str) -> None:
    while True:
        with db.transaction() as cursor:
            cursor.execute(
                """DELETE FROM comments WHERE bucket_id = %(bucket)s AND id IN (
                    SELECT id FROM comments WHERE bucket_id = %(bucket)s LIMIT %(step)s)""",
                {"bucket": bucket_id, "step": _STEP},
            )
            if cursor.rowcount < _STEP:
                return
