"""What the server told of an email that is in the quarantine, so that people can tell which it is.

Revision ID: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is in the quarantine already tells nothing until it is tried again."""
    op.execute("ALTER TABLE quarantine ADD COLUMN told jsonb")  # subject, sender, message_id; goes with the row


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE quarantine DROP COLUMN told")
