"""What is there: numbers for the command line, the demo's table and the page."""

from __future__ import annotations

from exchange_sync.store.database import Database, Row
from exchange_sync.store.listing import NOT_READABLE


def mailboxes(db: Database, owner: str | None = None, name: str | None = None) -> list[Row]:
    """One row per configured mailbox: its state, its totals, and what its items came to."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT i.owner, i.name, i.enabled AS integration_enabled, i.disabled_reason AS integration_reason,
                i.not_before AS integration_not_before, i.last_error AS integration_error,
                m.id, m.address, m.enabled, m.disabled_reason, m.synced_until, m.synced_at, m.not_before, m.last_error,
                m.totals, b.owner AS bucket_owner, b.name AS bucket_name,
                (SELECT count(*) FROM folders f WHERE f.mailbox_id = m.id AND f.gone_at IS NULL AND f.left_out IS NULL)
                    AS folders
            FROM mailboxes m JOIN integrations i ON i.id = m.integration_id JOIN buckets b ON b.id = m.bucket_id
            WHERE m.removed_at IS NULL AND (%(owner)s::text IS NULL OR (i.owner = %(owner)s AND i.name = %(name)s))
            ORDER BY i.owner, i.name, m.address""",
            {"owner": owner, "name": name},
        )
        rows: list[Row] = [dict(row) for row in cursor.fetchall()]
        cursor.execute(
            """SELECT o.mailbox_id, o.state, CASE WHEN o.state = 'skipped' THEN o.reason END AS reason, count(*) AS n
            FROM origins o JOIN folders f ON f.id = o.folder_id
            WHERE o.gone_at IS NULL AND f.gone_at IS NULL AND f.left_out IS NULL AND o.mailbox_id = ANY(%s)
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
            ([row["id"] for row in rows],),
        )
        items = cursor.fetchall()
    for row in rows:
        own = [item for item in items if item["mailbox_id"] == row["id"]]
        row["listed"] = sum(item["n"] for item in own)
        row["items"] = _by_state(own)
        row["skipped"] = {item["reason"]: item["n"] for item in own if item["state"] == "skipped"}
    return rows


def folders(db: Database, mailbox_id: int) -> list[Row]:
    """One row per synced folder: the server's count and what its listed items came to (listed = the sum of them)."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT f.path, f.total, count(o.id) AS listed, count(*) FILTER (WHERE o.state = 'loaded') AS loaded,
                count(*) FILTER (WHERE o.state = 'skipped') AS skipped,
                count(*) FILTER (WHERE o.state = 'quarantined') AS quarantined,
                count(*) FILTER (WHERE o.state = 'pending') AS pending
            FROM folders f LEFT JOIN origins o ON o.folder_id = f.id AND o.gone_at IS NULL
            WHERE f.mailbox_id = %s AND f.gone_at IS NULL AND f.left_out IS NULL GROUP BY f.id ORDER BY f.path""",
            (mailbox_id,),
        )
        return [dict(row) for row in cursor.fetchall()]


def unreadable(db: Database, mailbox_id: int) -> dict[str, str]:
    """The folders that the last listing was not allowed to read, by the server's key: why."""
    with db.transaction() as cursor:
        cursor.execute(
            "SELECT key, left_out FROM folders WHERE mailbox_id = %s AND gone_at IS NULL AND left_out = %s",
            (mailbox_id, NOT_READABLE),
        )
        return {row["key"]: row["left_out"] for row in cursor.fetchall()}


def bucket_counts(db: Database) -> list[Row]:
    """One row per bucket: how many comments and bytes it holds, and its quotas."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT owner, name, emails, bytes, quota_emails, quota_bytes FROM buckets WHERE NOT hidden
            ORDER BY owner, name"""
        )
        return [dict(row) for row in cursor.fetchall()]


def _by_state(items: list[Row]) -> dict[str, int]:
    counts = dict.fromkeys(("loaded", "skipped", "quarantined", "pending"), 0)
    for item in items:
        counts[item["state"]] += item["n"]
    return counts
