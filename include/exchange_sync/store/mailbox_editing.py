"""The mailboxes of one integration as people edit them: some of them at a time, since there may be thousands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.model.config import MailboxConfig
from exchange_sync.store import integrations, switching
from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.editing import mailbox_config

PAGE = 50

_COLUMNS = """m.id, m.address, m.enabled, m.disabled_reason, m.start_time, m.attachments, m.filters, m.removed_at,
    b.owner AS bucket_owner, b.name AS bucket_name"""
_FROM = "FROM mailboxes m JOIN buckets b ON b.id = m.bucket_id"
_FOUND = "m.integration_id = %(id)s AND m.removed_at IS NULL AND strpos(m.address, %(part)s) > 0"


def page(db: Database, integration_id: str, part: str, after: str, limit: int = PAGE) -> list[Row]:
    """Those whose address holds part, by address, from the one after ``after`` on."""
    with db.transaction() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE {_FOUND} AND m.address > %(after)s ORDER BY m.address LIMIT %(limit)s",
            {"id": integration_id, "part": part, "after": after, "limit": limit},
        )
        return list(cursor.fetchall())


def count(db: Database, integration_id: str, part: str = "") -> int:
    """How many there are whose address holds part."""
    with db.transaction() as cursor:
        cursor.execute(f"SELECT count(*) AS n FROM mailboxes m WHERE {_FOUND}", {"id": integration_id, "part": part})
        return int(cursor.fetchone()["n"])


def known(cursor: Cursor, integration_id: str, addresses: Sequence[str]) -> dict[str, Row]:
    """The rows of those among these addresses that are or were configured here, by address."""
    cursor.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE m.integration_id = %s AND m.address = ANY(%s)",
        (integration_id, list(addresses)),
    )
    return {row["address"]: row for row in cursor.fetchall()}


def configured(cursor: Cursor, integration_id: str, addresses: Sequence[str]) -> list[MailboxConfig]:
    """Those among these addresses that are configured now."""
    rows = known(cursor, integration_id, addresses)
    return [mailbox_config(row) for row in rows.values() if row["removed_at"] is None]


def put(cursor: Cursor, integration_id: str, boxes: Sequence[MailboxConfig], now: datetime) -> dict[str, int]:
    """Make these mailboxes so and leave the others alone; how many were created, changed and unchanged.

    Raises BadInput where a mailbox fills another bucket, or its bucket is not there.
    """
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    for box in boxes:
        counts[integrations.apply_mailbox(cursor, integration_id, box, now)] += 1
    _touch(cursor, integration_id, now)
    return counts


def remove(cursor: Cursor, integration_id: str, addresses: Sequence[str], now: datetime) -> int:
    """They are not synced any more; what they brought stays. How many there were."""
    removed = switching.remove_mailboxes(cursor, integration_id, addresses, now)
    _touch(cursor, integration_id, now)
    return removed


def buckets_of(db: Database, integration_id: str) -> list[Row]:
    """The buckets that an integration's mailboxes fill, with how many of them do."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT b.id, b.owner, b.name, b.title, b.emails, b.bytes, b.quota_emails, b.quota_bytes, b.keep_mime,
                b.retention_days, m.mailboxes
            FROM (SELECT bucket_id, count(*) AS mailboxes FROM mailboxes
                WHERE integration_id = %s AND removed_at IS NULL GROUP BY bucket_id) m
            JOIN buckets b ON b.id = m.bucket_id ORDER BY b.owner, b.name LIMIT 200""",
            (integration_id,),
        )
        return list(cursor.fetchall())


def brought(db: Database, integration_id: str, address: str = "") -> int:
    """How many comments an integration's mailboxes brought that are here, or one of them."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT coalesce(sum(t.comments), 0)::bigint AS n FROM mailboxes m
            JOIN mailbox_comments t ON t.mailbox_id = m.id
            WHERE m.integration_id = %(id)s AND (%(address)s = '' OR m.address = %(address)s)""",
            {"id": integration_id, "address": address},
        )
        return int(cursor.fetchone()["n"])


def sharing(db: Database, connection: str, besides: str = "") -> list[Row]:
    """The other integrations {owner, name} that use a connection."""
    with db.transaction() as cursor:
        cursor.execute(
            "SELECT owner, name FROM integrations WHERE connection = %s AND id <> %s ORDER BY owner, name LIMIT 1000",
            (connection, besides),
        )
        return list(cursor.fetchall())


def role_names(db: Database) -> list[str]:
    """The roles that Airflow is known to have."""
    with db.transaction() as cursor:
        cursor.execute("SELECT name FROM airflow_roles ORDER BY name LIMIT 200")
        return [row["name"] for row in cursor.fetchall()]


def _touch(cursor: Cursor, integration_id: str, now: datetime) -> None:
    """An edit of a mailbox is an edit of its integration: whoever has read it before is out of date."""
    cursor.execute("UPDATE integrations SET updated_at = %s WHERE id = %s", (now, integration_id))
