"""The command line with settings in its environment, an embedded PostgreSQL and a simulated Exchange."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2
import psycopg2.extras
import pytest
from exchange_simulator.testing import Running, running
from exchange_sync import cli
from typer.testing import CliRunner, Result

from tests.support.mail import mail

BOX = "support@acme.example"
CONFIGURATION = f"""
buckets:
  - name: acme/mail
integrations:
  - name: acme/exchange
    connection: exchange_acme
    interval: 30s
    mailboxes:
      - address: {BOX}
        bucket: acme/mail
        start_time: 2026-01-01T00:00:00Z
        attachments: not_inline
        folders: {{include: [drafts], deny: [Inbox/Newsletters]}}
        participants: {{deny: [noreply@acme.example]}}
"""


class Terminal:
    """A shell with the settings in its environment."""

    def __init__(self, url: str, folder: Path, simulator: Running) -> None:
        self.folder, self.simulator = folder, simulator
        self.environment = {"EXCHANGE_SYNC_DATABASE_URL": url, "EXCHANGE_SYNC_HOME": str(folder / "home")}
        self.configuration = folder / "config.yaml"
        self.configuration.write_text(CONFIGURATION, encoding="utf-8")
        self._url, self._connections = url, folder / "connections.yaml"
        self.connect()

    def connect(self, **changes: str) -> None:
        """The connection's fields; changes: of these."""
        extra = {"ca_bundle": self.simulator.ca_file, "access": changes.pop("access", "impersonation")}
        fields = {"host": self.simulator.ews_url, "login": self.simulator.username, "extra": extra}
        fields |= {"password": self.simulator.password, **changes}
        self._connections.write_text(json.dumps({"exchange_acme": fields}), encoding="utf-8")

    def query(self, sql: str) -> list[dict[str, Any]]:
        """What PostgreSQL answers."""
        connection = psycopg2.connect(self._url, cursor_factory=psycopg2.extras.RealDictCursor)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return [dict(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            connection.close()

    def attempts(self) -> int:
        """How often somebody has tried to sign in to Exchange."""
        return int(self.simulator.control.authentication()["attempts"])

    def __call__(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(cli.app, list(words), env=self.environment, input=typed)

    def with_connections(self, *words: str) -> Result:
        return self(*words, "--connections", str(self._connections))


@pytest.fixture
def terminal(new_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    # Airflow's side of apply (pools) has its own tests; importing Airflow would take over this process's logging
    pools = SimpleNamespace(make_pools=lambda *_, **__: {})
    monkeypatch.setitem(sys.modules, "exchange_sync.orchestrate.pools", pools)
    with running() as simulator:
        simulator.control.add_mailbox(BOX, "Support")
        for number in range(5):
            simulator.control.deliver([BOX], mail(number))
        made = Terminal(new_database(), tmp_path, simulator)
        assert made("init-db").output.startswith("schema ")
        yield made
