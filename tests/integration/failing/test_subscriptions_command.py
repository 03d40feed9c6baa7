"""`exchange-sync subscriptions`: who is told, by which channel, from a shell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from exchange_sync import cli
from exchange_sync.store import schema, subscribers
from exchange_sync.store.database import Database
from typer.testing import CliRunner, Result

from tests.integration.failing.conftest import Plant
from tests.support.memory_exchange import MemoryExchange, MemorySource

A = "a@acme.example"
Shell = Callable[..., Result]


@pytest.fixture
def plant(make_plant: Callable[..., Plant]) -> Plant:
    exchange = MemoryExchange()
    exchange.add_mailbox(A)
    return make_plant(lambda: MemorySource(exchange), [A])


@pytest.fixture
def shell(plant: Plant) -> Shell:
    def run(*words: str) -> Result:
        environment = {"EXCHANGE_SYNC_DATABASE_URL": plant.settings.database_url}
        return CliRunner().invoke(cli.app, ["subscriptions", words[0], "acme/exchange", *words[1:]], env=environment)

    return run


def test_one_channel_is_taken_away_and_given_back(plant: Plant, shell: Shell) -> None:
    assert shell("list").output == "person ann ann@acme.example\n"
    assert shell("unsubscribe", "ann", "--channel", "email").output == "ann: unsubscribed\n"
    assert shell("unsubscribe", "ann", "--channel", "email").output == "ann: was unsubscribed already\n"
    assert shell("list").output == "person ann ann@acme.example (not by e-mail)\n"
    assert shell("unsubscribe", "ann", "--channel", "in_app").output == "ann: unsubscribed\n"
    assert shell("list").output == "person ann ann@acme.example (unsubscribed)\n"
    assert shell("subscribe", "ann", "--channel", "email").output == "ann: subscribed\n"
    assert shell("list").output == "person ann ann@acme.example (by e-mail alone)\n"


def test_without_a_channel_both_are_meant_as_ever(plant: Plant, shell: Shell) -> None:
    shell("unsubscribe", "ann", "--channel", "email")
    assert shell("unsubscribe", "ann").output == "ann: unsubscribed\n"
    [row] = subscribers.subscriptions(plant.db, str(plant.row["id"]))
    assert (row["in_app"], row["by_email"]) == (False, False)
    assert shell("subscribe", "ann").output == "ann: subscribed\n"
    assert shell("list").output == "person ann ann@acme.example\n"


def test_another_channel_is_refused(shell: Shell) -> None:
    assert shell("unsubscribe", "ann", "--channel", "pigeon").exit_code == 2


def test_whoever_had_unsubscribed_before_channels_stays_so(new_database: Callable[..., str]) -> None:
    """The migration: one row of before is both channels now."""
    url = new_database()
    schema.upgrade(url, "0008")
    db = Database(url)
    with db.transaction() as cursor:
        cursor.execute(
            """INSERT INTO integrations (id, owner, name, connection, interval_seconds)
            VALUES ('00000000000000ab', 'acme', 'exchange', 'c', 60)"""
        )
        cursor.execute("INSERT INTO unsubscriptions (integration_id, username) VALUES ('00000000000000ab', 'ann')")
    schema.upgrade(url)
    with db.transaction() as cursor:
        cursor.execute("SELECT username, channel FROM unsubscriptions ORDER BY channel")
        found = [(row["username"], row["channel"]) for row in cursor.fetchall()]
    db.close()
    assert found == [("ann", "email"), ("ann", "in_app")]
