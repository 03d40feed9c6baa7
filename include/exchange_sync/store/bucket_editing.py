"""A bucket's settings as people edit them: refusing stale edits, counting what a shorter retention would erase."""

from __future__ import annotations

from datetime import datetime

from exchange_sync.errors import BadInput
from exchange_sync.model.config import BucketConfig
from exchange_sync.store import integrations
from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.sources import Taken

COUNTED = 10_000  # comments at most: a page must not count a million


def hold(cursor: Cursor, bucket_id: str, updated_at: datetime) -> Row:
    """A bucket's row, held until the transaction ends. Raises Taken when it was changed since, BadInput when gone."""
    cursor.execute("SELECT * FROM buckets WHERE id = %s FOR UPDATE", (bucket_id,))
    row: Row | None = cursor.fetchone()
    if row is None:
        raise BadInput("this bucket has been deleted meanwhile")
    if row["updated_at"] != updated_at:
        raise Taken("this bucket was changed meanwhile: read it again, then change it")
    return row


def save(cursor: Cursor, wanted: BucketConfig, now: datetime) -> None:
    """Make the bucket so."""
    integrations.apply_bucket(cursor, wanted, now)


def older(db: Database, bucket_id: str, moment: datetime) -> int:
    """How many comments of a bucket are of emails before a moment; counted up to one more than COUNTED."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT count(*) AS n FROM (
                SELECT 1 FROM comments WHERE bucket_id = %s AND timestamp < %s ORDER BY timestamp LIMIT %s) found""",
            (bucket_id, moment, COUNTED + 1),
        )
        return int(cursor.fetchone()["n"])
