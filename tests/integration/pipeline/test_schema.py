"""Migrations: from each earlier schema, with data in it, to the newest, and nothing of the data is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from exchange_sync.store import schema
from exchange_sync.store.database import Database

from tests.support.sql_clock import asks_the_time

FILL = """
INSERT INTO buckets (id, owner, name, created_at, updated_at) VALUES ('00000000000000aa', 'acme', 'mail', now(), now());
INSERT INTO integrations (id, owner, name, connection, interval_seconds, created_at, updated_at FRESH_COLUMN)
    VALUES ('00000000000000bb', 'acme', 'exchange', 'x', 60, now(), now() FRESH_VALUE);
INSERT INTO mailboxes (integration_id, address, bucket_id, created_at, updated_at)
    VALUES ('00000000000000bb', 'a@b.example', '00000000000000aa', now(), now());
INSERT INTO folders (mailbox_id, key, path, created_at) SELECT id, 'k', '{Inbox}', now() FROM mailboxes;
INSERT INTO origins (mailbox_id, folder_id, item_id, state, comment_id, observed, listed_at)
    SELECT m.id, f.id, 'i', 'loaded', '3c613e', 1, now() FROM mailboxes m, folders f;
INSERT INTO comments (bucket_id, id, sequence, message_id, timestamp, thread_id, user_properties, messages, attachments,
    sender, origin_id, observed, size, clean_version, created_at, updated_at)
    SELECT '00000000000000aa', '3c613e', 1, '<a>', now(), '<a>', '{"string:Folder": "Inbox"}',
        '[{"body": {"text": "hello"}}]', '[]', 's@x', o.id, 1, 10, 1, now(), now() FROM origins o;
SELECT 1 AS done
"""


def filling(revision: str) -> str:
    """FILL for a schema: from 0004 on an integration says since when it counts as fresh."""
    column, value = (", fresh_from", ", now()") if revision >= "0004" else ("", "")
    return FILL.replace("FRESH_COLUMN", column).replace("FRESH_VALUE", value)


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


@pytest.mark.parametrize("revision", revisions())
def test_data_of_each_earlier_schema_comes_through(new_database: Callable[..., str], revision: str) -> None:
    url = new_database()
    assert schema.upgrade(url, revision) == revision
    db = Database(url)
    with db.transaction() as cursor:
        cursor.execute(filling(revision))
    db.close()

    assert schema.upgrade(url) == schema.head()

    with db.transaction() as cursor:
        cursor.execute("SELECT id, sequence, messages FROM comments")
        assert cursor.fetchall() == [{"id": "3c613e", "sequence": 1, "messages": [{"body": {"text": "hello"}}]}]
        cursor.execute("SELECT state, found_by FROM origins")
        assert cursor.fetchall() == [{"state": "loaded", "found_by": "sync"}]
    db.close()


def test_upgrading_twice_is_harmless(new_database: Callable[..., str]) -> None:
    url = new_database()
    assert schema.upgrade(url) == schema.upgrade(url) == schema.head()


def test_a_row_written_without_its_time_is_refused(new_database: Callable[..., str]) -> None:
    """No column and no function asks the database's clock: whoever writes says when (decision 70)."""
    url = new_database()
    schema.upgrade(url)
    db = Database(url)
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT d.adrelid::regclass || '.' || a.attname AS place, pg_get_expr(d.adbin, d.adrelid) AS text
            FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                JOIN pg_class c ON c.oid = d.adrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
            UNION ALL SELECT p.oid::regprocedure::text, p.prosrc FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
            WHERE p.pronamespace = 'public'::regnamespace AND l.lanname IN ('sql', 'plpgsql')"""
        )
        asking = {row["place"] for row in cursor.fetchall() if asks_the_time(row["text"])}
    db.close()
    assert asking == set()
