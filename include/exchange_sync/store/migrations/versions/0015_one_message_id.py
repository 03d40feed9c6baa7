"""Several emails of one Message-ID are looked up (decision 64); whom a filter must know of is kept (decision 63).

Revision ID: 0015
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, and an index of the few conflicts."""
    op.execute("ALTER TABLE comments ADD participants jsonb")
    op.execute("CREATE INDEX comments_conflicts ON comments (bucket_id, message_id) WHERE conflict")


def downgrade() -> None:
    """Not offered, as elsewhere."""
    raise NotImplementedError("restore a backup instead")
