"""Every error of the brief, by a simulated Exchange that misbehaves: the right level, kind and reason, one incident,
one message, the other mailbox synced meanwhile; once cured and enabled again, all mail is there (issue 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.errors import BadInput
from exchange_sync.source.api import MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.factory import open_source
from exchange_sync.store import switching

from tests.integration.failing.conftest import LIVE, Plant
from tests.support.mail import mail

A, B = "a@acme.example", "b@acme.example"


class Site:
    """A plant, its simulated Exchange, and the connection between them as it is configured now."""

    def __init__(self, simulator: Running, make_plant: Callable[..., Plant], addresses: list[str]) -> None:
        self.simulator, self.control = simulator, simulator.control
        self.right = ExchangeConnection(
            simulator.ews_url, simulator.username, simulator.password, ca_bundle=simulator.ca_file, timeout=5
        )
        self.connection = self.right
        self.plant = make_plant(lambda: open_source(self.connection, clock=lambda: datetime.now(UTC)), addresses)
        self._number = 0

    def deliver(self, address: str) -> None:
        self._number += 1
        self.control.deliver(address, mail(self._number, message_id=f"<{self._number}@failing.example>"))


@pytest.fixture
def simulator() -> Iterator[Running]:
    with running(exchange="2016") as made:
        for address in (A, B):
            made.control.add_mailbox(address)
        yield made


@pytest.fixture
def site(simulator: Running, make_plant: Callable[..., Plant]) -> Site:
    return Site(simulator, make_plant, [A, B])


@dataclass(frozen=True)
class Case:
    """One error. wrong and right: what makes it, and what mends it."""

    kind: str
    wrong: Callable[[Site], object]
    right: Callable[[Site], object]


def connect(**changed: object) -> Callable[[Site], None]:
    def change(site: Site) -> None:
        site.connection = replace(site.right, **changed)  # type: ignore[arg-type]

    return change


def elsewhere(url: str) -> Callable[[Site], None]:
    return lambda site: connect(server_url=url)(site)


def fault(kind: str, **words: object) -> Callable[[Site], object]:
    return lambda site: site.control.add_fault(kind, times=None, **words)  # type: ignore[arg-type]


def no_faults(site: Site) -> None:
    site.control.remove_faults()


def expired_password(site: Site) -> None:
    site.control.set_account(site.simulator.username, "changed meanwhile")


def old_password(site: Site) -> None:
    site.control.set_account(site.simulator.username, site.simulator.password)


def no_connection(site: Site) -> None:
    def missing() -> MailSource:
        raise BadInput("Airflow has no connection 'exchange_acme'")

    site.plant.source = missing


def reconnect(site: Site) -> None:
    site.plant.source = lambda: open_source(site.connection, clock=lambda: datetime.now(UTC))


INTEGRATION = {
    "wrong credentials": Case("invalid_exchange_credentials", connect(password="wrong"), connect()),
    "expired credentials": Case("invalid_exchange_credentials", expired_password, old_password),
    "wrong host": Case("invalid_exchange_credentials", elsewhere("https://no.such.host.invalid/EWS/"), connect()),
    "wrong path": Case("invalid_exchange_credentials", fault("http_404"), no_faults),
    "a login page before it": Case("invalid_exchange_credentials", fault("html_login"), no_faults),
    "an unknown certificate": Case("invalid_exchange_credentials", connect(ca_bundle=None), connect()),
    "a connection that is not there": Case("invalid_exchange_credentials", no_connection, reconnect),
    "EWS forbidden": Case("unknown_forbidden_error", fault("http_403"), no_faults),
    "role or scope missing": Case(
        "app_access_insufficient_scopes", fault("soap_fault", code="ErrorImpersonationFailed"), no_faults
    ),
}  # fmt: skip

MAILBOX = {
    "no right to the mailbox": Case(
        "mailbox_access_denied",
        lambda site: site.control.set_impersonation(site.simulator.username, B, allowed=False),
        lambda site: site.control.set_impersonation(site.simulator.username, B, allowed=None),
    ),
    "an address that is not there": Case(
        "mailbox_not_found",
        lambda site: site.control.remove_mailbox(B),
        lambda site: site.control.add_mailbox(B),
    ),
    "a mailbox that was switched off": Case(
        "mailbox_removed", fault("message_error", code="ErrorAccountDisabled", mailbox=B), no_faults
    ),
    "no licence": Case(
        "mailbox_invalid_license", fault("message_error", code="ErrorInvalidLicense", mailbox=B), no_faults
    ),
    "an alias": Case(
        "mailbox_primary_address_not_found", fault("soap_fault", code="ErrorNonPrimarySmtpAddress", mailbox=B),
        no_faults,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INTEGRATION)
def test_an_error_of_the_integration_disables_it_and_once_mended_all_mail_is_there(site: Site, name: str) -> None:
    case, plant = INTEGRATION[name], site.plant
    site.deliver(A)
    plant.run()
    assert plant.comments() == 1
    case.wrong(site)
    for _ in range(3):
        assert plant.run().failed
    assert (plant.row["enabled"], plant.row["disabled_reason"]) == (False, "sync_error")
    assert plant.switch.paused[LIVE]
    [incident] = plant.incidents()
    assert (incident["level"], incident["kind"]) == ("integration", case.kind)
    assert incident["remedy"]
    assert len(plant.messages()) == 1
    site.deliver(A)
    site.deliver(B)

    case.right(site)
    plant.enable()
    plant.run()

    assert plant.comments() == 3
    assert [row["event"] for row in plant.messages()] == ["opened", "recovered"]


@pytest.mark.parametrize("name", MAILBOX)
def test_an_error_of_a_mailbox_disables_it_alone_and_once_mended_all_its_mail_is_there(site: Site, name: str) -> None:
    case, plant = MAILBOX[name], site.plant
    site.deliver(A)
    plant.run()
    case.wrong(site)
    site.deliver(A)
    for _ in range(3):
        assert not plant.run().failed
        assert plant.log
        assert all(line.startswith(B) for line in plant.log)
    assert plant.box(B)["enabled"] is False
    assert (plant.row["enabled"], plant.box(A)["enabled"], plant.switch.turns) == (True, True, [])
    [incident] = plant.incidents()
    assert (incident["level"], incident["kind"]) == ("mailbox", case.kind)
    assert len(plant.messages()) == 1
    assert plant.comments() == 2

    case.right(site)
    site.deliver(B)
    switching.enable_mailbox(plant.db, str(plant.row["id"]), int(str(plant.box(B)["id"])), plant.now)
    plant.run()

    assert plant.comments() == 3
    assert [row["event"] for row in plant.messages()] == ["opened", "recovered"]


def test_a_delegate_who_may_read_the_inbox_and_little_else_syncs_that_and_nothing_is_disabled(site: Site) -> None:
    plant, user = site.plant, site.simulator.username
    site.connection = site.right = replace(site.right, access="delegate")
    site.control.set_rights(user, A, access="full")
    site.control.set_rights(user, B, access="none")
    site.control.set_rights(user, B, access="full", folder="inbox")
    site.deliver(B)
    for _ in range(4):
        assert not plant.run().failed
    assert plant.box(B)["enabled"]
    assert not plant.incidents()
    assert plant.comments() == 1


def test_a_delegate_who_may_not_read_the_inbox_has_the_mailbox_disabled(site: Site) -> None:
    plant, user = site.plant, site.simulator.username
    site.connection = site.right = replace(site.right, access="delegate")
    site.control.set_rights(user, A, access="full")
    site.control.set_rights(user, B, access="none")
    for _ in range(3):
        plant.run()
    assert plant.box(B)["enabled"] is False
    assert plant.row["enabled"]
    [incident] = plant.incidents()
    assert incident["level"] == "mailbox"
    assert incident["kind"] in ("mailbox_inbox_not_found", "mailbox_access_denied")


@pytest.mark.parametrize(
    ("kind", "words"), [("http_503", {}), ("http_429", {}), ("server_busy_fault", {}), ("reset", {})]
)
def test_a_busy_or_absent_server_disables_nothing(site: Site, kind: str, words: dict[str, object]) -> None:
    fault(kind, **words)(site)
    for _ in range(5):
        assert not site.plant.run().failed
    assert site.plant.row["enabled"]
    assert not site.plant.incidents()


def test_a_wrong_password_costs_one_log_in_a_run_whatever_the_number_of_mailboxes(
    simulator: Running, make_plant: Callable[..., Plant]
) -> None:
    addresses = [f"box{number}@acme.example" for number in range(20)]
    for address in addresses:
        simulator.control.add_mailbox(address)
    site = Site(simulator, make_plant, addresses)
    connect(password="wrong")(site)
    counted = []
    for _ in range(5):  # the last two of them while it is disabled
        simulator.control.clear_authentication()
        site.plant.run()
        counted.append(simulator.control.authentication()["attempts"])
    assert counted == [1, 1, 1, 0, 0]


def test_a_password_changed_during_a_run_costs_one_more_log_in_whatever_the_number_of_mailboxes(
    simulator: Running, make_plant: Callable[..., Plant], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [f"box{number}@acme.example" for number in range(20)]
    for address in addresses:
        simulator.control.add_mailbox(address)
    site = Site(simulator, make_plant, addresses)
    fresh = Plant._mailbox

    def after_the_gate(plant: Plant, *more: str) -> str:
        if site.connection is site.right:
            connect(password="wrong")(site)
            simulator.control.clear_authentication()
        return fresh(plant, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Plant, "_mailbox", after_the_gate)
    site.plant.run()
    assert simulator.control.authentication()["failures"] == 1
