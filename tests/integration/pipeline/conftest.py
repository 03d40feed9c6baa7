"""A mailbox in memory, a real PostgreSQL, and the pipeline between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.sync import sync_mailbox
from exchange_sync.pipeline.watermarks import PostgresWatermarks
from exchange_sync.settings import Settings
from exchange_sync.store import integrations, schema
from exchange_sync.store.database import Database

from tests.support.memory_exchange import MemoryExchange, MemorySource

SUPPORT, CLAIMS = "support@acme.example", "claims@acme.example"
BOTH = IntegrationConfig(
    "acme", "exchange", "exchange_acme",
    mailboxes=(MailboxConfig(SUPPORT, "acme", "mail"), MailboxConfig(CLAIMS, "acme", "mail")),
)  # fmt: skip


class World:
    """What a test acts on: an Exchange, the pipeline's context, and a look into the database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.exchange = MemoryExchange()
        for address in (SUPPORT, CLAIMS):
            self.exchange.add_mailbox(address)
        self.db = Database(url)
        self.settings = Settings(
            url, (folder / "blobs").as_uri(), (folder / "staging").as_uri(), folder / "integrations.json"
        )
        self.configure(BOTH)
        self.context = self.make_context()

    def make_context(self, **settings: object) -> Context:
        changed = Settings(**{**vars(self.settings), **settings})  # type: ignore[arg-type]
        return Context(
            changed,
            "acme/exchange",
            lambda name: MemorySource(self.exchange),
            PostgresWatermarks(self.db),
            now_utc,
            run="test",
        )

    def configure(self, *found: IntegrationConfig, bucket: BucketConfig | None = None) -> dict[str, int]:
        return integrations.apply(self.db, Configuration((bucket or BucketConfig("acme", "mail"),), found), now_utc())

    def close(self) -> None:
        """Its connections: a server has a hundred."""
        self.context.db.close()
        self.db.close()

    def sync(self, address: str = SUPPORT) -> dict[str, int]:
        return sync_mailbox(self.context, address)

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        with self.db.transaction() as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]

    def folders(self) -> dict[str, str]:
        """Message-ID → the Folder that its comment shows."""
        rows = self.rows("SELECT message_id, user_properties ->> 'string:Folder' AS folder FROM comments")
        return {str(row["message_id"]): str(row["folder"]) for row in rows}

    def fingerprint(self) -> list[dict[str, object]]:
        """All that a reader can see of the comments, updated_at included; a recorded deletion is asked for apart."""
        rows = self.rows("SELECT * FROM comments ORDER BY bucket_id, id")
        return [{name: value for name, value in row.items() if name != "deleted_at"} for row in rows]

    def deleted(self) -> list[object]:
        """The Message-IDs of comments whose email no mailbox holds any more."""
        rows = self.rows("SELECT message_id FROM comments WHERE deleted_at IS NOT NULL ORDER BY id")
        return [row["message_id"] for row in rows]


@pytest.fixture
def make_world(
    new_database: Callable[..., str], template_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], World]]:
    """Worlds, each with a database and stores of its own."""
    template = template_database("exchange_sync", lambda url: schema.upgrade(url) and None)
    made: list[World] = []

    def make() -> World:
        made.append(World(new_database(template), tmp_path_factory.mktemp("stores")))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    """One world."""
    return make_world()
