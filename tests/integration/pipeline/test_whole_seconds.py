"""Change marks are whole seconds: what changes in the second of the last listing leaves the mark (decision 79)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.pipeline.gate import decide
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import mail

Act = Callable[[World, str, str], object]
READING = ("properties", "mimes", "large", "find")


class Killed(BaseException):
    """The worker dies."""


def due(world: World) -> list[str]:
    """What the gate names."""
    return decide(world.context).mailboxes


def run(world: World) -> list[str]:
    """One run as the DAG has it: those that the gate names are synced."""
    found = due(world)
    for address in found:
        world.sync(address)
    return found


@pytest.fixture
def quick(world: World) -> World:
    """A world at rest whose Exchange marks by whole seconds, and whose waits cost no time. waited: how long."""
    world.exchange.second = 1_000
    world.waited: list[float] = []  # type: ignore[attr-defined]
    world.context.sleep = world.waited.append  # type: ignore[attr-defined]
    while run(world):
        pass
    world.exchange.second = 2_000
    return world


def inbox(world: World) -> str:
    return world.exchange.folder(SUPPORT, "Inbox")


def arrives(world: World, first: str, folder: str) -> None:
    world.exchange.deliver(SUPPORT, folder, mail(2))


def goes(world: World, first: str, folder: str) -> None:
    world.exchange.delete(SUPPORT, first)


def moves_out(world: World, first: str, folder: str) -> None:
    world.exchange.move(SUPPORT, first, world.exchange.folder(SUPPORT, "Sent Items"))


def is_exchanged(world: World, first: str, folder: str) -> None:
    """Another in its place: as many as before."""
    world.exchange.delete(SUPPORT, first)
    world.exchange.deliver(SUPPORT, folder, mail(2))


@pytest.mark.parametrize("act", [arrives, goes, moves_out, is_exchanged])
def test_a_second_change_in_the_second_of_the_listing_is_seen(quick: World, act: Act) -> None:
    first = quick.exchange.deliver(SUPPORT, inbox(quick), mail(1))
    assert run(quick) == [SUPPORT]
    act(quick, first, inbox(quick))
    while run(quick):
        pass
    there = quick.rows("SELECT item_id FROM origins WHERE gone_at IS NULL")
    assert {row["item_id"] for row in there} == set(quick.exchange.boxes[SUPPORT].items)
    assert not quick.rows("SELECT 1 FROM origins WHERE state = 'pending' AND gone_at IS NULL")


def test_after_a_change_there_is_one_more_look_and_then_rest(quick: World) -> None:
    quick.exchange.deliver(SUPPORT, inbox(quick), mail(1))
    assert run(quick) == [SUPPORT]
    quick.exchange.calls.clear()
    assert run(quick) == [SUPPORT]
    assert quick.exchange.count("changes") == 1  # of the folder that had changed, and of no other
    assert not any(quick.exchange.count(reading) for reading in READING)
    quick.exchange.calls.clear()
    assert run(quick) == []
    assert {name for name, _ in quick.exchange.calls} <= {"sign_in", "probe", "change_mark"}


def test_the_second_look_comes_a_second_after_the_first(quick: World) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    quick.context.clock = lambda: now
    quick.exchange.deliver(SUPPORT, inbox(quick), mail(1))
    run(quick)
    quick.waited.clear()  # type: ignore[attr-defined]
    now += timedelta(seconds=0.25)
    run(quick)
    assert quick.waited == [0.75]  # type: ignore[attr-defined]


def test_a_second_look_that_comes_later_waits_for_nothing(quick: World) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    quick.context.clock = lambda: now
    quick.exchange.deliver(SUPPORT, inbox(quick), mail(1))
    run(quick)
    quick.waited.clear()  # type: ignore[attr-defined]
    now += timedelta(seconds=60)
    assert run(quick) == [SUPPORT]
    assert quick.waited == []  # type: ignore[attr-defined]


def test_changes_in_every_second_are_all_seen(quick: World) -> None:
    for number in range(1, 6):
        quick.exchange.deliver(SUPPORT, inbox(quick), mail(number))
        run(quick)
        quick.exchange.second = 2_000 + number // 2
    while run(quick):
        pass
    assert len(quick.folders()) == 5


def test_a_crash_before_the_second_look_loses_nothing(quick: World) -> None:
    quick.exchange.deliver(SUPPORT, inbox(quick), mail(1))
    run(quick)
    quick.exchange.deliver(SUPPORT, inbox(quick), mail(2))

    def breaks(operation: str, ids: Sequence[str]) -> None:
        if operation == "changes":
            raise Killed

    quick.exchange.fault = breaks
    with pytest.raises(Killed):
        quick.sync()
    quick.exchange.fault = lambda operation, ids: None
    while run(quick):
        pass
    assert len(quick.folders()) == 2


class Server:
    """The simulator beside a world, with a clock that stands still until it is told otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = datetime(2026, 3, 1, 8, 0, 0, 250_000, tzinfo=UTC)
        world.context.sleep = lambda seconds: None

    def reached_at(self, running: Running) -> None:
        self.control = running.control
        self.connection = ExchangeConnection(
            server_url=running.ews_url, username=running.username, password=running.password,
            ca_bundle=running.ca_file,
        )  # fmt: skip
        self.world.context.source_factory = lambda name: open_source(self.connection, clock=lambda: self.now)
        for address in (SUPPORT, CLAIMS):
            self.control.add_mailbox(address)

    def deliver(self, number: int) -> str:
        return self.control.deliver(SUPPORT, mail(number))[SUPPORT]

    def operations(self) -> list[str]:
        return [call["operation"] for call in self.control.calls()]


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """A simulated Exchange whose mailboxes have been synced and are at rest."""
    made = Server(world)
    with running(clock=lambda: made.now) as simulator:
        made.reached_at(simulator)
        while run(world):
            pass
        made.now += timedelta(minutes=5)
        yield made


def test_on_the_wire_a_change_in_the_second_of_the_listing_is_seen_too(server: Server) -> None:
    first = server.deliver(1)
    assert run(server.world) == [SUPPORT]
    (before,) = server.world.rows("SELECT listed_at FROM origins")
    server.control.edit(first, subject="Another question")  # as many as before, none deleted: the mark stays
    while run(server.world):
        pass
    (after,) = server.world.rows("SELECT listed_at FROM origins")
    assert after["listed_at"] > before["listed_at"]


def test_on_the_wire_a_mark_whose_second_has_passed_costs_no_second_look(server: Server) -> None:
    server.deliver(1)
    server.now += timedelta(seconds=6)
    assert run(server.world) == [SUPPORT]
    server.control.clear_calls()
    assert run(server.world) == []
    assert set(server.operations()) <= {"GetFolder", "FindFolder"}


def test_on_the_wire_one_more_look_and_then_rest(server: Server) -> None:
    server.deliver(1)
    assert run(server.world) == [SUPPORT]
    server.control.clear_calls()
    assert run(server.world) == [SUPPORT]
    assert server.operations().count("SyncFolderItems") == 1
    assert "GetItem" not in server.operations()
    assert run(server.world) == []
