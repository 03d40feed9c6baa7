"""No column takes its time from the database's clock: whoever writes a row says when (decision 70).

Revision ID: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Every default that asks the clock, found in the catalogue: so that none is forgotten here.
DEFAULTS = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS place, a.attname AS name
        FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
            JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND pg_get_expr(d.adbin, d.adrelid) ~* '(now|timestamp|current_(date|time))'
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', found.place, found.name);
    END LOOP;
END $$;
"""

# A bucket's companions are as old as it is.
COMPANIONS = """
CREATE OR REPLACE FUNCTION bucket_companions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    new_source text := left(replace(gen_random_uuid()::text, '-', ''), 16);
    new_dataset text := left(replace(gen_random_uuid()::text, '-', ''), 16);
BEGIN
    INSERT INTO sources (id, owner, name, title, bucket_id, created_at, updated_at)
        VALUES (new_source, NEW.owner, NEW.name, NEW.title, NEW.id, NEW.created_at, NEW.created_at)
        ON CONFLICT (owner, name) DO NOTHING;
    IF FOUND THEN
        INSERT INTO datasets (id, owner, name, title, created_at, updated_at)
            VALUES (new_dataset, NEW.owner, NEW.name, NEW.title, NEW.created_at, NEW.created_at)
            ON CONFLICT (owner, name) DO NOTHING;
        INSERT INTO dataset_sources (dataset_id, source_id)
            SELECT d.id, new_source FROM datasets d WHERE d.owner = NEW.owner AND d.name = NEW.name;
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    """A forgotten time fails loudly from here on."""
    op.execute(DEFAULTS)
    op.execute(COMPANIONS)


def downgrade() -> None:
    """Not offered, as elsewhere."""
    raise NotImplementedError("restore a backup instead")
