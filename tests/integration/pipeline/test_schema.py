"""Migrations: from each earlier schema, with data in it, to the newest, and nothing of the data is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from exchange_sync.store import schema
from exchange_sync.store.database import Database

FILL = """
INSERT INTO buckets (id, owner, name) VALUES ('00000000000000aa', 'acme', 'mail');
INSERT INTO integrations (id, owner, name, connection, interval_seconds)
    VALUES ('00000000000000bb', 'acme', 'exchange', 'x', 60);
INSERT INTO mailboxes (integration_id, address, bucket_id)
    VALUES ('00000000000000bb', 'a@b.example', '00000000000000aa');
INSERT INTO folders (mailbox_id, key, path) SELECT id, 'k', '{Inbox}' FROM mailboxes;
INSERT INTO origins (mailbox_id, folder_id, item_id, state, comment_id, observed, listed_at)
    SELECT m.id, f.id, 'i', 'loaded', '3c613e', 1, now() FROM mailboxes m, folders f;
INSERT INTO comments (bucket_id, id, sequence, message_id, timestamp, thread_id, user_properties, messages, attachments,
    sender, origin_id, observed, size, clean_version, created_at, updated_at)
    SELECT '00000000000000aa', '3c613e', 1, '<a>', now(), '<a>', '{"string:Folder": "Inbox"}',
        '[{"body": {"text": "hello"}}]', '[]', 's@x', o.id, 1, 10, 1, now(), now() FROM origins o;
SELECT 1 AS done
"""


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
        cursor.execute(FILL)
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
