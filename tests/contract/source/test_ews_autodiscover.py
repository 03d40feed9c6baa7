"""Autodiscover finds the server of a mailbox, and sends credentials to nobody who was not named or confirmed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.errors import BadInput, IntegrationFault, MailboxFault
from exchange_sync.pipeline.check import check, passes
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.autodiscover import REDIRECTS
from exchange_sync.source.factory import open_source

from tests.contract.source.suite import BOX, OTHER, mail


@pytest.fixture
def here() -> Iterator[Running]:
    with running() as made:
        made.control.add_mailbox(BOX, "Support")
        made.control.add_mailbox(OTHER, "Claims")
        yield made


def by_autodiscover(simulator: Running, *confirmed: str, **changed) -> ExchangeConnection:
    """The simulator's service account; the domain is localhost with the simulator's port."""
    made = ExchangeConnection("https://unused.example", simulator.username, simulator.password,
                              ca_bundle=simulator.ca_file, confirmed_hosts=confirmed)  # fmt: skip
    port = simulator.ews_url.split("/")[2].rpartition(":")[2]
    return replace(made, server_url="", autodiscover=f"localhost:{port}", **changed)


@contextmanager
def refused(connection: ExchangeConnection, text: str, kind: type[Exception] = IntegrationFault) -> Iterator[None]:
    with closing(open_source(connection)) as source, pytest.raises(kind, match=text):
        source.probe(BOX)
    yield


def test_the_server_is_found_once_and_kept_for_the_connection(here: Running):
    with closing(open_source(by_autodiscover(here, "127.0.0.1"))) as source:
        source.probe(BOX)
        source.folders(BOX)
        source.probe(OTHER)
    assert dict(here.simulator.autodiscover.asked) == {BOX: 1}


def test_a_host_that_was_not_confirmed_gets_no_credentials(here: Running):
    here.control.clear_authentication()
    with refused(by_autodiscover(here), "127.0.0.1, which was neither named nor confirmed"):
        assert here.control.authentication()["attempts"] == 1  # of autodiscover itself
        assert here.control.calls() == []


def test_a_mailbox_that_moved_is_looked_for_again(here: Running):
    with running(username=here.username, password=here.password) as there:
        with closing(open_source(by_autodiscover(here, "127.0.0.1", ca_bundle=_both(here, there)))) as source:
            source.probe(BOX)
            there.control.add_mailbox(BOX, "Support")
            there.control.deliver(BOX, mail(1))
            here.control.remove_mailbox(BOX)
            here.simulator.autodiscover.elsewhere[BOX] = there.ews_url
            inbox = next(one for one in source.folders(BOX) if one.distinguished == "inbox")
            assert inbox.total == 1
            source.probe(OTHER)
        assert here.simulator.autodiscover.asked[BOX] == 2


def test_a_mailbox_that_is_nowhere_is_its_own_fault_and_asked_for_once(here: Running):
    with closing(open_source(by_autodiscover(here, "127.0.0.1"))) as source:
        source.probe(OTHER)
        for _ in range(2):
            with pytest.raises(MailboxFault):
                source.probe("nobody@example.org")


def test_redirects_are_followed_to_confirmed_hosts_and_are_bounded(here: Running):
    port = here.ews_url.split("/")[2].rpartition(":")[2]
    here.simulator.autodiscover.redirect = f"https://127.0.0.1:{port}/autodiscover/autodiscover.svc"
    here.control.clear_authentication()
    with refused(by_autodiscover(here, "127.0.0.1"), f"more than {REDIRECTS} times"):
        assert here.control.authentication()["attempts"] == REDIRECTS + 1


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("http://127.0.0.1/autodiscover/autodiscover.svc", "expected https"),
        ("https://evil.example/autodiscover/autodiscover.svc", "evil.example, which was neither"),
        ("https://169.254.169.254/latest", "metadata"),
        ("https://user:pass@127.0.0.1/x", "login"),
        ("", "more than"),
    ],
)
@pytest.mark.parametrize("how", ["http", "soap"])
def test_redirects_to_anywhere_else_are_refused(here: Running, target: str, told: str, how: str):
    if how == "http":
        here.simulator.autodiscover.redirect = target or "/autodiscover/autodiscover.svc"
    else:
        here.simulator.autodiscover.redirects[BOX] = target
    with refused(by_autodiscover(here, "127.0.0.1"), told if target or how == "http" else "expected https"):
        pass


def test_a_name_that_leads_to_a_link_local_address_is_refused(here: Running, monkeypatch: pytest.MonkeyPatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.1.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with refused(by_autodiscover(here), "169.254.1.1, a link-local"):
        pass


def test_a_domain_without_autodiscover_is_told(here: Running):
    with refused(replace(by_autodiscover(here), autodiscover="no-such-domain.invalid"), "no autodiscover service"):
        pass


@pytest.mark.parametrize("domain", ["https://x.example", "a@b.example", "169.254.169.254"])
def test_a_domain_that_is_none_is_named(here: Running, domain: str):
    with pytest.raises(BadInput, match="autodiscover"):
        replace(by_autodiscover(here), autodiscover=domain)


def test_the_check_tells_what_was_found(here: Running):
    lines = check(by_autodiscover(here, "127.0.0.1"), [BOX])
    assert passes(lines)
    assert (lines[0].what, lines[0].told) == ("Autodiscover", here.ews_url)
    assert not passes(check(by_autodiscover(here), [BOX]))


def _both(*simulators: Running) -> str:
    return "".join(open(one.ca_file).read() for one in simulators)
