"""What each of Airflow's roles may, as its administrators have set it; unread in-app messages by person.

Revision ID: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE airflow_roles ADD COLUMN may_view boolean;      -- holds View integrations; NULL: not read yet
ALTER TABLE airflow_roles ADD COLUMN may_modify boolean;    -- holds Modify integrations
CREATE INDEX notifications_of_person ON notifications (recipient, created_at DESC) WHERE channel = 'in_app';
"""


def upgrade() -> None:
    """Add them; housekeeping and the page fill the roles."""
    op.execute(UP)


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore a backup instead")
