"""What is kept beside the text and for how long: attachments, erasure, retention, deletions, filters.

Revision ID: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE buckets ADD COLUMN retention_days integer CHECK (retention_days > 0);
ALTER TABLE comments ADD COLUMN deleted_at timestamptz;        -- no mailbox holds the email any more
ALTER TABLE origins ADD COLUMN wanted text CHECK (wanted IN ('attachments'));  -- fetched again for its attachments
ALTER TABLE origins ADD COLUMN deletion_seen boolean NOT NULL DEFAULT false;  -- its going has been reckoned with
CREATE INDEX origins_going ON origins (mailbox_id) WHERE gone_at IS NOT NULL AND NOT deletion_seen;
CREATE INDEX origins_listed ON origins (mailbox_id, listed_at);
ALTER TABLE origins ADD COLUMN found_by text NOT NULL DEFAULT 'sync' CHECK (found_by IN ('sync', 'backfill'));
CREATE INDEX origins_window ON origins (folder_id, received) WHERE gone_at IS NULL;
ALTER TABLE quarantine ADD COLUMN retry_at timestamptz;
ALTER TABLE mailboxes ADD COLUMN listed_filters jsonb;         -- the filters under which mail was skipped so far
CREATE TABLE attachments (
    reference    text PRIMARY KEY CHECK (reference ~ '^[A-Za-z0-9_-]{20,128}$'),
    bucket_id    text NOT NULL,
    comment_id   text COLLATE "C" NOT NULL,
    position     integer NOT NULL,
    name         text NOT NULL,
    content_type text NOT NULL,
    size         bigint NOT NULL,
    sha256       text NOT NULL,
    UNIQUE (bucket_id, comment_id, position),
    FOREIGN KEY (bucket_id, comment_id) REFERENCES comments ON DELETE CASCADE
);
CREATE INDEX attachments_sha256 ON attachments (sha256);
CREATE TABLE tombstones (
    bucket_id text NOT NULL REFERENCES buckets,
    id        text COLLATE "C" NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (bucket_id, id)
);
"""


def upgrade() -> None:
    """Add them; what is there keeps its meaning."""
    op.execute(UP)


def downgrade() -> None:
    """Not offered: erased mail must stay erased."""
    raise NotImplementedError("restore a backup instead")
