"""Every authentication against the simulator: what works, what a refusal costs, and tokens that end in mid-sync."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from exchange_simulator.testing import Running, running
from exchange_sync.errors import BadInput, IntegrationFault
from exchange_sync.source.factory import open_source
from exchange_sync.source.tokens import assertion

from tests.contract.source.logins import SCHEMES, connect
from tests.contract.source.suite import BOX, mail

PASSWORD = "p:a%41 ß€\N{SNOWMAN}"
HOUR = timedelta(hours=1)


class Time:
    """A clock that both sides share, and that a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def everywhere(time: Time) -> Iterator[dict[str, Running]]:
    """One simulator a scheme."""
    with (
        running(schemes=("basic",), password=PASSWORD, clock=time) as basic,
        running(schemes=("ntlm",), password=PASSWORD, clock=time) as ntlm,
        running(schemes=("bearer",), password=PASSWORD, clock=time) as bearer,
        running(schemes=("certificate",), password=PASSWORD, clock=time) as certificate,
    ):
        found = {"basic": basic, "ntlm": ntlm, "bearer": bearer, "certificate": certificate}
        for one in found.values():
            one.control.add_mailbox(BOX, "Support")
            one.control.deliver(BOX, mail(1))
        yield found


@pytest.fixture
def bearer(everywhere: dict[str, Running], time: Time) -> Iterator[Running]:
    found = everywhere["bearer"]
    found.control.clear_authentication()
    yield found
    time.ahead = timedelta()
    found.simulator.bearer.seconds = 3600
    found.control.set_account(found.username, PASSWORD)


@pytest.mark.parametrize("authentication", SCHEMES)
def test_each_authentication_reads_mail_whatever_the_password_holds(everywhere, authentication: str):
    simulator = everywhere[SCHEMES[authentication]]
    with closing(open_source(connect(simulator, authentication))) as source:
        source.probe(BOX)
        inbox = next(one for one in source.folders(BOX) if one.distinguished == "inbox")
        (item,) = source.changes(BOX, inbox.key, None).present
        (found,) = source.mimes(BOX, [item.item_id])
        assert b"Good morning" in found.mime


@pytest.mark.parametrize("name", ["svc-sync", "FIRM\\svc-sync", "svc@firm.example"])
def test_ntlm_takes_names_with_domains_and_addresses(everywhere, name: str):
    simulator = everywhere["ntlm"]
    simulator.control.set_account("svc@firm.example", PASSWORD)
    simulator.control.set_rights("svc@firm.example", BOX, access="full")
    with closing(open_source(connect(simulator, "ntlm", username=name, access="delegate"))) as source:
        if name == "svc-sync":
            assert source.folders(BOX)
        source.probe(BOX)


def test_ntlm_logs_a_connection_in_once(everywhere):
    simulator = everywhere["ntlm"]
    with closing(open_source(connect(simulator, "ntlm"))) as source:
        simulator.control.clear_authentication()
        source.probe(BOX)
        source.folders(BOX)
        source.change_mark(BOX)
    told = simulator.control.authentication()
    assert (told["attempts"], told["failures"], told["anonymous"]) == (1, 0, 1)


WRONG = {
    "basic": {"password": "wrong"},
    "ntlm": {"password": "wrong"},
    "oauth_secret": {"password": "wrong"},
    "oauth_certificate": {"client_id": "other"},
}


@pytest.mark.parametrize("authentication", WRONG)
def test_a_wrong_secret_is_the_integrations_fault_and_costs_one_attempt(everywhere, authentication: str):
    simulator = everywhere[SCHEMES[authentication]]
    simulator.control.clear_authentication()
    refused = simulator.simulator.bearer.refused
    with (
        closing(open_source(connect(simulator, authentication, **WRONG[authentication]))) as source,
        pytest.raises(IntegrationFault) as caught,
    ):
        source.probe(BOX)
    assert caught.value.reason.kind == "invalid_exchange_credentials"
    assert PASSWORD not in str(caught.value)
    assert simulator.control.authentication()["failures"] + simulator.simulator.bearer.refused - refused == 1


def test_without_a_client_certificate_nobody_is_in(everywhere):
    simulator = everywhere["certificate"]
    with closing(open_source(connect(simulator, "basic"))) as source, pytest.raises(IntegrationFault, match="HTTP 401"):
        source.probe(BOX)


def test_a_token_that_ends_in_mid_sync_is_renewed_before_it_ends(bearer: Running, time: Time):
    with closing(open_source(connect(bearer, "oauth_secret"), clock=time)) as source:
        before = bearer.simulator.bearer.issued
        source.probe(BOX)
        source.folders(BOX)
        assert bearer.simulator.bearer.issued == before + 1
        time.ahead = HOUR - timedelta(minutes=1)  # still good at the server, but not for long
        source.folders(BOX)
    assert bearer.simulator.bearer.issued == before + 2
    assert bearer.control.authentication()["failures"] == 0


@pytest.mark.parametrize("authentication", ["oauth_secret", "oauth_certificate"])
def test_a_token_that_the_server_ends_in_mid_sync_is_renewed_and_the_request_sent_again(bearer, authentication: str):
    with closing(open_source(connect(bearer, authentication))) as source:
        source.probe(BOX)
        inbox = next(one for one in source.folders(BOX) if one.distinguished == "inbox")
        bearer.simulator.bearer.revoke()
        assert len(source.changes(BOX, inbox.key, None).present) == 1
    assert bearer.control.authentication()["failures"] == 1


def test_a_secret_that_is_revoked_in_mid_sync_is_the_integrations_fault(bearer: Running):
    with closing(open_source(connect(bearer, "oauth_secret"))) as source:
        source.probe(BOX)
        bearer.control.set_account(bearer.username, "another")
        bearer.simulator.bearer.revoke()
        with pytest.raises(IntegrationFault) as caught:
            source.folders(BOX)
    assert caught.value.reason.kind == "invalid_exchange_credentials"
    assert caught.value.reason.code == "OAuth invalid_client"


def test_a_token_endpoint_that_is_not_there_is_told(bearer: Running):
    gone = connect(bearer, "oauth_secret", authority="https://login.invalid")
    with closing(open_source(gone)) as source, pytest.raises(IntegrationFault, match="token endpoint"):
        source.probe(BOX)


def test_keys_and_thumbprints_that_do_not_fit_are_named(bearer: Running):
    good = connect(bearer, "oauth_certificate")
    for changed, named in (({"private_key": "no key M4rk"}, "private_key"), ({"thumbprint": "abc"}, "thumbprint")):
        with pytest.raises(BadInput, match=named) as caught:
            assertion(replace(good, **changed), datetime.now(UTC))
        assert "M4rk" not in str(caught.value)
