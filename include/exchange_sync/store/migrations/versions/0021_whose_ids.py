"""Whose folder keys, item ids and sync states these are: none of another protocol is ever sent (decision 82).

Revision ID: 0021
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All that was read before was read by EWS. A constant default: no row is written anew."""
    for table in ("folders", "sync_states", "origins"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN protocol text NOT NULL DEFAULT 'ews'")


def downgrade() -> None:
    """As it was."""
    for table in ("folders", "sync_states", "origins"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN protocol")
