"""The walking product: configuration, listing, comments, quarantine and batches.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CONFIGURATION = """
CREATE TABLE buckets (
    id            text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
    owner         text NOT NULL,
    name          text NOT NULL,
    title         text NOT NULL DEFAULT '',
    quota_emails  bigint CHECK (quota_emails >= 0),
    quota_bytes   bigint CHECK (quota_bytes >= 0),
    keep_mime     boolean NOT NULL DEFAULT true,
    last_sequence bigint NOT NULL DEFAULT 0,
    emails        bigint NOT NULL DEFAULT 0,
    bytes         bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner, name)
);
CREATE TABLE integrations (
    id                   text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
    owner                text NOT NULL,
    name                 text NOT NULL,
    title                text NOT NULL DEFAULT '',
    connection           text NOT NULL,
    interval_seconds     integer NOT NULL CHECK (interval_seconds > 0),
    enabled              boolean NOT NULL DEFAULT true,
    disabled_reason      text CHECK (disabled_reason IN ('user', 'quota', 'sync_error')),
    disabled_at          timestamptz,
    pause_confirmed_at   timestamptz,
    viewers              text[] NOT NULL DEFAULT '{}',
    editors              text[] NOT NULL DEFAULT '{}',
    not_before           timestamptz,
    consecutive_failures integer NOT NULL DEFAULT 0,
    last_error           jsonb,
    last_run_at          timestamptz,
    last_success_at      timestamptz,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner, name)
);
CREATE TABLE mailboxes (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    integration_id       text NOT NULL REFERENCES integrations,
    address              text NOT NULL,
    bucket_id            text NOT NULL REFERENCES buckets,
    enabled              boolean NOT NULL DEFAULT true,
    disabled_reason      text CHECK (disabled_reason IN ('user', 'quota', 'sync_error')),
    start_time           timestamptz,
    attachments          text NOT NULL DEFAULT 'none' CHECK (attachments IN ('none', 'not_inline', 'all')),
    filters              jsonb NOT NULL DEFAULT '{}',
    listed_start_time    timestamptz,           -- the start time under which mail was skipped so far
    generation           bigint NOT NULL DEFAULT 0,
    synced_until         timestamptz,
    watermark            text,                  -- what the last batch wrote; the CLI's watermark
    open_batch           text,
    change_mark          text,                  -- of the last look that left nothing to do
    seen_mark            text,                  -- of the gate's last look
    looked_at            timestamptz,
    synced_at            timestamptz,           -- end of the last batch that did all it set out to do
    not_before           timestamptz,
    consecutive_failures integer NOT NULL DEFAULT 0,
    last_error           jsonb,
    totals               jsonb NOT NULL DEFAULT '{}',
    removed_at           timestamptz,           -- no longer configured; what it brought stays
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    UNIQUE (integration_id, address)
);
CREATE INDEX mailboxes_bucket ON mailboxes (bucket_id);
"""

LISTING = """
CREATE SEQUENCE observations;
CREATE TABLE folders (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox_id    bigint NOT NULL REFERENCES mailboxes,
    key           text COLLATE "C" NOT NULL,
    parent_key    text COLLATE "C",
    path          text[] NOT NULL,
    filed_path    text[],                       -- the path that comments of this folder bear
    distinguished text,
    folder_class  text,
    root          text NOT NULL DEFAULT 'primary',
    left_out      text,                         -- why it is not synced; NULL: it is
    total         integer NOT NULL DEFAULT 0,
    mark          text,
    gone_at       timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (mailbox_id, key)
);
CREATE TABLE sync_states (
    folder_id  bigint NOT NULL REFERENCES folders,
    generation bigint NOT NULL,
    state      text NOT NULL,
    finished   boolean NOT NULL,                -- the listing had reached the folder's end
    mark       text,                            -- the folder's change mark when that listing began
    saved_at   timestamptz NOT NULL,
    PRIMARY KEY (folder_id, generation)
);
CREATE TABLE origins (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox_id bigint NOT NULL REFERENCES mailboxes,
    folder_id  bigint NOT NULL REFERENCES folders,
    item_id    text COLLATE "C" NOT NULL,
    state      text NOT NULL CHECK (state IN ('pending', 'loaded', 'skipped', 'quarantined')),
    reason     text,                            -- why skipped or quarantined
    received   timestamptz,
    size       integer NOT NULL DEFAULT 0,
    comment_id text COLLATE "C",
    observed   bigint,                          -- drawn when it was observed to change (design decision 7)
    unsure     boolean NOT NULL DEFAULT false,  -- to be confirmed by the listing that runs now
    listed_at  timestamptz NOT NULL,
    gone_at    timestamptz,
    UNIQUE (mailbox_id, item_id)
);
CREATE INDEX origins_pending ON origins (mailbox_id, received DESC NULLS LAST, id DESC)
    WHERE state = 'pending' AND gone_at IS NULL;
CREATE INDEX origins_folder ON origins (folder_id, state) WHERE gone_at IS NULL;
CREATE INDEX origins_unsure ON origins (folder_id) WHERE unsure;
CREATE INDEX origins_comment ON origins (comment_id, mailbox_id) WHERE comment_id IS NOT NULL;
CREATE TABLE quarantine (
    origin_id   bigint PRIMARY KEY REFERENCES origins,
    stage       text NOT NULL,
    code        text NOT NULL,
    mime_sha256 text,
    attempts    integer NOT NULL DEFAULT 1,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL
);
CREATE TABLE batches (
    id         text PRIMARY KEY,
    mailbox_id bigint NOT NULL REFERENCES mailboxes,
    run        text NOT NULL,
    generation bigint NOT NULL,
    watermark  text,                            -- as extract read it
    opened_at  timestamptz NOT NULL,
    closed_at  timestamptz,
    finished   boolean NOT NULL DEFAULT false,  -- every listing reached its folder's end
    counts     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX batches_run ON batches (run);
CREATE INDEX batches_mailbox ON batches (mailbox_id, opened_at);
"""

COMMENTS = """
CREATE TABLE blobs (
    sha256     text PRIMARY KEY,
    size       bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE comments (
    bucket_id       text NOT NULL REFERENCES buckets,
    id              text COLLATE "C" NOT NULL,
    sequence        bigint NOT NULL,
    message_id      text NOT NULL,
    conflict        boolean NOT NULL DEFAULT false,
    timestamp       timestamptz NOT NULL,
    thread_id       text NOT NULL,
    user_properties jsonb NOT NULL,
    messages        jsonb NOT NULL,
    attachments     jsonb NOT NULL,
    quoted          text NOT NULL DEFAULT '',
    sender          text NOT NULL,
    sent_at         timestamptz,
    origin_id       bigint,                     -- whose metadata it shows
    observed        bigint NOT NULL,
    mime_sha256     text,
    size            bigint NOT NULL,
    clean_version   integer NOT NULL,
    problems        text[] NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (bucket_id, id),
    UNIQUE (bucket_id, sequence)
);
CREATE INDEX comments_timestamp ON comments (bucket_id, timestamp, id);
CREATE INDEX comments_thread ON comments (bucket_id, thread_id);
CREATE INDEX comments_origin ON comments (origin_id);
CREATE INDEX comments_mime ON comments (mime_sha256);
"""


def upgrade() -> None:
    """Create everything."""
    for part in (CONFIGURATION, LISTING, COMMENTS):
        op.execute(part)


def downgrade() -> None:
    """There is nothing before this."""
    raise NotImplementedError("drop the database instead")
