"""What validation found per run, and what re-cleaning needs: the server's properties of each email.

Revision ID: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE quality_results (
    run         text NOT NULL,
    mailbox_id  bigint NOT NULL REFERENCES mailboxes ON DELETE CASCADE,
    suite       text NOT NULL,
    expectation text NOT NULL,
    checked     bigint NOT NULL,
    failed      bigint NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (run, mailbox_id, suite, expectation)
);
CREATE INDEX quality_results_at ON quality_results (mailbox_id, at);
ALTER TABLE comments ADD COLUMN properties jsonb;  -- model.email.ItemProperties as first loaded; NULL: loaded earlier
CREATE INDEX comments_clean_version ON comments (bucket_id, clean_version, sequence);
"""


def upgrade() -> None:
    """Add them."""
    op.execute(UP)


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore a backup instead")
