"""Places where an email lay long ago: `origins` keeps a row for each, and would grow with every move for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from exchange_sync.store.database import Cursor, Database

AT_ONCE = 2_000

# Each page of the walk takes what follows the last one: rows that stay would else be looked at again and again.
_LONG_GONE = """SELECT o.id, o.gone_at, o.deletion_seen
        AND NOT EXISTS (SELECT 1 FROM comments c WHERE c.origin_id = o.id) AS is_free
    FROM origins o WHERE o.gone_at < %(before)s AND (%(id)s::bigint IS NULL OR (o.gone_at, o.id) > (%(gone)s, %(id)s))
    ORDER BY o.gone_at, o.id LIMIT %(limit)s"""


def trim_gone(db: Database, before: datetime) -> int:
    """Delete the places that emails left before then, a page a transaction; how many.

    Two kinds stay: a place that its comment still shows (an email deleted from its only mailbox), and one whose
    going no full pass over the mailbox has reckoned with yet, since that may be a deletion to record.
    """
    removed, last = 0, None
    while True:
        with db.transaction() as cursor:
            page = _page(cursor, before, last)
            removed += _delete(cursor, [row["id"] for row in page if row["is_free"]], before)
        if len(page) < AT_ONCE:
            return removed
        last = page[-1]


def _page(cursor: Cursor, before: datetime, last: Any) -> list[Any]:
    gone, origin_id = (last["gone_at"], last["id"]) if last else (None, None)
    cursor.execute(_LONG_GONE, {"before": before, "gone": gone, "id": origin_id, "limit": AT_ONCE})
    return list(cursor.fetchall())


def _delete(cursor: Cursor, origin_ids: list[int], before: datetime) -> int:
    """Those of them that are still long gone: a sync may have seen one again since the page was read."""
    cursor.execute(
        "SELECT id FROM origins WHERE id = ANY(%s) AND gone_at < %s ORDER BY id FOR UPDATE", (origin_ids, before)
    )
    ids = [row["id"] for row in cursor.fetchall()]
    cursor.execute("DELETE FROM quarantine WHERE origin_id = ANY(%s)", (ids,))
    cursor.execute("DELETE FROM origins WHERE id = ANY(%s)", (ids,))
    return len(ids)
