"""Buckets, integrations and mailboxes: what is configured, and how they fare."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

from exchange_sync.errors import BadInput
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.store import switching
from exchange_sync.store.database import Cursor, Database, Row, jsonb


def apply(db: Database, configuration: Configuration, now: datetime) -> dict[str, int]:
    """Make the configuration so, in one transaction; counts of what was created, changed and removed.

    Mailboxes of a named integration that the configuration no longer names are removed from it: they are not synced
    any more, what they brought stays. Integrations and buckets that it does not name are left alone.
    """
    with db.transaction() as cursor:
        return apply_in(cursor, configuration, now)


def apply_in(cursor: Cursor, configuration: Configuration, now: datetime) -> dict[str, int]:
    """As apply, in the caller's transaction."""
    counts = {"created": 0, "changed": 0, "unchanged": 0, "removed": 0}
    for bucket in configuration.buckets:
        counts[apply_bucket(cursor, bucket, now)] += 1
    for integration in configuration.integrations:
        _apply_integration(cursor, integration, counts, now)
    return counts


def apply_bucket(cursor: Cursor, bucket: BucketConfig, now: datetime) -> str:
    """Make one bucket so; "created", "changed" or "unchanged"."""
    values = {**asdict(bucket), "id": secrets.token_hex(8), "now": now}
    cursor.execute(
        """INSERT INTO buckets (id, owner, name, title, quota_emails, quota_bytes, keep_mime, retention_days,
            created_at, updated_at)
        VALUES (%(id)s, %(owner)s, %(name)s, %(title)s, %(quota_emails)s, %(quota_bytes)s, %(keep_mime)s,
            %(retention_days)s, %(now)s, %(now)s)
        ON CONFLICT (owner, name) DO UPDATE SET title = excluded.title, quota_emails = excluded.quota_emails,
            quota_bytes = excluded.quota_bytes, keep_mime = excluded.keep_mime,
            retention_days = excluded.retention_days, updated_at = excluded.updated_at
        WHERE (buckets.title, buckets.quota_emails, buckets.quota_bytes, buckets.keep_mime, buckets.retention_days)
            IS DISTINCT FROM (excluded.title, excluded.quota_emails, excluded.quota_bytes, excluded.keep_mime,
                excluded.retention_days)
        RETURNING (xmax = 0) AS created""",
        values,
    )
    return _outcome(cursor)


def _apply_integration(cursor: Cursor, integration: IntegrationConfig, counts: dict[str, int], now: datetime) -> None:
    values = {**asdict(integration), "id": secrets.token_hex(8), "now": now}
    values.update(viewers=list(integration.viewers), editors=list(integration.editors), mailboxes=None)
    cursor.execute(
        """INSERT INTO integrations (id, owner, name, title, connection, interval_seconds, viewers, editors,
            created_at, updated_at, fresh_from)
        VALUES (%(id)s, %(owner)s, %(name)s, %(title)s, %(connection)s, %(interval_seconds)s, %(viewers)s, %(editors)s,
            %(now)s, %(now)s, %(now)s)
        ON CONFLICT (owner, name) DO UPDATE SET title = excluded.title, connection = excluded.connection,
            interval_seconds = excluded.interval_seconds, viewers = excluded.viewers, editors = excluded.editors,
            updated_at = excluded.updated_at
        WHERE (integrations.title, integrations.connection, integrations.interval_seconds, integrations.viewers,
               integrations.editors) IS DISTINCT FROM
            (excluded.title, excluded.connection, excluded.interval_seconds, excluded.viewers, excluded.editors)
        RETURNING (xmax = 0) AS created""",
        values,
    )
    counts[_outcome(cursor)] += 1
    cursor.execute("SELECT id FROM integrations WHERE owner = %s AND name = %s", (integration.owner, integration.name))
    integration_id = cursor.fetchone()["id"]
    for mailbox in integration.mailboxes:
        counts[apply_mailbox(cursor, integration_id, mailbox, now)] += 1
    cursor.execute(
        "SELECT address FROM mailboxes WHERE integration_id = %s AND removed_at IS NULL AND NOT address = ANY(%s)",
        (integration_id, [mailbox.address for mailbox in integration.mailboxes]),
    )
    if gone := cursor.fetchall():
        addresses = [box["address"] for box in gone]
        counts["removed"] += switching.remove_mailboxes(cursor, integration_id, addresses, now)


def apply_mailbox(cursor: Cursor, integration_id: str, mailbox: MailboxConfig, now: datetime) -> str:
    """Make one mailbox of an integration so; "created", "changed" or "unchanged". BadInput for another bucket."""
    bucket = bucket_of(cursor, mailbox.bucket_owner, mailbox.bucket_name)
    cursor.execute(
        "SELECT bucket_id FROM mailboxes WHERE integration_id = %s AND address = %s FOR UPDATE",
        (integration_id, mailbox.address),
    )
    known = cursor.fetchone()
    if known and known["bucket_id"] != bucket["id"]:
        raise BadInput(
            f"mailbox {mailbox.address} already fills another bucket: moving it would split its mail; keep its bucket, "
            "or configure the address under another integration"
        )
    cursor.execute(
        """INSERT INTO mailboxes (integration_id, address, bucket_id, enabled, disabled_reason, start_time, attachments,
            filters, created_at, updated_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (integration_id, address) DO UPDATE SET start_time = excluded.start_time,
            enabled = CASE WHEN mailboxes.disabled_reason IN ('quota', 'sync_error') THEN mailboxes.enabled
                           ELSE excluded.enabled END,
            disabled_reason = CASE WHEN mailboxes.disabled_reason IN ('quota', 'sync_error')
                THEN mailboxes.disabled_reason ELSE excluded.disabled_reason END,
            attachments = excluded.attachments, filters = excluded.filters, removed_at = NULL, change_mark = NULL,
            updated_at = excluded.updated_at
        WHERE (mailboxes.start_time, mailboxes.attachments, mailboxes.filters, mailboxes.removed_at)
                IS DISTINCT FROM (excluded.start_time, excluded.attachments, excluded.filters, NULL)
            OR (mailboxes.enabled <> excluded.enabled AND mailboxes.disabled_reason IS DISTINCT FROM 'quota'
                AND mailboxes.disabled_reason IS DISTINCT FROM 'sync_error')
        RETURNING (xmax = 0) AS created""",
        (
            integration_id, mailbox.address, bucket["id"], mailbox.enabled, None if mailbox.enabled else "user",
            mailbox.start_time, mailbox.attachments, jsonb(mailbox.filters.to_dict()), now, now,
        ),
    )  # fmt: skip
    return _outcome(cursor)


def _outcome(cursor: Cursor) -> str:
    row = cursor.fetchone()
    if row is None:
        return "unchanged"
    return "created" if row["created"] else "changed"


def bucket_of(cursor: Cursor, owner: str, name: str) -> Row:
    """A bucket's row. Raises BadInput when there is none."""
    cursor.execute("SELECT * FROM buckets WHERE owner = %s AND name = %s", (owner, name))
    row: Row | None = cursor.fetchone()
    if row is None:
        raise BadInput(f"there is no bucket {owner}/{name}: name it under buckets: in the same file")
    return row


def bucket_is_there(db: Database, owner: str, name: str) -> bool:
    """Whether there is a bucket of this name."""
    with db.transaction() as cursor:
        cursor.execute("SELECT 1 FROM buckets WHERE owner = %s AND name = %s", (owner, name))
        return cursor.fetchone() is not None


def other_bucket(db: Database, integration_name: str, mailbox: MailboxConfig) -> str:
    """The bucket (owner/name) that this mailbox of an integration (owner/name) fills already, if another; else ""."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT b.owner || '/' || b.name AS name FROM mailboxes m
            JOIN integrations i ON i.id = m.integration_id JOIN buckets b ON b.id = m.bucket_id
            WHERE i.owner || '/' || i.name = %s AND m.address = %s AND (b.owner, b.name) <> (%s, %s)""",
            (integration_name, mailbox.address, mailbox.bucket_owner, mailbox.bucket_name),
        )
        row = cursor.fetchone()
    return str(row["name"]) if row else ""


def integration(db: Database, owner: str, name: str) -> Row:
    """An integration's row. Raises BadInput when there is none."""
    with db.transaction() as cursor:
        cursor.execute("SELECT * FROM integrations WHERE owner = %s AND name = %s", (owner, name))
        row: Row | None = cursor.fetchone()
    if row is None:
        raise BadInput(f"there is no integration {owner}/{name}: see `exchange-sync status` for those there are")
    return row


def all_integrations(db: Database) -> list[Row]:
    """Every integration, by name: what DAG files are made from. Configured by people, so few."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT id, owner, name, title, connection, interval_seconds, viewers, editors, enabled, created_at,
                ARRAY(SELECT r.name FROM airflow_roles r WHERE r.name = ANY(viewers || editors) OR r.name =
                    'Exchange Sync Service' ORDER BY r.name) AS known_roles
            FROM integrations ORDER BY owner, integrations.name"""
        )
        return list(cursor.fetchall())


def bucket(db: Database, owner: str, name: str) -> Row:
    """A bucket's row. Raises BadInput when there is none."""
    with db.transaction() as cursor:
        return bucket_of(cursor, owner, name)


def all_buckets(db: Database) -> list[Row]:
    """Every bucket, by name."""
    with db.transaction() as cursor:
        cursor.execute("SELECT * FROM buckets WHERE NOT hidden ORDER BY owner, name")
        return list(cursor.fetchall())


def mailboxes(db: Database, integration_id: str) -> list[Row]:
    """The configured mailboxes of an integration, by address."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT m.*, b.owner AS bucket_owner, b.name AS bucket_name,
                EXISTS (SELECT 1 FROM origins o WHERE o.mailbox_id = m.id AND o.state = 'pending' AND o.gone_at IS NULL)
                    AS has_pending
            FROM mailboxes m JOIN buckets b ON b.id = m.bucket_id
            WHERE m.integration_id = %s AND m.removed_at IS NULL ORDER BY m.address""",
            (integration_id,),
        )
        return list(cursor.fetchall())


def mailbox(db: Database, integration_id: str, address: str) -> Row:
    """One mailbox's row with its bucket's name and MIME rule. Raises BadInput when it is not configured."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT m.*, b.owner AS bucket_owner, b.name AS bucket_name, b.keep_mime,
                b.retention_days
            FROM mailboxes m JOIN buckets b ON b.id = m.bucket_id
            WHERE m.integration_id = %s AND m.address = %s AND m.removed_at IS NULL""",
            (integration_id, address),
        )
        row: Row | None = cursor.fetchone()
    if row is None:
        raise BadInput(f"mailbox {address} is not configured in this integration: see `exchange-sync status`")
    return row


def looked_at(db: Database, mailbox_id: int, mark: str | None, now: datetime) -> None:
    """The gate has seen this change mark."""
    with db.transaction() as cursor:
        cursor.execute("UPDATE mailboxes SET seen_mark = %s, looked_at = %s WHERE id = %s", (mark, now, mailbox_id))


def wait_until(db: Database, mailbox_id: int, now: datetime, seconds: float, *, whole_server: bool) -> None:
    """A busy server is a row, not a sleep (design decision 3): the mailbox, or its whole integration, waits."""
    until = now + timedelta(seconds=seconds)
    with db.transaction() as cursor:
        if whole_server:
            cursor.execute(
                """UPDATE integrations SET not_before = greatest(not_before, %s)
                WHERE id = (SELECT integration_id FROM mailboxes WHERE id = %s)""",
                (until, mailbox_id),
            )
        else:
            cursor.execute(
                "UPDATE mailboxes SET not_before = greatest(not_before, %s) WHERE id = %s", (until, mailbox_id)
            )


def integration_waits(db: Database, integration_id: str, until: datetime) -> None:
    """The whole integration waits until then."""
    with db.transaction() as cursor:
        cursor.execute(
            "UPDATE integrations SET not_before = greatest(not_before, %s) WHERE id = %s", (until, integration_id)
        )
