"""`exchange-sync backfill … --connections`: in this process, over HTTPS, to the second and also today."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from exchange_simulator.testing import Running, running
from exchange_sync import cli
from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput, IntegrationFault
from exchange_sync.model.config import BucketConfig, Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.store import integrations, schema
from exchange_sync.store.database import Database
from typer.testing import CliRunner, Result

from tests.support.mail import NOON, mail

BOX = "support@acme.example"
BUCKET = BucketConfig("acme", "mail")
MAIL = IntegrationConfig("acme", "exchange", "exchange_acme", mailboxes=(MailboxConfig(BOX, "acme", "mail"),))


class Terminal:
    """A shell with the settings, a file of connections, and no Airflow."""

    def __init__(self, url: str, folder: Path, simulator: Running) -> None:
        self.url, self.simulator, self.file = url, simulator, folder / "connections.yaml"
        self._environment = {"EXCHANGE_SYNC_DATABASE_URL": url, "EXCHANGE_SYNC_HOME": str(folder / "home")}
        self.connect(simulator.password)

    def connect(self, password: str) -> None:
        one, extra = self.simulator, {"ca_bundle": self.simulator.ca_file}
        fields = {"host": one.ews_url, "login": one.username, "password": password, "extra": extra}
        self.file.write_text(json.dumps({"exchange_acme": fields}), encoding="utf-8")

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(cli.app, [*words, "--connections", str(self.file)], env=self._environment)

    def backfill(self, since: str, until: str) -> Result:
        return self("backfill", "acme/exchange", "--from", since, "--to", until)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def lose(self, number: int) -> None:
        """As a restored backup would."""
        name = f"'<mail-{number}@client.example>'"
        self.query(f"DELETE FROM origins WHERE comment_id = encode({name}::bytea, 'hex')")
        self.query(f"DELETE FROM comments WHERE message_id = {name}")


@pytest.fixture
def terminal(
    new_database: Callable[..., str], template_database: Callable[..., str], tmp_path: Path
) -> Iterator[Terminal]:
    url = new_database(template_database("exchange_sync", lambda url: schema.upgrade(url) and None))
    database = Database(url)
    integrations.apply(database, Configuration((BUCKET,), (MAIL,)), now_utc())
    database.close()
    with running() as simulator:
        simulator.control.add_mailbox(BOX)
        for number in range(6):
            simulator.control.deliver(BOX, mail(number))
        made = Terminal(url, tmp_path, simulator)
        assert made("sync", "acme/exchange").exit_code == 0
        yield made


def received(terminal: Terminal) -> list[str]:
    """When each email was received, to the second, the oldest first."""
    found = terminal.query("SELECT DISTINCT date_trunc('second', received) FROM origins ORDER BY 1")
    return [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for (moment,) in found]


def test_what_is_missing_in_the_span_is_fetched_and_each_day_is_a_line(terminal: Terminal) -> None:
    before = terminal.query("SELECT id, messages FROM comments ORDER BY id")
    marks = terminal.query("SELECT watermark FROM mailboxes")
    assert len(before) == 6
    when = received(terminal)
    for number in (1, 4):
        terminal.lose(number)
    terminal.simulator.control.clear_calls()

    first = terminal.backfill("2020-01-01T00:00:00Z", "2020-01-04T12:00:00Z")
    assert (first.exit_code, first.output.splitlines()) == (0, [
        "2020-01-01 00:00: nothing missing", "2020-01-02 00:00: nothing missing", "2020-01-03 00:00: nothing missing",
        "2020-01-04 00:00: nothing missing"])  # fmt: skip
    assert not [call for call in terminal.simulator.control.calls() if call["operation"] == "GetItem"]

    done = terminal.backfill(when[0], f"{when[-1][:-1]}.5Z")
    assert done.exit_code == 0, done.output
    assert "2 downloaded" in done.output
    assert "2 created" in done.output
    assert terminal.query("SELECT id, messages FROM comments ORDER BY id") == before
    assert terminal.query("SELECT watermark FROM mailboxes") == marks

    terminal.simulator.control.clear_calls()
    again = terminal.backfill(when[0], f"{when[-1][:-1]}.5Z")
    assert [line.rpartition(": ")[2] for line in again.output.splitlines()] == ["nothing missing"]
    assert not [call for call in terminal.simulator.control.calls() if call["operation"] == "GetItem"]


def test_a_span_without_length_and_a_file_that_is_not_there_are_told_in_a_sentence(terminal: Terminal) -> None:
    noon = NOON.isoformat()
    assert isinstance(terminal.backfill(noon, noon).exception, BadInput)
    terminal.file.unlink()
    gone = terminal.backfill("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
    assert gone.exit_code != 0


def test_a_wrong_password_is_one_attempt_for_a_span_of_many_days(terminal: Terminal) -> None:
    terminal.connect("wrong")
    terminal.simulator.control.clear_authentication()
    refused = terminal.backfill("2020-01-01T00:00:00Z", "2020-04-01T00:00:00Z")
    assert isinstance(refused.exception, IntegrationFault)
    assert terminal.simulator.control.authentication()["failures"] == 1
