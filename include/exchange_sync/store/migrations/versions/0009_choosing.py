"""People choose by channel what they are told; test messages go through the outbox like all others.

Revision ID: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Until now an unsubscription meant both channels: each becomes two rows.
BY_CHANNEL = """
ALTER TABLE unsubscriptions ADD COLUMN channel text NOT NULL DEFAULT 'in_app' CHECK (channel IN ('in_app', 'email'));
ALTER TABLE unsubscriptions DROP CONSTRAINT unsubscriptions_pkey;
ALTER TABLE unsubscriptions ADD PRIMARY KEY (integration_id, username, channel);
INSERT INTO unsubscriptions (integration_id, username, channel) SELECT integration_id, username, 'email'
FROM unsubscriptions;
ALTER TABLE unsubscriptions ALTER COLUMN channel DROP DEFAULT;
CREATE INDEX unsubscriptions_of_person ON unsubscriptions (username);
"""

# asked_by, integration_id: of a test alone. integration_id: where a service is tried; NULL for a person's own channels.
TESTS = """
ALTER TABLE notifications ALTER COLUMN incident_id DROP NOT NULL;
ALTER TABLE notifications DROP CONSTRAINT notifications_event_check;
ALTER TABLE notifications ADD CHECK (event IN ('opened', 'recovered', 'test'));
ALTER TABLE notifications ADD COLUMN asked_by text;
ALTER TABLE notifications ADD COLUMN integration_id text REFERENCES integrations ON DELETE CASCADE;
ALTER TABLE notifications ADD CHECK ((event = 'test') = (incident_id IS NULL));
ALTER TABLE notifications ADD CHECK ((event = 'test') = (asked_by IS NOT NULL));
CREATE INDEX notifications_tests ON notifications (asked_by, id DESC) WHERE event = 'test';
"""


def upgrade() -> None:
    """Add them; whoever has unsubscribed stays so."""
    op.execute(BY_CHANNEL)
    op.execute(TESTS)


def downgrade() -> None:
    """Not offered: choices would be lost."""
    raise NotImplementedError("restore a backup instead")
