"""What autodiscover found is remembered from run to run: two hundred mailboxes do not ask two hundred times."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.errors import IntegrationFault, Retriable
from exchange_sync.source.api import MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source
from exchange_sync.source.found import FoundInFile

from tests.contract.source.suite import BOX, OTHER
from tests.contract.source.test_ews_autodiscover import _both, by_autodiscover


@pytest.fixture
def here() -> Iterator[Running]:
    with running() as made:
        made.control.add_mailbox(BOX, "Support")
        made.control.add_mailbox(OTHER, "Claims")
        yield made


class Site:
    """A machine that remembers, with a clock of its own."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ahead = timedelta()

    def open(self, connection: ExchangeConnection) -> MailSource:
        """A source as each task opens its own."""
        return open_source(connection, known=FoundInFile(self.file, lambda: datetime.now(UTC) + self.ahead))

    def probe(self, connection: ExchangeConnection, mailbox: str = BOX) -> None:
        with closing(self.open(connection)) as source:
            source.probe(mailbox)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "home" / "found.json")


def asked(simulator: Running) -> int:
    return sum(simulator.simulator.autodiscover.asked.values())


def test_a_run_of_two_hundred_mailboxes_asks_once_and_the_next_run_not_at_all(here: Running, site: Site):
    connection = by_autodiscover(here, "127.0.0.1")
    boxes = [f"box{number}@firm.example" for number in range(200)]
    for box in boxes:
        here.store.add_mailbox(box, "Box")
    here.control.clear_calls()
    here.control.clear_authentication()
    for box in boxes:
        site.probe(connection, box)
    assert asked(here) == 1
    assert len(here.control.calls()) == 200
    assert here.control.authentication()["attempts"] == 201
    site.probe(connection)
    assert asked(here) == 1


def test_after_an_hour_it_is_asked_again(here: Running, site: Site):
    connection = by_autodiscover(here, "127.0.0.1")
    for minutes, expected in ((0, 1), (59, 1), (61, 2), (90, 2)):
        site.ahead = timedelta(minutes=minutes)
        site.probe(connection)
        assert asked(here) == expected
    site.ahead = timedelta(days=-1)  # a clock that was set back makes nothing last longer
    site.probe(connection)
    assert asked(here) == 3


def test_a_mailbox_that_moved_is_found_by_the_next_task_at_once(here: Running, site: Site):
    with running(username=here.username, password=here.password) as there:
        connection = by_autodiscover(here, "127.0.0.1", ca_bundle=_both(here, there))
        site.probe(connection)
        here.control.remove_mailbox(BOX)
        there.control.add_mailbox(BOX, "Support")
        here.simulator.autodiscover.elsewhere[BOX] = there.ews_url
        site.probe(connection)
        here.control.clear_calls()
        site.probe(connection)
        site.probe(connection, OTHER)
        assert [call["mailboxes"] for call in here.control.calls()] == [[OTHER]]
        assert asked(here) == 2
        there.control.remove_mailbox(BOX)  # and back again, within the hour
        here.control.add_mailbox(BOX, "Support")
        here.simulator.autodiscover.elsewhere.clear()
        site.probe(connection)
        assert asked(here) == 3


@pytest.mark.parametrize("change", [{"username": "another"}, {"confirmed_hosts": ("127.0.0.1", "b.example")}])
def test_what_was_found_for_others_is_not_used(here: Running, site: Site, change: dict[str, object]):
    connection = by_autodiscover(here, "127.0.0.1")
    site.probe(connection)
    here.control.set_account("another", here.password)
    here.control.set_impersonation("another", allowed=True)
    site.probe(replace(connection, **change))
    assert asked(here) == 2


def test_a_file_that_names_another_host_gets_no_credentials(here: Running, site: Site):
    connection = by_autodiscover(here, "127.0.0.1")
    site.probe(connection)
    assert stat.S_IMODE(site.file.stat().st_mode) == 0o600
    known = json.loads(site.file.read_text())
    for place in known.values():
        place[0] = here.ews_url.replace("127.0.0.1", "evil.example")
    site.file.write_text(json.dumps(known))
    site.probe(connection)
    assert asked(here) == 2


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', "\x00"])
def test_a_file_that_is_broken_is_as_good_as_none(here: Running, site: Site, content: str):
    site.file.parent.mkdir()
    site.file.write_text(content)
    site.probe(by_autodiscover(here, "127.0.0.1"))
    site.probe(by_autodiscover(here, "127.0.0.1"))
    assert asked(here) == 1


def test_a_server_that_is_no_exchange_any_more_is_looked_for_again_by_the_next_run(here: Running, site: Site):
    connection = by_autodiscover(here, "127.0.0.1")
    site.probe(connection)
    here.control.add_fault("http_404")
    with pytest.raises(IntegrationFault):
        site.probe(connection)
    site.probe(connection)
    assert asked(here) == 2


def test_a_wrong_password_and_a_busy_server_are_no_reason_to_ask_again(here: Running, site: Site):
    connection = by_autodiscover(here, "127.0.0.1")
    site.probe(connection)
    faults: list[tuple[str, Callable[[], object]]] = [
        (kind, lambda kind=kind: here.control.add_fault(kind)) for kind in ("http_401", "http_503", "reset")
    ]
    for _, strike in faults:
        strike()
        with pytest.raises((IntegrationFault, Retriable)):
            site.probe(connection)
    site.probe(connection)
    assert asked(here) == 1


def test_an_autodiscover_host_that_is_away_is_an_outage_and_not_a_wrong_setting(
    here: Running,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
):
    resolve = socket.getaddrinfo
    known = lambda host, *more, **named: resolve(host.removeprefix("autodiscover."), *more, **named)  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", known)
    connection = by_autodiscover(here, "127.0.0.1", ca_bundle=Path(here.ca_file).read_text())
    here.simulator.stop()
    with pytest.raises(Retriable):
        site.probe(connection)
