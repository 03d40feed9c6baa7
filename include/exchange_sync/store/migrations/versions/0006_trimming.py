"""Places where an email no longer lies can be trimmed; several runs may be stopped beside each other.

Revision ID: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UP = """
CREATE INDEX origins_gone ON origins (gone_at, id) WHERE gone_at IS NOT NULL;
ALTER TABLE integrations DROP COLUMN stop_run;
ALTER TABLE integrations ADD COLUMN stopped_runs text[] NOT NULL DEFAULT '{}';  -- no further task of them may connect
"""


def upgrade() -> None:
    """Add them."""
    op.execute(UP)


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore a backup instead")
