"""An item that was listed and then not found is asked for again before it counts as gone (decision 78).

Revision ID: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

MISSED = """
ALTER TABLE origins ADD COLUMN missed smallint NOT NULL DEFAULT 0;      -- how often it was asked for and not there
ALTER TABLE origins ADD COLUMN missed_at timestamptz;
ALTER TABLE folders ADD COLUMN relist boolean NOT NULL DEFAULT false;   -- to be listed from the start next time
ALTER TABLE folders ADD COLUMN relisted_at timestamptz;                 -- when that was last done
"""

# One passing "not found" made an item gone before this: listing its folder afresh brings back what is still there.
LOST = """
UPDATE folders SET relist = true WHERE gone_at IS NULL
    AND id IN (SELECT folder_id FROM origins WHERE state = 'pending' AND gone_at IS NOT NULL);
"""

# What a server says of 1601 or 4501 is no time of receipt: such mail was skipped as before the start, or never kept.
ABSURD = """
UPDATE origins SET state = 'pending', reason = NULL
    WHERE state = 'skipped' AND reason = 'before start' AND received < '1980-01-01' AND gone_at IS NULL;
UPDATE origins SET received = NULL WHERE received < '1980-01-01' OR received >= '2200-01-01';
"""

# A slash within a folder's name is escaped in the Folder property: these folders' comments are given their text anew.
REFILED = r"""
UPDATE folders SET filed_path = '{}' WHERE filed_path IS NOT NULL AND array_to_string(path, '') ~ '[/\\]';
"""


def upgrade() -> None:
    """Add the marks, and look again for what may have been lost."""
    op.execute(MISSED)
    op.execute(LOST)
    op.execute(ABSURD)
    op.execute(REFILED)


def downgrade() -> None:
    """Not offered, as elsewhere."""
    raise NotImplementedError("restore a backup instead")
