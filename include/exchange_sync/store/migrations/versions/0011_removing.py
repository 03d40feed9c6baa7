"""A mailbox that is removed ends its incident, and that is told (decision 42).

Revision ID: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

EVENTS = """
ALTER TABLE notifications DROP CONSTRAINT notifications_event_check;
ALTER TABLE notifications ADD CHECK (event IN ('opened', 'recovered', 'removed', 'test'));
"""

# What removals before this left behind: incidents without end, and faults that would outlast a second beginning.
LEFT = """
UPDATE incidents n SET closed_at = m.removed_at FROM mailboxes m
WHERE m.id = n.mailbox_id AND m.removed_at IS NOT NULL AND n.closed_at IS NULL;
UPDATE mailboxes SET enabled = true, disabled_reason = NULL, disabled_at = NULL, consecutive_failures = 0,
    failing_since = NULL, failed_run = NULL, last_error = NULL, not_before = NULL
WHERE removed_at IS NOT NULL AND disabled_reason IN ('quota', 'sync_error');
"""


def upgrade() -> None:
    """Close what was left open, without a message: it is long ago."""
    op.execute(EVENTS)
    op.execute(LEFT)


def downgrade() -> None:
    """Not offered, as elsewhere."""
    raise NotImplementedError("restore a backup instead")
