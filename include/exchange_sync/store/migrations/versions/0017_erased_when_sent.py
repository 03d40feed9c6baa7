"""When an erased email had been sent: another mail under its Message-ID is not the one that was erased (decision 64).

Revision ID: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those erased before it is not known: they keep away whatever comes under their Message-ID, as they did."""
    op.execute("ALTER TABLE tombstones ADD COLUMN sent_at timestamptz")


def downgrade() -> None:
    """Not offered, as elsewhere."""
    raise NotImplementedError("restore a backup instead")
