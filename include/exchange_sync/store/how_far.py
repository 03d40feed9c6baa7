"""How far each mailbox has been synced: what to hold against a mail that is not here."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.store.database import Database, Row


def mailboxes(db: Database, integration_ids: Sequence[str], limit: int) -> list[Row]:
    """Configured mailboxes by address: {owner, name, address, synced_until, start_time, enabled, pending, filtered}.

    enabled: the mailbox and its integration. pending: something is listed and not yet fetched. filtered: folders or
    correspondents are left out by the mailbox's own filters.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT i.owner, i.name, m.address, m.synced_until, m.start_time, m.enabled AND i.enabled AS enabled,
                EXISTS (SELECT 1 FROM origins o WHERE o.mailbox_id = m.id AND o.state = 'pending'
                    AND o.gone_at IS NULL) AS pending,
                m.filters - 'include' - 'archive' <> '{}' AS filtered
            FROM mailboxes m JOIN integrations i ON i.id = m.integration_id
            WHERE m.integration_id = ANY(%s) AND m.removed_at IS NULL ORDER BY m.address, i.owner, i.name LIMIT %s""",
            (list(integration_ids), limit),
        )
        return list(cursor.fetchall())
