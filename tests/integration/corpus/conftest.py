"""The Enron mailboxes of the shared corpus, served by the simulator over TLS, and the pipeline reading them by EWS."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from exchange_simulator.loaders import load
from exchange_simulator.testing import Running, running
from exchange_sync.clock import now_utc
from exchange_sync.model.config import BucketConfig, Configuration, Filters, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.watermarks import PostgresWatermarks
from exchange_sync.settings import Settings
from exchange_sync.source.credentials import from_fields
from exchange_sync.source.factory import open_source
from exchange_sync.store import integrations, schema
from exchange_sync.store.database import Database

from tests.conftest import shared_folder


@dataclass
class Firm:
    """A simulated Exchange full of mail, and the pipeline's context for it."""

    simulator: Running
    context: Context
    db: Database

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        with self.db.transaction() as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]


@pytest.fixture
def enron(new_database: Callable[..., str], template_database: Callable[..., str], tmp_path: Path) -> Iterator[Firm]:
    archive = shared_folder() / "corpus" / "dev.tar.gz"
    if not archive.exists():
        pytest.skip("the shared corpus is not here: its mail is not part of the project")
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.name.startswith("corpus-dev/enron/")]
        tar.extractall(tmp_path, members=members, filter="data")
    url = new_database(template_database("exchange_sync", lambda found: schema.upgrade(found) and None))
    with running() as simulator:
        load(simulator.store, tmp_path / "corpus-dev" / "enron")
        db = Database(url)
        addresses = [str(box["address"]) for box in simulator.control.mailboxes()]
        boxes = tuple(MailboxConfig(address, "enron", "mail", filters=Filters(("drafts",))) for address in addresses)
        integrations.apply(
            db,
            Configuration(
                (BucketConfig("enron", "mail"),), (IntegrationConfig("enron", "all", "sim", mailboxes=boxes),)
            ),
            now_utc(),
        )
        connection = from_fields(
            simulator.ews_url, None, simulator.username, simulator.password, None, {"ca_bundle": simulator.ca_file}
        )
        settings = Settings(url, (tmp_path / "b").as_uri(), (tmp_path / "s").as_uri(), tmp_path / "snapshot.json")
        context = Context(
            settings, "enron/all", lambda _: open_source(connection), PostgresWatermarks(db), now_utc, "test"
        )
        yield Firm(simulator, context, db)
        context.db.close()
        db.close()
