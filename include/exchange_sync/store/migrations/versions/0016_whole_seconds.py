"""Whether a change in the second of a folder's last listing may have left its mark as it was (decision 79).

Revision ID: 0016
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """States of before are older than any second that matters; a mailbox is looked at hourly besides."""
    op.execute("ALTER TABLE sync_states ADD COLUMN settled boolean NOT NULL DEFAULT true")


def downgrade() -> None:
    """Not offered, as elsewhere."""
    raise NotImplementedError("restore a backup instead")
