"""What a person does on a page to an integration or a mailbox: refused where it was changed meanwhile."""

from __future__ import annotations

from datetime import datetime

from exchange_sync.store.database import Cursor
from exchange_sync.store.sources import Taken


def claim_integration(cursor: Cursor, integration_id: str, updated_at: datetime, now: datetime) -> None:
    """Hold an integration as somebody read it; of two who act on the same reading, the second raises Taken."""
    cursor.execute(
        "UPDATE integrations SET updated_at = %s WHERE id = %s AND updated_at = %s", (now, integration_id, updated_at)
    )
    if not cursor.rowcount:
        raise Taken("This integration was changed meanwhile. Go back, look at it again, then decide.")


def claim_mailbox(cursor: Cursor, mailbox_id: int, updated_at: datetime, now: datetime) -> None:
    """The same for a mailbox. Raises Taken."""
    cursor.execute(
        """UPDATE mailboxes SET updated_at = %s WHERE id = %s AND updated_at = %s AND removed_at IS NULL""",
        (now, mailbox_id, updated_at),
    )
    if not cursor.rowcount:
        raise Taken("This mailbox was changed meanwhile. Go back, look at it again, then decide.")
