"""A window of the past, re-read: what is missing is inserted, what has moved or gone is mended (design decision 4).

An item that the live sync has seen since the reading began is left alone: what it saw is newer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from exchange_sync.model.email import ListedItem
from exchange_sync.model.received import believable
from exchange_sync.store.batches import Batch, require_open
from exchange_sync.store.database import Cursor, Database, Row, insert_many


def folders(db: Database, mailbox_id: int, protocol: str, roots: Iterable[str]) -> list[Row]:
    """The synced folders of a mailbox that a source of this protocol can see by these roots: {id, key, path}."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT id, key, path FROM folders WHERE mailbox_id = %s AND gone_at IS NULL AND left_out IS NULL
                AND protocol = %s AND root = ANY(%s)
            ORDER BY path""",
            (mailbox_id, protocol, sorted(roots)),
        )
        return [dict(row) for row in cursor.fetchall()]


def save_found(
    db: Database, batch: Batch, folder_id: int, items: Sequence[ListedItem], protocol: str,
    start_time: datetime | None, read_at: datetime,
) -> dict[str, int]:  # fmt: skip
    """Items that the server has in a folder, in one transaction; counts of missing, skipped and found elsewhere.

    read_at: when the reading began. Raises Superseded.
    """
    with db.transaction() as cursor:
        require_open(cursor, batch)
        rows = []
        for item in {item.item_id: item for item in items}.values():
            received = believable(item.received, read_at)
            early = start_time is not None and received is not None and received < start_time
            state, reason = ("skipped", "before start") if early else ("pending", None)
            rows.append(
                (
                    batch.mailbox_id, folder_id, item.item_id, state, reason, received,
                    min(item.size or 0, 2**31 - 1), read_at, protocol,
                )
            )  # fmt: skip
        saved = insert_many(
            cursor,
            """INSERT INTO origins AS o (mailbox_id, folder_id, item_id, state, reason, received, size, listed_at,
                protocol, found_by)
            SELECT v.mailbox_id, v.folder_id, v.item_id, v.state, v.reason, v.received::timestamptz, v.size,
                v.listed_at, v.protocol, 'backfill'
            FROM (VALUES %s) AS v (mailbox_id, folder_id, item_id, state, reason, received, size, listed_at, protocol)
            ON CONFLICT (mailbox_id, item_id) DO UPDATE SET folder_id = excluded.folder_id, gone_at = NULL,
                state = CASE WHEN o.state = 'loaded' AND o.folder_id <> excluded.folder_id THEN 'pending'
                    ELSE o.state END
            WHERE o.listed_at < excluded.listed_at AND (o.gone_at IS NULL OR o.gone_at < excluded.listed_at)
                AND (o.folder_id <> excluded.folder_id OR o.gone_at IS NOT NULL)
            RETURNING (xmax = 0) AS created, state""",
            rows,
            fetch=True,
        )
    return {
        "missing": sum(row["created"] and row["state"] == "pending" for row in saved),
        "skipped: before start": sum(row["created"] and row["state"] == "skipped" for row in saved),
        "found elsewhere": sum(not row["created"] for row in saved),
    }


def waiting(db: Database, integration_id: str) -> int:
    """How many emails that backfills found missing in an integration's mailboxes are still to be fetched."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT count(*) AS n FROM origins o JOIN mailboxes m ON m.id = o.mailbox_id
            WHERE m.integration_id = %s AND o.state = 'pending' AND o.found_by = 'backfill' AND o.gone_at IS NULL""",
            (integration_id,),
        )
        return int(cursor.fetchone()["n"])


def mark_gone(
    db: Database, batch: Batch, folder_id: int, found: Sequence[str], since: datetime, until: datetime,
    read_at: datetime,
) -> int:  # fmt: skip
    """Items of the window that the server has no longer in this folder, and that nobody saw since read_at; how many.

    Raises Superseded.
    """
    with db.transaction() as cursor:
        require_open(cursor, batch)
        _remember_found(cursor, found)
        cursor.execute(
            """UPDATE origins o SET gone_at = %s WHERE o.folder_id = %s AND o.gone_at IS NULL AND o.listed_at < %s
                AND o.received >= %s AND o.received < %s
                AND NOT EXISTS (SELECT 1 FROM found_items f WHERE f.item_id = o.item_id)""",
            (read_at, folder_id, read_at, since, until),
        )
        return int(cursor.rowcount)


def _remember_found(cursor: Cursor, found: Sequence[str]) -> None:
    cursor.execute('CREATE TEMPORARY TABLE found_items (item_id text COLLATE "C" PRIMARY KEY) ON COMMIT DROP')
    insert_many(cursor, "INSERT INTO found_items VALUES %s ON CONFLICT DO NOTHING", [(item_id,) for item_id in found])
