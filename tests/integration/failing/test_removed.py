"""An address that was misspelt is mended by configuring the right one: its trouble is over then (decision 42)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from exchange_sync.errors import MailboxFault, Reason
from exchange_sync.notify.messages import message
from exchange_sync.store import integrations, mailbox_editing, outbox, switching

from tests.integration.failing.conftest import Plant
from tests.support.memory_exchange import MemoryExchange, MemorySource

RIGHT, MISSPELT, THIRD = "ann@acme.example", "amn@acme.example", "bob@acme.example"
NOT_FOUND = MailboxFault(f"{MISSPELT}: not there", Reason("mailbox_not_found", "ErrorNonExistentMailbox", "Spell it."))


@pytest.fixture
def plant(make_plant: Callable[..., Plant]) -> Plant:
    """Its misspelt mailbox has just been disabled."""
    exchange = MemoryExchange()
    for address in (RIGHT, MISSPELT, THIRD):
        exchange.add_mailbox(address)

    def strike(operation: str, ids: Sequence[str]) -> None:
        if MISSPELT in ids:
            raise NOT_FOUND

    exchange.fault = strike
    made = make_plant(lambda: MemorySource(exchange), [MISSPELT, THIRD])
    for _ in range(3):
        made.run()
    assert made.box(MISSPELT)["enabled"] is False
    return made


def test_configuring_the_right_address_ends_the_incident_of_the_wrong_one_and_tells_it(plant: Plant) -> None:
    plant.configure([RIGHT, THIRD])
    [incident] = plant.incidents()
    assert incident["closed_at"] is not None
    assert [row["event"] for row in plant.messages()] == ["opened", "removed"]
    [_, told] = [row for row in outbox.due(plant.db, plant.now + timedelta(days=1)) if row["channel"] == "email"]
    text = message(told, "https://airflow.acme.example")
    assert text.title == f"Exchange Sync: mailbox {MISSPELT} of integration acme/exchange was removed"
    assert "enabled" not in text.text
    assert not plant.run().failed


def test_an_address_that_comes_back_begins_with_a_clean_slate(plant: Plant) -> None:
    plant.configure([THIRD])
    assert (plant.box(MISSPELT)["enabled"], plant.box(MISSPELT)["disabled_reason"]) == (True, None)
    plant.configure([MISSPELT, THIRD])
    box = plant.box(MISSPELT)
    assert (box["enabled"], box["disabled_reason"], box["consecutive_failures"]) == (True, None, 0)
    assert box["last_error"] is None
    for _ in range(2):
        plant.run()
    assert plant.box(MISSPELT)["enabled"]
    plant.run()
    assert not plant.box(MISSPELT)["enabled"]
    assert [row["event"] for row in plant.messages()] == ["opened", "removed", "opened"]


def test_a_mailbox_that_a_person_had_switched_off_ends_nothing_and_is_told_to_nobody(plant: Plant) -> None:
    switching.disable_mailbox_by_user(plant.db, int(str(plant.box(THIRD)["id"])), plant.now)
    integration_id = str(plant.row["id"])
    with plant.db.transaction() as cursor:
        assert mailbox_editing.remove(cursor, integration_id, [THIRD], plant.now) == 1
    assert (plant.box(THIRD)["enabled"], plant.box(THIRD)["disabled_reason"]) == (False, "user")
    assert [row["event"] for row in plant.messages()] == ["opened"]
    assert [box["address"] for box in integrations.mailboxes(plant.db, plant.row["id"])] == [MISSPELT]
