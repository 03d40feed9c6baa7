"""What a mailbox's listed items came to, folder by folder, and which are in the quarantine.

Counted when the page is opened, by the index of a folder's items alone; reasons are looked up for skipped items only.
"""

from __future__ import annotations

from exchange_sync.store.database import Cursor, Database, Row

FOLDERS, BAD = 500, 50
STATES = ("loaded", "skipped", "quarantined", "pending")


def folders(db: Database, mailbox_id: int) -> list[Row]:
    """A mailbox's folders by path, FOLDERS at most: {id, path, total, left_out, finished, saved_at, listed, …}.

    total: the server's count when the tree was last read. listed: the sum of STATES, each a key. reasons: of the
    skipped, {reason: n}. finished, saved_at: of the newest sync state; None where it has not been listed. Of folders
    that are left out nothing is counted.
    """
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT f.id, f.path, f.total, f.left_out, s.finished, s.saved_at FROM folders f
            LEFT JOIN LATERAL (SELECT finished, saved_at FROM sync_states s WHERE s.folder_id = f.id
                ORDER BY s.generation DESC LIMIT 1) s ON true
            WHERE f.mailbox_id = %s AND f.gone_at IS NULL ORDER BY f.left_out IS NOT NULL, f.path LIMIT {FOLDERS}""",
            (mailbox_id,),
        )
        rows = [{**row, **dict.fromkeys(STATES, 0), "reasons": {}} for row in cursor.fetchall()]
        _count(cursor, {row["id"]: row for row in rows if row["left_out"] is None})
    for row in rows:
        row["listed"] = sum(row[state] for state in STATES)
    return rows


def _count(cursor: Cursor, rows: dict[int, Row]) -> None:
    cursor.execute(
        """SELECT folder_id, state, count(*) AS n FROM origins WHERE folder_id = ANY(%s) AND gone_at IS NULL
        GROUP BY folder_id, state""",
        (list(rows),),
    )
    for found in cursor.fetchall():
        rows[found["folder_id"]][found["state"]] = found["n"]
    cursor.execute(
        """SELECT folder_id, reason, count(*) AS n FROM origins
        WHERE folder_id = ANY(%s) AND gone_at IS NULL AND state = 'skipped'
        GROUP BY folder_id, reason ORDER BY 3 DESC, 2""",
        ([one for one, row in rows.items() if row["skipped"]],),
    )
    for found in cursor.fetchall():
        rows[found["folder_id"]]["reasons"][found["reason"]] = found["n"]


def quarantined(db: Database, mailbox_id: int) -> list[Row]:
    """A mailbox's items in the quarantine, BAD of them, last tried first: {path, received, size, stage, code,
    attempts, first_at, last_at, retry_at, told}.

    told: {subject, sender, message_id} as far as it is known, or None; for people who may read the mail alone.
    retry_at: None when only a person can have it tried.
    """
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT f.path, o.received, o.size, q.stage, q.code, q.attempts, q.first_at, q.last_at, q.retry_at,
                q.told
            FROM origins o JOIN quarantine q ON q.origin_id = o.id JOIN folders f ON f.id = o.folder_id
            WHERE o.mailbox_id = %s AND o.state = 'quarantined' AND o.gone_at IS NULL
            ORDER BY q.last_at DESC, o.id LIMIT {BAD}""",
            (mailbox_id,),
        )
        return [dict(row) for row in cursor.fetchall()]
