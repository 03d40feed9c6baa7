"""What failed, whom it was told to, and whether Airflow's pause switch follows: incidents, outbox, people.

Revision ID: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# failed_run, stop_run, looked_run: names of runs (batches.run), so that a cleared or repeated task counts once.
STATES = """
ALTER TABLE integrations ADD COLUMN failed_run text;            -- the last run that counted as a failure
ALTER TABLE integrations ADD COLUMN stop_run text;              -- no further task of this run may connect
ALTER TABLE integrations ADD COLUMN looked_run text;            -- the last run whose gate got in
ALTER TABLE integrations ADD COLUMN unpause_wanted_at timestamptz;  -- enabled again, Airflow's switch not yet seen on
ALTER TABLE integrations ADD COLUMN fresh_from timestamptz NOT NULL DEFAULT now();  -- lateness counts from then on
ALTER TABLE mailboxes ADD COLUMN failed_run text;
ALTER TABLE mailboxes ADD COLUMN disabled_at timestamptz;
"""

INCIDENTS = """
CREATE TABLE incidents (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    integration_id text NOT NULL REFERENCES integrations ON DELETE CASCADE,
    mailbox_id     bigint REFERENCES mailboxes ON DELETE CASCADE,     -- NULL: the integration itself
    level          text NOT NULL CHECK (level IN ('integration', 'mailbox')),
    kind           text NOT NULL,
    text           text NOT NULL CHECK (length(text) <= 4096),
    remedy         text NOT NULL,
    action         text NOT NULL CHECK (action IN ('integration_disabled', 'mailbox_disabled', 'none')),
    run            text NOT NULL DEFAULT '',                          -- whose log tells more
    since          timestamptz NOT NULL,                              -- of the first failure in the row
    opened_at      timestamptz NOT NULL,
    closed_at      timestamptz,
    processed_at   timestamptz,                                       -- all its messages have been dealt with
    CHECK ((level = 'mailbox') = (mailbox_id IS NOT NULL))
);
CREATE UNIQUE INDEX incidents_open ON incidents (integration_id, coalesce(mailbox_id, 0)) WHERE closed_at IS NULL;
CREATE INDEX incidents_integration ON incidents (integration_id, opened_at);
ALTER TABLE integrations ADD COLUMN failing_since timestamptz;
ALTER TABLE mailboxes ADD COLUMN failing_since timestamptz;
"""

# Addresses of services (Apprise) are secrets: they lie in Airflow connections, and only their ids are here.
TELLING = """
CREATE TABLE people (                           -- kept from Airflow's users
    username   text PRIMARY KEY,
    email      text NOT NULL,
    roles      text[] NOT NULL DEFAULT '{}',
    may_view   boolean NOT NULL,                -- holds View integrations by one of the roles
    updated_at timestamptz NOT NULL
);
CREATE TABLE airflow_roles (                    -- those that Airflow knows; a DAG may name no other
    name       text PRIMARY KEY,
    updated_at timestamptz NOT NULL
);
CREATE TABLE unsubscriptions (
    integration_id text NOT NULL REFERENCES integrations ON DELETE CASCADE,
    username       text NOT NULL,
    PRIMARY KEY (integration_id, username)
);
CREATE TABLE channels (                         -- services that are told of an integration, beside people
    integration_id text NOT NULL REFERENCES integrations ON DELETE CASCADE,
    connection     text NOT NULL,               -- id of an Airflow connection of type apprise
    PRIMARY KEY (integration_id, connection)
);
CREATE TABLE notifications (                    -- the outbox
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id  bigint NOT NULL REFERENCES incidents ON DELETE CASCADE,
    event        text NOT NULL CHECK (event IN ('opened', 'recovered')),
    channel      text NOT NULL CHECK (channel IN ('in_app', 'email', 'apprise')),
    recipient    text NOT NULL,                 -- a user's name, an e-mail address, a connection's id
    created_at   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    last_error   text,
    processed_at timestamptz,                   -- sent, or given up
    given_up     boolean NOT NULL DEFAULT false,
    read_at      timestamptz,
    UNIQUE (incident_id, event, channel, recipient)
);
CREATE INDEX notifications_due ON notifications (due_at) WHERE processed_at IS NULL;
"""


def upgrade() -> None:
    """Add them; nothing has failed yet."""
    for part in (STATES, INCIDENTS, TELLING):
        op.execute(part)


def downgrade() -> None:
    """Not offered: what was disabled would lose its reason."""
    raise NotImplementedError("restore a backup instead")
