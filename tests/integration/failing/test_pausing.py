"""Airflow's pause switch mirrors PostgreSQL: all states, from both sides, with Airflow away in between (decision 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from exchange_sync.errors import IntegrationFault, Reason, Retriable
from exchange_sync.model.config import Configuration, IntegrationConfig, MailboxConfig
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.gate import decide
from exchange_sync.pipeline.pausing import RUNS_END_WITHIN, Found, Run, pause_if_disabled, settle
from exchange_sync.pipeline.watermarks import PostgresWatermarks
from exchange_sync.store import integrations, switching

from tests.integration.failing.conftest import BACKFILL, LIVE, Plant
from tests.support.mail import mail
from tests.support.memory_exchange import MemoryExchange, MemorySource

A = "a@acme.example"
LOGIN = IntegrationFault("refused", Reason("invalid_exchange_credentials", "HTTP 401", "Check the password."))


@pytest.fixture
def exchange() -> MemoryExchange:
    made = MemoryExchange()
    made.add_mailbox(A)
    made.deliver(A, made.folder(A, "Inbox"), mail(1))
    return made


@pytest.fixture
def plant(exchange: MemoryExchange, make_plant: Callable[..., Plant]) -> Plant:
    return make_plant(lambda: MemorySource(exchange), [A])


def wrong_password(exchange: MemoryExchange) -> None:
    def strike(operation: str, ids: object) -> None:
        raise LOGIN

    exchange.fault = strike


def maintain(plant: Plant) -> Found:
    return settle(plant.db, str(plant.row["id"]), plant.switch, plant.now)


def test_enabled_and_running_stays_so(plant: Plant) -> None:
    plant.run()
    assert maintain(plant) is Found.ENABLED
    assert plant.switch.turns == []


def test_a_new_dag_that_is_still_paused_is_nobodys_decision(plant: Plant) -> None:
    plant.switch.paused[LIVE] = True
    assert maintain(plant) is Found.ENABLED
    assert plant.row["enabled"]
    assert plant.switch.paused[LIVE]


def test_a_dag_that_a_person_paused_is_disabled_by_user_and_enabled_by_unpausing(plant: Plant) -> None:
    plant.run()
    plant.switch.paused[LIVE] = True
    assert maintain(plant) is Found.DISABLED_BY_USER
    assert (plant.row["disabled_reason"], plant.switch.paused[BACKFILL]) == ("user", True)
    assert maintain(plant) is Found.DISABLED
    assert not plant.incidents()

    plant.switch.paused[LIVE] = False
    assert maintain(plant) is Found.ENABLED_AGAIN
    assert plant.row["enabled"]
    assert plant.switch.paused == {LIVE: False, BACKFILL: False}


def test_while_airflow_is_away_the_gate_refuses_and_the_next_who_asks_pauses(
    exchange: MemoryExchange, plant: Plant
) -> None:
    wrong_password(exchange)
    plant.switch.away = True
    for _ in range(3):
        plant.run()
    assert (plant.row["enabled"], plant.row["pause_confirmed_at"]) == (False, None)
    exchange.calls.clear()
    outcome = plant.run()  # disabled and unconfirmed: refused without a log-in
    assert "disabled" in outcome.note
    assert exchange.calls == []

    plant.switch.away = False
    outcome = plant.run()  # its gate asks again
    assert exchange.calls == []
    assert plant.switch.paused == {LIVE: True, BACKFILL: True}
    assert plant.row["pause_confirmed_at"] == plant.now
    assert len(plant.incidents()) == len(plant.messages()) == 1


def test_whoever_is_killed_between_incident_and_pause_is_made_up_for_by_maintenance(
    exchange: MemoryExchange, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong_password(exchange)
    monkeypatch.setattr("tests.integration.failing.conftest.pause_if_disabled", lambda *_: None)
    for _ in range(3):
        plant.run()
    assert plant.row["enabled"] is False
    assert not plant.switch.paused[LIVE]

    assert maintain(plant) is Found.DISABLED

    assert plant.switch.paused[LIVE]
    assert plant.row["pause_confirmed_at"]


def test_a_red_run_alone_pauses_nothing_and_a_persons_hand_is_not_overruled(
    exchange: MemoryExchange, plant: Plant
) -> None:
    plant.run()
    integration_id = str(plant.row["id"])
    assert pause_if_disabled(plant.db, integration_id, plant.switch, plant.now) is Found.ENABLED
    wrong_password(exchange)
    for _ in range(3):
        plant.run()
    plant.switch.paused[LIVE] = False
    late = pause_if_disabled(plant.db, integration_id, plant.switch, plant.now)  # of an older red run
    assert late is Found.DISABLED
    assert plant.row["enabled"] is False  # the gate decides, or maintenance
    assert plant.switch.paused[LIVE] is False


def test_enabling_by_command_unpauses_both_dags_and_says_so_only_when_read_back(
    exchange: MemoryExchange, plant: Plant
) -> None:
    wrong_password(exchange)
    for _ in range(3):
        plant.run()
    plant.enable()
    plant.switch.away = True
    assert maintain(plant) is Found.UNKNOWN
    assert plant.row["unpause_wanted_at"]
    plant.switch.away = False
    assert maintain(plant) is Found.ENABLED
    assert plant.switch.paused == {LIVE: False, BACKFILL: False}
    assert plant.row["unpause_wanted_at"] is None
    assert plant.row["consecutive_failures"] == 0


def test_disabling_by_command_pauses_without_an_incident(plant: Plant) -> None:
    plant.run()
    switching.disable_by_user(plant.db, str(plant.row["id"]), plant.now, paused=False)
    assert maintain(plant) is Found.DISABLED
    assert plant.switch.paused == {LIVE: True, BACKFILL: True}
    assert not plant.incidents()


def test_without_a_backfill_dag_the_live_one_decides(exchange: MemoryExchange, plant: Plant) -> None:
    del plant.switch.paused[BACKFILL]
    wrong_password(exchange)
    for _ in range(3):
        plant.run()
    assert plant.row["pause_confirmed_at"]


def test_while_postgresql_is_away_nothing_is_counted_and_nothing_paused(exchange: MemoryExchange, plant: Plant) -> None:
    plant.run()
    for _ in range(5):
        away = Context(
            replace(plant.settings, database_url="postgresql://nobody@127.0.0.1:1/none"), "acme/exchange",
            lambda name: MemorySource(exchange), PostgresWatermarks(plant.db), clock=lambda: plant.now, run="away",
        )  # fmt: skip
        away.switch = plant.switch
        with pytest.raises(Retriable):
            decide(away)
        with pytest.raises(Retriable):
            settle(away.db, str(plant.row["id"]), plant.switch, plant.now)
    assert plant.switch.turns == []
    assert not plant.run().failed
    assert (plant.row["enabled"], plant.row["consecutive_failures"]) == (True, 0)


def test_two_integrations_that_fail_at_once_are_paused_and_told_each_for_itself(
    exchange: MemoryExchange, make_plant: Callable[..., Plant]
) -> None:
    first = make_plant(lambda: MemorySource(exchange), [A])
    other = IntegrationConfig("acme", "second", "exchange_acme", mailboxes=(MailboxConfig(A, "acme", "mail"),))
    integrations.apply(first.db, Configuration((), (other,)), first.now)
    first.switch.paused.update({"exchange.acme.second": False, "exchange_backfill.acme.second": False})
    wrong_password(exchange)
    for number in range(3):
        first.run()
        context = Context(
            first.settings, "acme/second", lambda name: MemorySource(exchange), PostgresWatermarks(first.db),
            clock=lambda: first.now, run=f"second-{number}",
        )  # fmt: skip
        with pytest.raises(IntegrationFault):
            decide(context)
        pause_if_disabled(context.db, context.row["id"], first.switch, first.now)
        context.db.close()
    assert all(first.switch.paused.values())
    assert len({row["integration_id"] for row in first.incidents()}) == len(first.incidents()) == 2
    assert len(first.messages()) == 2


def under_way(plant: Plant, dag_id: str, *names: str) -> None:
    plant.switch.runs[dag_id] = [Run(name, plant.now) for name in names]


def test_a_run_that_has_begun_comes_to_its_end_before_its_dag_is_paused(plant: Plant) -> None:
    plant.run()
    switching.disable_by_user(plant.db, str(plant.row["id"]), plant.now, paused=False)
    under_way(plant, LIVE, "scheduled-1")
    for _ in range(2):
        assert maintain(plant) is Found.DISABLED
    assert plant.switch.paused == {LIVE: False, BACKFILL: True}
    assert plant.row["pause_confirmed_at"] is None, "so that its running is not taken for a person's unpausing"

    pause_if_disabled(plant.db, str(plant.row["id"]), plant.switch, plant.now, "scheduled-1")  # its last task
    assert plant.switch.paused == {LIVE: True, BACKFILL: True}
    assert plant.row["pause_confirmed_at"]


def test_of_two_backfill_runs_the_last_to_end_pauses(plant: Plant) -> None:
    plant.run()
    integration_id = str(plant.row["id"])
    switching.disable_by_user(plant.db, integration_id, plant.now, paused=False)
    under_way(plant, BACKFILL, "backfill-1", "backfill-2")
    pause_if_disabled(plant.db, integration_id, plant.switch, plant.now, "backfill-1")
    assert plant.switch.paused == {LIVE: True, BACKFILL: False}
    under_way(plant, BACKFILL, "backfill-2")
    pause_if_disabled(plant.db, integration_id, plant.switch, plant.now, "backfill-2")
    assert plant.switch.paused == {LIVE: True, BACKFILL: True}


def test_a_run_that_never_ends_does_not_keep_its_dag_from_being_paused_for_ever(plant: Plant) -> None:
    plant.run()
    switching.disable_by_user(plant.db, str(plant.row["id"]), plant.now, paused=False)
    under_way(plant, LIVE, "stuck")
    plant.now += RUNS_END_WITHIN
    maintain(plant)
    assert not plant.switch.paused[LIVE]
    plant.now += RUNS_END_WITHIN / 100
    maintain(plant)
    assert plant.switch.paused[LIVE]
