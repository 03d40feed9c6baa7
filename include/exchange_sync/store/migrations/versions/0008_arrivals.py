"""Figures that pages show without counting comments: emails an hour, their delay, and comments by mailbox.

A statement's trigger keeps them: it costs a load one upsert a table and part. Both are keyed by mailbox, and whoever
writes a mailbox's comments holds its bucket's lock already, so nobody waits for anybody else by this.

Revision ID: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE arrivals (                          -- new comments by mailbox and hour; see store/arrivals.py
    mailbox_id      bigint NOT NULL REFERENCES mailboxes ON DELETE CASCADE,
    hour            timestamptz NOT NULL,        -- in which they became comments
    emails          bigint NOT NULL,
    fresh           bigint NOT NULL DEFAULT 0,   -- of them, received after synced_until: not a first sync's past
    fresh_seconds   double precision NOT NULL DEFAULT 0,  -- sum, from received to comment, of the fresh ones
    slowest_seconds double precision NOT NULL DEFAULT 0,  -- the longest of these
    PRIMARY KEY (mailbox_id, hour)
);
CREATE INDEX arrivals_hour ON arrivals (hour);
CREATE TABLE mailbox_comments (                  -- how many comments there are, by the mailbox that brought them
    mailbox_id bigint PRIMARY KEY REFERENCES mailboxes ON DELETE CASCADE,
    comments   bigint NOT NULL
);
CREATE INDEX origins_quarantined ON origins (mailbox_id) WHERE state = 'quarantined' AND gone_at IS NULL;
"""

# Ordered by mailbox, so that two statements that touch several of them never wait for each other crosswise.
TRIGGERS = """
CREATE FUNCTION comments_arrived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO arrivals AS a (mailbox_id, hour, emails, fresh, fresh_seconds, slowest_seconds)
        SELECT mailbox_id, hour, count(*), count(*) FILTER (WHERE fresh),
            coalesce(sum(seconds) FILTER (WHERE fresh), 0), coalesce(max(seconds) FILTER (WHERE fresh), 0)
        FROM (SELECT o.mailbox_id, date_trunc('hour', c.created_at, 'UTC') AS hour,
                greatest(0, extract(epoch FROM c.created_at - coalesce(o.received, c.timestamp))) AS seconds,
                coalesce(coalesce(o.received, c.timestamp) > m.synced_until, false) AS fresh
            FROM arrived c JOIN origins o ON o.id = c.origin_id JOIN mailboxes m ON m.id = o.mailbox_id) AS found
        GROUP BY mailbox_id, hour ORDER BY mailbox_id, hour
    ON CONFLICT (mailbox_id, hour) DO UPDATE SET emails = a.emails + excluded.emails,
        fresh = a.fresh + excluded.fresh, fresh_seconds = a.fresh_seconds + excluded.fresh_seconds,
        slowest_seconds = greatest(a.slowest_seconds, excluded.slowest_seconds);
    INSERT INTO mailbox_comments AS t (mailbox_id, comments)
        SELECT o.mailbox_id, count(*) FROM arrived c JOIN origins o ON o.id = c.origin_id
        GROUP BY o.mailbox_id ORDER BY o.mailbox_id
    ON CONFLICT (mailbox_id) DO UPDATE SET comments = t.comments + excluded.comments;
    RETURN NULL;
END $$;
CREATE TRIGGER comments_arrived AFTER INSERT ON comments REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION comments_arrived();
CREATE FUNCTION comments_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mailbox_comments AS t (mailbox_id, comments)
        SELECT o.mailbox_id, -count(*) FROM gone c JOIN origins o ON o.id = c.origin_id
        GROUP BY o.mailbox_id ORDER BY o.mailbox_id
    ON CONFLICT (mailbox_id) DO UPDATE SET comments = t.comments + excluded.comments;
    RETURN NULL;
END $$;
CREATE TRIGGER comments_left AFTER DELETE ON comments REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION comments_left();
"""

# Of the past it is known when a comment was made, but no more what its mailbox had been synced until: nothing is fresh.
PAST = """
INSERT INTO mailbox_comments (mailbox_id, comments)
    SELECT o.mailbox_id, count(*) FROM comments c JOIN origins o ON o.id = c.origin_id GROUP BY 1;
INSERT INTO arrivals (mailbox_id, hour, emails)
    SELECT o.mailbox_id, date_trunc('hour', c.created_at, 'UTC'), count(*)
    FROM comments c JOIN origins o ON o.id = c.origin_id
    WHERE c.created_at >= now() - interval '90 days' GROUP BY 1, 2;
"""


def upgrade() -> None:
    """Add them, filled from what is there."""
    for part in (TABLES, PAST, TRIGGERS):
        op.execute(part)


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("restore a backup instead")
