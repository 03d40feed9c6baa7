"""What the API serves comments by: sources, datasets, streams, and who may ask: users, tokens, audit.

Revision ID: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PEOPLE = """
CREATE TABLE users (
    id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
    username   text NOT NULL UNIQUE,
    email      text NOT NULL,
    roles      text[] NOT NULL DEFAULT '{}',    -- names of Airflow roles
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE tokens (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users ON DELETE CASCADE,
    sha256       text NOT NULL UNIQUE,          -- of the token, which is kept nowhere
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE UNIQUE INDEX tokens_active ON tokens (user_id) WHERE revoked_at IS NULL;
CREATE TABLE audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    username text NOT NULL,
    action   text NOT NULL,
    subject  text NOT NULL,
    details  jsonb NOT NULL DEFAULT '{}'        -- never mail, never a secret
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_subject ON audit (subject, at);
"""

# A source without a bucket has a hidden one of its own, so that every comment has a lock, a quota and a sequence.
SOURCES = """
ALTER TABLE buckets ADD COLUMN hidden boolean NOT NULL DEFAULT false;
CREATE TABLE sources (
    id                   text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
    owner                text NOT NULL,
    name                 text NOT NULL,
    title                text NOT NULL DEFAULT '',
    description          text NOT NULL DEFAULT '',
    language             text NOT NULL DEFAULT 'en',
    should_translate     boolean NOT NULL DEFAULT false,
    sensitive_properties text[] NOT NULL DEFAULT '{}',
    email_transform_tag  text,
    bucket_id            text NOT NULL REFERENCES buckets,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner, name)
);
CREATE INDEX sources_bucket ON sources (bucket_id);
CREATE TABLE datasets (
    id          text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
    owner       text NOT NULL,
    name        text NOT NULL,
    title       text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner, name)
);
CREATE TABLE dataset_sources (
    dataset_id text NOT NULL REFERENCES datasets ON DELETE CASCADE,
    source_id  text NOT NULL REFERENCES sources ON DELETE CASCADE,
    PRIMARY KEY (dataset_id, source_id)
);
CREATE INDEX dataset_sources_source ON dataset_sources (source_id);
CREATE TABLE pushed_sync_states (               -- of programs that push emails themselves; ours are in sync_states
    bucket_id text NOT NULL REFERENCES buckets ON DELETE CASCADE,
    key       text NOT NULL,
    mailbox   text NOT NULL,
    state     jsonb NOT NULL,
    PRIMARY KEY (bucket_id, key)
);
"""

# "A bucket is created with a source and a dataset of its own name" (design section 1), whoever creates it.
COMPANIONS = """
CREATE FUNCTION bucket_companions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    new_source text := left(replace(gen_random_uuid()::text, '-', ''), 16);
    new_dataset text := left(replace(gen_random_uuid()::text, '-', ''), 16);
BEGIN
    INSERT INTO sources (id, owner, name, title, bucket_id)
        VALUES (new_source, NEW.owner, NEW.name, NEW.title, NEW.id) ON CONFLICT (owner, name) DO NOTHING;
    IF FOUND THEN
        INSERT INTO datasets (id, owner, name, title)
            VALUES (new_dataset, NEW.owner, NEW.name, NEW.title) ON CONFLICT (owner, name) DO NOTHING;
        INSERT INTO dataset_sources (dataset_id, source_id)
            SELECT d.id, new_source FROM datasets d WHERE d.owner = NEW.owner AND d.name = NEW.name;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bucket_companions AFTER INSERT ON buckets
    FOR EACH ROW WHEN (NOT NEW.hidden) EXECUTE FUNCTION bucket_companions();
INSERT INTO sources (id, owner, name, title, bucket_id)
    SELECT left(replace(gen_random_uuid()::text, '-', ''), 16), owner, name, title, id FROM buckets;
INSERT INTO datasets (id, owner, name, title)
    SELECT left(replace(gen_random_uuid()::text, '-', ''), 16), owner, name, title FROM buckets;
INSERT INTO dataset_sources (dataset_id, source_id)
    SELECT d.id, s.id FROM datasets d JOIN sources s ON s.owner = d.owner AND s.name = d.name;
"""

# sequence: when a comment was created (or its text changed by the API). changed: that, or its properties changed.
# Both are drawn under the bucket's lock, which every writer of comments holds until it commits: so their order is the
# order of commits, and a reader that goes on behind a number misses nothing.
STREAMS = """
CREATE SEQUENCE changes;
ALTER TABLE comments ADD COLUMN changed bigint;
UPDATE comments c SET changed = numbered.number
    FROM (SELECT bucket_id, id, nextval('changes') AS number
          FROM (SELECT bucket_id, id FROM comments ORDER BY bucket_id, sequence) AS ordered) AS numbered
    WHERE c.bucket_id = numbered.bucket_id AND c.id = numbered.id;
ALTER TABLE comments ALTER COLUMN changed SET NOT NULL;
CREATE UNIQUE INDEX comments_changed ON comments (bucket_id, changed);
CREATE INDEX comments_created ON comments (bucket_id, created_at);
CREATE FUNCTION comment_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.sequence <> OLD.sequence OR NEW.user_properties <> OLD.user_properties THEN
        NEW.changed := nextval('changes');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comment_changed BEFORE INSERT OR UPDATE ON comments
    FOR EACH ROW EXECUTE FUNCTION comment_changed();
CREATE TABLE streams (
    id             text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    dataset_id     text NOT NULL REFERENCES datasets ON DELETE CASCADE,
    name           text NOT NULL,
    title          text NOT NULL DEFAULT '',
    description    text NOT NULL DEFAULT '',
    comment_filter jsonb,
    model          jsonb,                       -- stored, answered without: there are no predictions here
    redeliver      text CHECK (redeliver IN ('properties')),
    since          timestamptz NOT NULL,        -- where a bucket without a cursor starts: comments created from then on
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    UNIQUE (dataset_id, name)
);
CREATE TABLE stream_cursors (                   -- a bucket without a row: see streams.since
    stream_id text NOT NULL REFERENCES streams ON DELETE CASCADE,
    bucket_id text NOT NULL REFERENCES buckets ON DELETE CASCADE,
    sequence  bigint NOT NULL,
    PRIMARY KEY (stream_id, bucket_id)
);
CREATE TABLE stream_exceptions (
    stream_id  text NOT NULL REFERENCES streams ON DELETE CASCADE,
    uid        text NOT NULL,
    metadata   jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (stream_id, uid)
);
"""


def upgrade() -> None:
    """Add them; every bucket that is there gets its source and its dataset."""
    for part in (PEOPLE, SOURCES, COMPANIONS, STREAMS):
        op.execute(part)


def downgrade() -> None:
    """Not offered: streams would lose their place."""
    raise NotImplementedError("restore a backup instead")
