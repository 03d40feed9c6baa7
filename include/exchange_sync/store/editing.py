"""Integrations as the API and the page read and change them: refusing stale edits, leaving no half of an edit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.errors import BadInput
from exchange_sync.model.config import Configuration, Filters, IntegrationConfig, MailboxConfig
from exchange_sync.store import integrations, sources, switching
from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.sources import Ref, Taken

_STEP = 10_000  # items forgotten in one transaction


def mailboxes_of(db: Database, integration_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The configured mailboxes of integrations, by the integration's id, each list by address."""
    with db.transaction() as cursor:
        return _mailboxes_of(cursor, integration_ids)


def _mailboxes_of(cursor: Cursor, integration_ids: Sequence[str]) -> dict[str, list[Row]]:
    cursor.execute(
        """SELECT m.*, b.owner AS bucket_owner, b.name AS bucket_name, b.title AS bucket_title
        FROM mailboxes m JOIN buckets b ON b.id = m.bucket_id
        WHERE m.integration_id = ANY(%s) AND m.removed_at IS NULL ORDER BY m.address""",
        (list(integration_ids),),
    )
    found: dict[str, list[Row]] = {}
    for row in cursor.fetchall():
        found.setdefault(row["integration_id"], []).append(row)
    return found


def locked(cursor: Cursor, integration_id: str, updated_at: datetime | None) -> IntegrationConfig:
    """An integration as configured, held until the transaction ends.

    updated_at: as the editor last read it; None edits whatever is there. Raises Taken when somebody else has changed
    it since, BadInput when it is gone.
    """
    row = hold(cursor, integration_id, updated_at)
    boxes = _mailboxes_of(cursor, [integration_id]).get(integration_id, [])
    return IntegrationConfig(
        owner=row["owner"],
        name=row["name"],
        connection=row["connection"],
        title=row["title"],
        interval_seconds=row["interval_seconds"],
        viewers=tuple(row["viewers"]),
        editors=tuple(row["editors"]),
        mailboxes=tuple(mailbox_config(box) for box in boxes),
    )


def hold(cursor: Cursor, integration_id: str, updated_at: datetime | None) -> Row:
    """An integration's row, held until the transaction ends. Raises as locked does."""
    cursor.execute("SELECT * FROM integrations WHERE id = %s FOR UPDATE", (integration_id,))
    row: Row | None = cursor.fetchone()
    if row is None:
        raise BadInput("this integration has been deleted meanwhile")
    if updated_at is not None and row["updated_at"] != updated_at:
        raise Taken("this integration was changed meanwhile: read it again, then change it")
    return row


def mailbox_config(box: Row) -> MailboxConfig:
    """A mailbox as configured, from its row with bucket_owner and bucket_name."""
    return MailboxConfig(
        address=box["address"],
        bucket_owner=box["bucket_owner"],
        bucket_name=box["bucket_name"],
        enabled=box["enabled"],
        start_time=box["start_time"],
        attachments=box["attachments"],
        filters=Filters.from_dict(box["filters"]),
    )


def require_new(cursor: Cursor, ref: Ref) -> None:
    """Raises Taken when there is an integration of this name."""
    if sources.find_in(cursor, "integrations", ref) is not None:
        raise Taken(f"integration {ref} exists already: change it with POST, or choose another name")


def save(cursor: Cursor, wanted: IntegrationConfig, new_buckets: Sequence[tuple[Ref, str]], now: datetime) -> str:
    """Make an integration so, with the buckets (and titles) that it lacks; its id.

    Mailboxes that it does not name are removed from it; what they brought stays. One that an error has stopped stays
    so: see switch.
    """
    for ref, title in new_buckets:
        sources.create_bucket(cursor, ref, title, now)
    integrations.apply_in(cursor, Configuration((), (wanted,)), now)
    cursor.execute(
        "UPDATE integrations SET updated_at = %s WHERE owner = %s AND name = %s RETURNING id",
        (now, wanted.owner, wanted.name),
    )
    return str(cursor.fetchone()["id"])


def begin_off(cursor: Cursor, integration_id: str, now: datetime) -> None:
    """One that was just made waits for a person to start it; nothing of it has run."""
    cursor.execute(
        """UPDATE integrations SET enabled = false, disabled_reason = 'user', disabled_at = %s WHERE id = %s""",
        (now, integration_id),
    )


def switch(db: Database, integration_id: str, *, enabled: bool | None, boxes: Sequence[str], now: datetime) -> None:
    """Start or stop an integration (None: neither), and start those mailboxes, by address, that an error had stopped.

    Incidents are closed by it, and Airflow's pause switch follows (store/switching.py).
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT id FROM mailboxes WHERE integration_id = %s AND removed_at IS NULL AND NOT enabled
                AND address = ANY(%s) ORDER BY address""",
            (integration_id, list(boxes)),
        )
        stopped = [row["id"] for row in cursor.fetchall()]
    for mailbox_id in stopped:
        switching.enable_mailbox(db, integration_id, mailbox_id, now)
    if enabled is True:
        switching.enable(db, integration_id, now, unpause=True)
    elif enabled is False:
        switching.disable_by_user(db, integration_id, now, paused=False)


def delete(db: Database, integration_id: str, now: datetime) -> None:
    """Delete an integration and what is known of its mailboxes' items. Its comments stay in their buckets.

    In steps: whoever is interrupted does it again and goes on where this ended.
    """
    with db.transaction() as cursor:
        cursor.execute("UPDATE integrations SET enabled = false WHERE id = %s", (integration_id,))
        cursor.execute(
            """UPDATE mailboxes SET removed_at = coalesce(removed_at, %s), open_batch = NULL
            WHERE integration_id = %s RETURNING id""",
            (now, integration_id),
        )
        boxes = [row["id"] for row in cursor.fetchall()]
    while _forget_items(db, boxes):
        pass
    with db.transaction() as cursor:
        cursor.execute(
            "DELETE FROM sync_states WHERE folder_id IN (SELECT id FROM folders WHERE mailbox_id = ANY(%s))", (boxes,)
        )
        for table in ("folders", "batches"):
            cursor.execute(f"DELETE FROM {table} WHERE mailbox_id = ANY(%s)", (boxes,))
        cursor.execute("DELETE FROM mailboxes WHERE id = ANY(%s)", (boxes,))
        cursor.execute("DELETE FROM integrations WHERE id = %s", (integration_id,))


def _forget_items(db: Database, boxes: list[int]) -> int:
    with db.transaction() as cursor:
        cursor.execute("SELECT id FROM origins WHERE mailbox_id = ANY(%s) LIMIT %s", (boxes, _STEP))
        items = [row["id"] for row in cursor.fetchall()]
        cursor.execute("DELETE FROM quarantine WHERE origin_id = ANY(%s)", (items,))
        cursor.execute("DELETE FROM origins WHERE id = ANY(%s)", (items,))
    return len(items)
