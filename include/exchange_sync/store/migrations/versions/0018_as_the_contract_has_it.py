"""What the mirrored contract asks for: projects with a title, a program's state of a whole bucket, emails told apart.

Also removed: hidden buckets that a deletion had left without their source.

Revision ID: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE projects (                         -- owners that were given a title; others are there by what they own
    name        text PRIMARY KEY,
    title       text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE bucket_sync_states (               -- of programs that push emails, one a bucket; opaque to us
    bucket_id text PRIMARY KEY REFERENCES buckets ON DELETE CASCADE,
    state     jsonb NOT NULL
);
"""

# Comments that no mail stands behind, so that a bucket's emails can be counted: all of them, less these.
EMAILS = "CREATE INDEX comments_not_mail ON comments (bucket_id) WHERE clean_version = 0 AND origin_id IS NULL"

LEFT_BEHIND = (
    "SELECT b.id FROM buckets b WHERE b.hidden AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.bucket_id = b.id)"
)


def upgrade() -> None:
    """Add and clear up."""
    op.execute(TABLES)
    op.execute(EMAILS)
    for table in ("comments", "tombstones"):
        op.execute(f"DELETE FROM {table} WHERE bucket_id IN ({LEFT_BEHIND})")
    op.execute(f"DELETE FROM buckets WHERE id IN ({LEFT_BEHIND})")


def downgrade() -> None:
    """Not offered, as elsewhere."""
    raise NotImplementedError("restore a backup instead")
