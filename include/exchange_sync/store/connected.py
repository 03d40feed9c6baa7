"""What hangs on which Airflow connection: its integrations' mailboxes."""

from __future__ import annotations

from exchange_sync.store.database import Database

NAMES = 100


def names(db: Database) -> list[str]:
    """The ids of the connections that integrations use; the first hundred."""
    with db.transaction() as cursor:
        cursor.execute(f"SELECT DISTINCT connection FROM integrations ORDER BY connection LIMIT {NAMES}")
        return [row["connection"] for row in cursor.fetchall()]


def addresses(db: Database, connection: str, limit: int) -> list[str]:
    """Mailboxes that integrations sync through a connection, but for those that a person has switched off."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT DISTINCT m.address FROM mailboxes m JOIN integrations i ON i.id = m.integration_id
            WHERE i.connection = %s AND m.removed_at IS NULL AND m.disabled_reason IS DISTINCT FROM 'user'
            ORDER BY m.address LIMIT %s""",
            (connection, limit),
        )
        return [row["address"] for row in cursor.fetchall()]
