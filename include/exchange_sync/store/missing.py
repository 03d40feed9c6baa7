"""Items that a listing named and that were not found when they were asked for (decision 78).

Once: asked for again in a later batch. Twice: their folder is listed from the start, and what that does not name is
gone. Named once more, and still not found: quarantine. Each folder is listed for this at most once in RELIST_HOURS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange_sync.store.database import Cursor, Row, insert_many

RELIST_HOURS = 6
LISTED_BUT_NOT_THERE = "listed, but not there when asked for"


@dataclass(frozen=True)
class Missing:
    """An item that was not found. code: the server's word for it. comment_id: what it would be, if that is known."""

    origin_id: int
    code: str
    comment_id: str | None = None


def miss(cursor: Cursor, missing: Sequence[Missing], now: datetime) -> list[Missing]:
    """Note that they were not found, in the caller's transaction; those that belong in the quarantine."""
    by_id = {item.origin_id: item for item in missing}
    cursor.execute(
        """SELECT o.id, o.missed, o.folder_id, o.listed_at >= o.missed_at AS named_since, f.relisted_at,
            f.left_out IS NOT NULL OR f.gone_at IS NOT NULL AS unlisted
        FROM origins o JOIN folders f ON f.id = o.folder_id WHERE o.id = ANY(%s) ORDER BY o.id FOR UPDATE OF o""",
        (list(by_id),),
    )
    rows = cursor.fetchall()
    again = [row for row in rows if row["missed"]]
    _once(cursor, [by_id[row["id"]] for row in rows if not row["missed"]], now)
    _nobody_lists(cursor, [row["id"] for row in again if row["unlisted"]], now)
    asked = [row for row in again if not row["unlisted"]]
    _list_afresh(cursor, [row for row in asked if row["missed"] == 1 and _may_relist(row, now)], now)
    bad = [row for row in asked if (row["missed"] > 1 and row["named_since"]) or
           (row["missed"] == 1 and not _may_relist(row, now))]  # fmt: skip
    return [by_id[row["id"]] for row in bad]


def _may_relist(row: Row, now: datetime) -> bool:
    return row["relisted_at"] is None or now - row["relisted_at"] >= timedelta(hours=RELIST_HOURS)


def _once(cursor: Cursor, items: Sequence[Missing], now: datetime) -> None:
    insert_many(
        cursor,
        """UPDATE origins o SET missed = 1, missed_at = v.now, comment_id = coalesce(o.comment_id, v.comment_id)
        FROM (VALUES %s) AS v (id, comment_id, now) WHERE o.id = v.id""",
        [(item.origin_id, item.comment_id, now) for item in items],
    )


def _nobody_lists(cursor: Cursor, ids: Sequence[int], now: datetime) -> None:
    """Their folder is left out or gone by now: no listing will speak of them, so that they are gone."""
    cursor.execute("UPDATE origins SET gone_at = %s WHERE id = ANY(%s) AND gone_at IS NULL", (now, list(ids)))


def _list_afresh(cursor: Cursor, rows: Sequence[Row], now: datetime) -> None:
    cursor.execute(
        "UPDATE origins SET missed = missed + 1, missed_at = %s WHERE id = ANY(%s)", (now, [row["id"] for row in rows])
    )
    cursor.execute("UPDATE folders SET relist = true WHERE id = ANY(%s)", (sorted({row["folder_id"] for row in rows}),))


def start_afresh(cursor: Cursor, mailbox_id: int, now: datetime) -> None:
    """The folders that are to be listed from the start forget their states, in the caller's transaction."""
    cursor.execute(
        """UPDATE folders SET relist = false, relisted_at = %s
        WHERE mailbox_id = %s AND relist AND gone_at IS NULL AND left_out IS NULL RETURNING id""",
        (now, mailbox_id),
    )
    cursor.execute("DELETE FROM sync_states WHERE folder_id = ANY(%s)", ([row["id"] for row in cursor.fetchall()],))
