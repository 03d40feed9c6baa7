"""The EWS source against the contract, on the simulator, and what is EWS's own: requests, log-ins, TLS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from exchange_simulator.client import Control
from exchange_simulator.testing import Running, running
from exchange_sync.errors import BadInput, IntegrationFault, MailboxFault
from exchange_sync.source.api import FolderGone, MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.allowlist import READING
from exchange_sync.source.ews.envelope import envelope
from exchange_sync.source.ews.source import EwsSource
from exchange_sync.source.factory import open_source

from tests.contract.source.exchange import ExchangeContract
from tests.contract.source.one_identity import OneIdentityContract
from tests.contract.source.suite import BOX, OTHER, START, MailSourceContract, mail, walk


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module", params=["2010", "2016"])
def simulator(request) -> Iterator[Running]:
    with running(exchange=request.param) as made:
        yield made


@pytest.fixture
def control(simulator: Running) -> Iterator[Control]:
    yield simulator.control
    for one in simulator.control.mailboxes():
        simulator.control.remove_mailbox(one["address"])
    simulator.control.clear_calls()
    simulator.control.clear_authentication()


@pytest.fixture
def connection(simulator: Running) -> ExchangeConnection:
    return ExchangeConnection(
        server_url=simulator.ews_url,
        username=simulator.username,
        password=simulator.password,
        ca_bundle=simulator.ca_file,
    )


@pytest.fixture
def source(connection: ExchangeConnection) -> Iterator[MailSource]:
    made: MailSource = EwsSource(connection, clock=now, find_page=3)
    yield made
    made.close()


def operations(control: Control) -> list[str]:
    return [call["operation"] for call in control.calls()]


class TestEwsSource(MailSourceContract, ExchangeContract, OneIdentityContract):
    """The contract over EWS."""

    def test_a_probe_is_one_request_and_one_log_in(self, source, control: Control):
        control.clear_calls()
        source.probe(BOX)
        assert operations(control) == ["GetFolder"]
        assert control.authentication()["attempts"] == 1
        assert control.calls()[0]["anchor"] == BOX

    def test_a_wrong_password_costs_one_attempt(self, connection, control: Control):
        source = open_source(replace(connection, password="wrong"))
        with pytest.raises(IntegrationFault) as caught:
            source.probe(BOX)
        assert caught.value.reason.kind == "invalid_exchange_credentials"
        told = control.authentication()
        assert (told["attempts"], told["failures"]) == (1, 1)

    def test_requests_are_few_and_counted(self, source, control: Control, inbox):
        sent = [control.deliver(BOX, mail(number))[BOX] for number in range(3)]
        for call, expected in (
            (lambda: source.folders(BOX), ["FindFolder", "GetFolder"]),
            (lambda: source.folders(BOX, archive=True), ["FindFolder", "GetFolder", "FindFolder"]),
            (lambda: source.change_mark(BOX), ["FindFolder"]),
            (lambda: source.changes(BOX, inbox, None), ["SyncFolderItems"]),
            (lambda: source.properties(BOX, sent), ["GetItem"]),
            (lambda: list(source.mimes(BOX, sent)), ["GetItem"]),
            (lambda: source.large(BOX, sent[0]), ["GetItem"]),
        ):
            control.clear_calls()
            call()
            assert operations(control) == expected

    def test_the_build_is_learned_from_the_first_answer_without_a_request(self, source, control: Control, simulator):
        control.clear_calls()
        source.probe(BOX)
        product = {"2010": "Exchange 2010, build 14.3.", "2016": "Exchange 2016, build 15.1."}
        assert source.welcome().product.startswith(product[simulator.simulator.options.exchange])
        assert len(control.calls()) == 1

    def test_only_reading_operations_reach_the_server(self, source, control: Control, inbox):
        item = control.deliver(BOX, mail(1, files={"a": b"1"}))[BOX]
        large = source.large(BOX, item)
        b"".join(source.attachment(BOX, large.attachments[0].key))
        walk(source, inbox)
        list(source.find(BOX, inbox, None, None))
        assert set(operations(control)) <= READING
        assert control.counts()["refused"] == {}

    def test_reading_everything_changes_nothing(self, source, control: Control, inbox):
        item = control.deliver(BOX, mail(1, files={"a": b"1"}))[BOX]
        state, mark = walk(source, inbox)[0].state, source.change_mark(BOX)
        large = source.large(BOX, item)
        b"".join(source.attachment(BOX, large.attachments[0].key))
        list(source.mimes(BOX, [item]))
        source.properties(BOX, [item])
        assert walk(source, inbox, state)[0].present == ()
        assert source.change_mark(BOX) == mark

    def test_without_impersonation_rights_the_mailbox_is_at_fault(self, source, control, simulator: Running):
        control.set_impersonation(simulator.username, BOX, allowed=False)
        try:
            with pytest.raises(MailboxFault) as caught:
                source.probe(BOX)
            assert caught.value.reason.kind == "mailbox_access_denied"
            source.probe(OTHER)
        finally:
            control.set_impersonation(simulator.username, BOX, allowed=None)

    def test_a_delegate_reads_what_he_may(self, connection, control: Control):
        control.set_account("helper", "pw-helper")
        control.create_folder(BOX, ("Posteingang", "Offen"))
        control.set_rights("helper", BOX, access="none")
        control.set_rights("helper", BOX, access="full", folder="inbox")
        control.set_rights("helper", BOX, access="full", folder=("Posteingang", "Offen"))
        with_rights = open_source(replace(connection, username="helper", password="pw-helper", access="delegate"))
        item = control.deliver(BOX, mail(1))[BOX]
        with_rights.probe(BOX)
        folders = {one.path: one for one in with_rights.folders(BOX)}
        assert ("Posteingang",) in folders
        assert ("Posteingang", "Offen") in folders
        assert {one.distinguished for one in folders.values()}.isdisjoint({"sentitems", "drafts"})
        page = with_rights.changes(BOX, folders[("Posteingang",)].key, None)
        assert [one.item_id for one in page.present] == [item]

    def test_a_folder_that_may_be_seen_but_not_read_is_gone_for_us(self, connection, source, control: Control):
        control.set_account("helper", "pw-helper")
        control.set_rights("helper", BOX, access="full")
        key = control.create_folder(BOX, ("Posteingang", "Zu"))
        control.set_rights("helper", BOX, access="visible", folder=key)
        delegate = open_source(replace(connection, username="helper", password="pw-helper", access="delegate"))
        with pytest.raises(FolderGone):
            delegate.changes(BOX, key, None)

    def test_an_authority_that_is_not_trusted_is_told_with_the_remedy(self, connection):
        with pytest.raises(IntegrationFault) as caught:
            open_source(replace(connection, ca_bundle=None)).probe(BOX)
        assert caught.value.reason.code == "TLS certificate"

    def test_two_connections_with_other_tls_settings_live_in_one_process(self, connection, source):
        strict = open_source(replace(connection, min_tls="1.3"))
        foreign = open_source(replace(connection, ca_bundle=None))
        narrow = open_source(replace(connection, ciphers="ECDHE+AESGCM"))
        for _ in range(2):
            strict.probe(BOX)
            source.probe(BOX)
            narrow.probe(BOX)
            with pytest.raises(IntegrationFault):
                foreign.probe(BOX)

    def test_no_other_authority_is_added_behind_our_back(self, source):
        source.probe(BOX)
        session = source._transport.places.of(BOX).get_session()
        adapter = session.get_adapter(source._transport.connection.server_url)
        assert adapter._context.cert_store_stats()["x509_ca"] == 1

    def test_nobody_can_switch_off_the_check_of_certificates(self, connection):
        source = EwsSource(replace(connection, ca_bundle=None), clock=now)
        session = source._transport.places.of(BOX).get_session()
        body = envelope(queries.get_folders([]), "Exchange2016", None)
        with pytest.raises(requests.exceptions.SSLError):
            session.post(connection.server_url, data=body, verify=False)

    def test_a_password_with_colon_percent_and_umlaut_works(self, connection, control: Control):
        control.set_account("odd", "p:ä%ß€")
        open_source(replace(connection, username="odd", password="p:ä%ß€", access="delegate"))
        control.set_rights("odd", BOX, access="full")
        open_source(replace(connection, username="odd", password="p:ä%ß€", access="delegate")).probe(BOX)

    def test_a_window_over_many_days_finds_each_mail_once(self, source, control: Control, inbox):
        sent = [control.deliver(BOX, mail(n), received=START + timedelta(hours=7 * n))[BOX] for n in range(20)]
        found = [
            one.item_id
            for day in range(7)
            for one in source.find(BOX, inbox, START + timedelta(days=day), START + timedelta(days=day + 1))
        ]
        assert found == sent


def test_graph_says_that_it_is_not_there_yet(connection):
    with pytest.raises(BadInput, match="not there yet"):
        open_source(replace(connection, protocol="graph"))


@pytest.mark.parametrize("access", ["impersonation", "delegate"])
@pytest.mark.parametrize("written", ["info@пример.рф", "info@ПРИМЕР.рф", "info@xn--e1afmkfd.xn--p1ai"])
def test_a_domain_in_any_letters_goes_over_the_wire_in_ascii(
    connection: ExchangeConnection, control: Control, written: str, access: str
):
    control.add_mailbox("info@xn--e1afmkfd.xn--p1ai", "Info")
    made = EwsSource(replace(connection, access=access), clock=now)
    made.probe(written)
    assert [one.distinguished for one in made.folders(written) if one.path == ("Inbox",)] == ["inbox"]
    made.close()


@pytest.mark.parametrize(
    "written", ["почта@пример.рф", "ännchen@example.org", "メール@example.org", "ann\u2028@x.example"]
)
def test_an_address_that_no_header_can_hold_is_the_mailboxs_own_fault(
    connection: ExchangeConnection, control: Control, written: str
):
    made = EwsSource(connection, clock=now)
    for call in (made.probe, made.folders, made.no_mailbox):
        with pytest.raises(MailboxFault) as caught:
            call(written)
        assert caught.value.reason.code == "AddressNotAscii"
        assert "primary SMTP address" in caught.value.reason.remedy
    made.close()
    assert control.authentication()["attempts"] == 0
