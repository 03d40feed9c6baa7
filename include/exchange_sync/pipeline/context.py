"""What every use case of the pipeline is given: one integration, and the world around it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Protocol

from exchange_sync.clock import now_utc
from exchange_sync.model.names import split_name
from exchange_sync.pipeline.pausing import Switch
from exchange_sync.pipeline.watermarks import PostgresWatermarks, Watermarks
from exchange_sync.settings import Settings
from exchange_sync.source.api import MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source
from exchange_sync.source.found import FoundInFile
from exchange_sync.store import integrations
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.database import Database, Row
from exchange_sync.store.staging import InMemory, Staging

SourceFactory = Callable[[str], MailSource]  # an Airflow connection's id → a source
Clock = Callable[[], datetime]


class Stores(Protocol):
    """What the stages between fetching and loading need: of an integration's context, or of an upload's."""

    db: Database
    blobs: Blobs

    @property
    def staging(self) -> Staging | InMemory:
        """What one stage hands to the next."""

    @property
    def clock(self) -> Clock:
        """What time it is."""


class Context:
    """One integration (owner/name) with its settings, source, watermarks, clock and stores.

    run: groups what is done on behalf of one DAG run, or of one call of the command line.
    """

    def __init__(
        self,
        settings: Settings,
        integration: str,
        source_factory: SourceFactory,
        watermarks: Watermarks,
        clock: Clock,
        run: str = "",
    ) -> None:
        self.settings = settings
        self.integration = integration
        self.owner, self.name = split_name(integration, "integration")
        self.source_factory = source_factory
        self.watermarks = watermarks
        self.clock = clock
        self.run = run
        self.sleep: Callable[[float], None] = time.sleep
        self.switch: Switch | None = None  # Airflow's pause switch, where there is an Airflow
        self.db = Database(settings.database_url)
        self.blobs = Blobs(settings.blob_url)
        self.staging = Staging(settings.staging_url)

    @cached_property
    def row(self) -> Row:
        """The integration as configured. Raises BadInput when there is none."""
        return integrations.integration(self.db, self.owner, self.name)

    def reread(self) -> Row:
        """The integration as it is now."""
        self.__dict__.pop("row", None)
        return self.row

    def mailbox(self, address: str) -> Row:
        """One of its mailboxes. Raises BadInput when it is not configured."""
        return integrations.mailbox(self.db, self.row["id"], address)

    def source(self) -> MailSource:
        """A new connection to the integration's Exchange."""
        return self.source_factory(self.row["connection"])


@contextmanager
def open_context(
    integration: str,
    *,
    connections: Callable[[str], ExchangeConnection],
    watermarks: Watermarks | None = None,
    run: str = "",
    environment: Mapping[str, str] = os.environ,
) -> Iterator[Context]:
    """A context from the environment's settings, closed at the end.

    connections: from a connection's id to its fields. watermarks: None keeps them in PostgreSQL.
    Raises BadInput where settings, the integration's name or its connection do not fit.
    """
    settings = Settings.from_environment(environment)
    database = Database(settings.database_url)
    known = FoundInFile(settings.snapshot.with_name("autodiscovered.json"), now_utc)
    context = Context(
        settings,
        integration,
        lambda name: open_source(connections(name), known=known),
        watermarks or PostgresWatermarks(database),
        now_utc,
        run=run,
    )
    try:
        yield context
    finally:
        context.db.close()
        database.close()
