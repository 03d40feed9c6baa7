"""All comments that a filter or a search takes, page by page: no statement is long, no connection is held between."""

from __future__ import annotations

from collections.abc import Iterator

from exchange_sync.store import searching
from exchange_sync.store.database import Row
from exchange_sync.store.filters import Condition
from exchange_sync.store.pool import Pool
from exchange_sync.store.searching import Place, Search

PAGE = 512
_COLUMNS = """c.id, c.bucket_id, c.sequence, c.timestamp, c.thread_id, c.user_properties, c.messages, c.attachments,
    c.created_at, c.updated_at"""


def pages(pool: Pool, bucket_id: str, condition: Condition) -> Iterator[list[Row]]:
    """Pages in the order of sequence numbers, each of those taken from PAGE comments looked at; it may be empty.

    What is added meanwhile comes at the end; what is changed or erased meanwhile is as it is when its page is read.
    """
    after = 0
    while True:
        with pool.lend() as db, db.transaction() as cursor:
            cursor.execute(
                """SELECT max(sequence) AS last FROM (SELECT sequence FROM comments
                    WHERE bucket_id = %s AND sequence > %s ORDER BY sequence LIMIT %s) AS next""",
                (bucket_id, after, PAGE),
            )
            last = cursor.fetchone()["last"]
            if last is None:
                return
            cursor.execute(
                f"""SELECT {_COLUMNS} FROM comments c WHERE c.bucket_id = %(bucket)s AND c.sequence > %(after)s
                    AND c.sequence <= %(last)s AND {condition.sql} ORDER BY c.sequence""",
                {**condition.values, "bucket": bucket_id, "after": after, "last": last},
            )
            rows = list(cursor.fetchall())
        after = int(last)
        yield rows


def found(pool: Pool, search: Search) -> Iterator[list[Row]]:
    """Pages of all that a search finds, newest first, each row with the source_id of its bucket; one may be empty.

    What arrives meanwhile and is newer than the first page is left out.
    """
    at: Place | None = None
    while True:
        with pool.lend() as db:
            hits = searching.page(db, search, at, PAGE)
            with db.transaction() as cursor:
                cursor.execute(
                    f"""SELECT {_COLUMNS}, (SELECT s.id FROM sources s WHERE s.bucket_id = c.bucket_id
                            ORDER BY s.created_at, s.id LIMIT 1) AS source_id
                    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (bucket_id, id, place)
                    JOIN comments c ON c.bucket_id = wanted.bucket_id AND c.id = wanted.id ORDER BY wanted.place""",
                    ([place.bucket_id for place in hits.places], [place.id for place in hits.places]),
                )
                rows = list(cursor.fetchall())
        yield rows
        at = hits.stopped or (hits.places[-1] if hits.more else None)
        if at is None:
            return
