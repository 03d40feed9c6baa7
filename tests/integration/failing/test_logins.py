"""How many log-ins a wrong password costs: over HTTPS, with twenty mailboxes whose tasks run beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.errors import ExchangeSyncError, IntegrationFault, Retriable
from exchange_sync.pipeline.backfill import read_window
from exchange_sync.pipeline.backfill_gate import look
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.gate import decide
from exchange_sync.pipeline.watermarks import PostgresWatermarks
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.integration.failing.conftest import Plant
from tests.support.mail import mail

BOXES = [f"box{number:02}@acme.example" for number in range(20)]
WORKERS = 4  # what the stack runs beside each other, and what a connection's pool allows by default
DAY = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def simulator() -> Iterator[Running]:
    with running() as made:
        for number, address in enumerate(BOXES):
            made.control.add_mailbox(address)
            made.control.deliver(address, mail(number))
        yield made


@pytest.fixture
def plant(simulator: Running, make_plant: Callable[..., Plant]) -> Plant:
    connection = ExchangeConnection(
        simulator.ews_url, simulator.username, simulator.password, ca_bundle=simulator.ca_file
    )
    made = make_plant(lambda: open_source(connection), BOXES)
    simulator.control.clear_authentication()
    return made


def change_password(simulator: Running) -> None:
    simulator.control.set_account(simulator.username, "changed meanwhile")
    simulator.control.clear_authentication()


def attempts(simulator: Running) -> int:
    return int(simulator.control.authentication()["failures"])


def beside_each_other(plant: Plant, run: str, step: Callable[..., object]) -> list[str]:
    """One task a mailbox, four at a time, each in surroundings of its own; how each ended."""

    def one(numbered: tuple[int, str]) -> str:
        number, address = numbered
        with plant.context(run) as context:
            context.watermarks = PostgresWatermarks(context.db)  # the plant's own connection is for one thread
            try:
                step(context, address, f"{run}-{number}")
            except ExchangeSyncError as fault:
                return type(fault).__name__
        return "success"

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, enumerate(BOXES)))


def test_twenty_mailboxes_are_mapped_after_one_good_log_in(simulator: Running, plant: Plant) -> None:
    with plant.context("run-1") as context:
        assert decide(context).mailboxes == BOXES
    assert set(beside_each_other(plant, "run-1", extract)) == {"success"}
    assert attempts(simulator) == 0


def test_with_a_wrong_password_a_run_over_twenty_mailboxes_costs_one_attempt(simulator: Running, plant: Plant) -> None:
    change_password(simulator)
    for number in range(1, 4):
        with plant.context(f"run-{number}") as context, pytest.raises(IntegrationFault):
            decide(context)
        assert attempts(simulator) == number
    assert plant.row["enabled"] is False
    with plant.context("run-4") as context:
        assert decide(context).mailboxes == []
    assert attempts(simulator) == 3, "and none once it is disabled"


def test_a_password_that_changes_after_the_gate_costs_at_most_one_attempt_a_worker(
    simulator: Running, plant: Plant
) -> None:
    """Tasks that are on their way already cannot be called back; those that follow them do not connect."""
    with plant.context("run-1") as context:
        assert len(decide(context).mailboxes) == 20
    change_password(simulator)
    ended = beside_each_other(plant, "run-1", extract)
    assert set(ended) == {"IntegrationFault", "Stopped"}
    assert 1 <= attempts(simulator) == ended.count("IntegrationFault") <= WORKERS
    assert plant.row["consecutive_failures"] == 1, "and they count as one run"


def test_with_a_wrong_password_a_backfill_over_twenty_mailboxes_and_thirty_days_costs_one_attempt(
    simulator: Running, plant: Plant
) -> None:
    change_password(simulator)
    with plant.context("day-0") as context, pytest.raises(IntegrationFault):
        look(context, *DAY, "gate-0")
    for number in range(1, 30):
        with plant.context(f"day-{number}") as context, pytest.raises(Retriable, match="its live sync tries first"):
            look(context, *(moment + number * timedelta(days=1) for moment in DAY), f"gate-{number}")
    assert attempts(simulator) == 1


def test_a_password_that_changes_after_a_backfills_gate_costs_at_most_one_attempt_a_worker(
    simulator: Running, plant: Plant
) -> None:
    assert set(beside_each_other(plant, "run-1", extract)) == {"success"}  # the folders are known
    with plant.context("day-1") as context:
        assert look(context, *DAY, "gate") == []
    change_password(simulator)

    def step(context: object, address: str, batch: str) -> object:
        return read_window(context, address, *DAY, batch)  # type: ignore[arg-type]

    ended = beside_each_other(plant, "day-1", step)
    assert set(ended) == {"IntegrationFault", "Stopped"}
    assert 1 <= attempts(simulator) <= WORKERS
