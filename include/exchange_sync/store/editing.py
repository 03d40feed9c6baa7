"""Integrations as the API and the page read and change them."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_sync.store.database import Database, Row


def mailboxes_of(db: Database, integration_ids: Sequence[str]) -> dict[str, list[Row]]:
    """The configured mailboxes of integrations, by the integration's id, each list by address."""
    with db.transaction() as cursor:
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
