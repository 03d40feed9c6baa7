"""The port: where a mailbox's watermark is kept. Airflow Variables in the DAG, PostgreSQL for the command line."""

from __future__ import annotations

from typing import Protocol

from exchange_sync.model.names import split_name
from exchange_sync.store import integrations
from exchange_sync.store.database import Database


class Watermarks(Protocol):
    """Small, readable JSON texts by integration (owner/name) and mailbox (address)."""

    def read(self, integration: str, mailbox: str) -> str | None:
        """The text, or None when there is none."""

    def replace(self, integration: str, mailbox: str, expected: str | None, new: str) -> bool:
        """Write new only if it still holds expected; whether it was written."""


class PostgresWatermarks:
    """The watermark that every closed batch leaves in the mailbox's own row: closing has written it already."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def read(self, integration: str, mailbox: str) -> str | None:
        """The text, or None when there is none."""
        row = integrations.integration(self._db, *split_name(integration, "integration"))
        text: str | None = integrations.mailbox(self._db, row["id"], mailbox)["watermark"]
        return text

    def replace(self, integration: str, mailbox: str, expected: str | None, new: str) -> bool:  # noqa: ARG002
        """Closing the batch has written it, under the mailbox's row lock."""
        return self.read(integration, mailbox) == new
