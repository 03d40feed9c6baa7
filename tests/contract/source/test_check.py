"""What ``exchange-sync check`` tells, on the simulator and on servers that are wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from exchange_simulator.client import Control
from exchange_simulator.testing import Running, running
from exchange_sync.model.config import Filters
from exchange_sync.pipeline.check import CheckLine, check, passes
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.allowlist import READING

from tests.contract.source.suite import BOX, OTHER, mail


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(exchange="2019") as made:
        made.control.add_mailbox(BOX, "Support")
        made.control.add_mailbox(OTHER, "Claims")
        made.control.deliver(BOX, mail(1))
        yield made


@pytest.fixture
def control(simulator: Running) -> Control:
    simulator.control.clear_calls()
    simulator.control.clear_authentication()
    return simulator.control


@pytest.fixture
def connection(simulator: Running) -> ExchangeConnection:
    return ExchangeConnection(
        simulator.ews_url, simulator.username, simulator.password, ca_bundle=simulator.ca_file
    )  # fmt: skip


def by_name(lines: list[CheckLine]) -> dict[str, CheckLine]:
    return {line.what: line for line in lines}


def test_every_step_of_a_good_connection_is_told(connection: ExchangeConnection, control: Control):
    lines = check(connection, [BOX, OTHER])
    assert passes(lines)
    assert [line.what for line in lines] == [
        "DNS", "TCP", "TLS", "Certificate", "Clock", "Offered log-ins", "Authentication", "Server", "Access",
        BOX, OTHER,
    ]  # fmt: skip
    told = by_name(lines)
    assert told["TLS"].told.startswith("TLSv1.3, TLS_")
    assert "days left, for" in told["Certificate"].told
    assert told["Server"].told.startswith("Exchange 2019 or SE, build 15.2.")
    assert told["Access"].told == "impersonation"
    assert told[BOX].told.endswith(" 1 items")
    assert all(str(line).startswith("✓ ") for line in lines)


def test_nothing_but_reading_reaches_the_server(connection: ExchangeConnection, control: Control):
    check(replace(connection, access="delegate"), [BOX])
    assert {call["operation"] for call in control.calls()} <= READING
    assert control.counts()["refused"] == {}


def test_a_wrong_password_costs_one_attempt_however_many_mailboxes(connection: ExchangeConnection, control: Control):
    lines = check(replace(connection, password="wrong"), [BOX, OTHER])
    assert not passes(lines)
    assert (lines[-1].ok, lines[-1].what) == (False, "Authentication")
    assert "HTTP 401" in lines[-1].told
    assert "password" in lines[-1].remedy
    assert control.authentication()["attempts"] == 1


def test_without_a_mailbox_the_account_signs_in_for_itself(connection: ExchangeConnection, control: Control):
    lines = check(connection, [])
    assert passes(lines)
    assert [line.what for line in lines][-2:] == ["Authentication", "Server"]
    [call] = control.calls()
    assert call["operation"] == "GetFolder"
    assert control.authentication()["attempts"] == 1


def test_without_a_mailbox_a_wrong_password_is_told_for_one_attempt(connection: ExchangeConnection, control: Control):
    last = check(replace(connection, password="wrong"), [])[-1]
    assert (last.ok, last.what) == (False, "Authentication")
    assert "HTTP 401" in last.told
    assert control.authentication()["attempts"] == 1


@pytest.mark.parametrize("fault", ["soap_fault", "message_error"])
def test_an_account_that_exchange_answers_with_a_fault_has_signed_in(
    connection: ExchangeConnection, control: Control, fault: str
):
    number = control.add_fault(fault, times=None, code="ErrorNonExistentMailbox")
    told = by_name(check(connection, []))
    control.remove_faults(number)
    assert told["Authentication"].ok


@pytest.mark.parametrize("fault", ["server_busy_fault", "server_busy_message"])
def test_a_busy_server_has_not_let_the_account_in(connection: ExchangeConnection, control: Control, fault: str):
    number = control.add_fault(fault, times=None)
    told = by_name(check(connection, []))
    control.remove_faults(number)
    assert not told["Authentication"].ok
    assert "later" in told["Authentication"].remedy


def test_one_bad_mailbox_does_not_hide_the_others(connection: ExchangeConnection, control: Control):
    told = by_name(check(connection, ["nobody@example.org", BOX]))
    assert not told["nobody@example.org"].ok
    assert told["nobody@example.org"].remedy
    assert told[BOX].ok


def test_a_folder_that_a_delegate_may_not_read_is_told_and_stops_nothing(
    connection: ExchangeConnection, control: Control, simulator: Running
):
    control.set_account("reader", "pw")
    control.set_rights("reader", BOX, access="full")
    hidden = control.create_folder(BOX, ("Inbox", "Board"))
    control.set_rights("reader", BOX, access="visible", folder=hidden)
    lines = check(replace(connection, username="reader", password="pw", access="delegate"), [BOX])
    control.delete_folder(BOX, hidden)
    assert [line.told for line in lines if not line.ok] == ["Inbox/Board cannot be read: it is left out"]
    assert passes(lines)


def test_a_delegate_is_not_asked_for_rights_on_what_is_never_read_or_left_out(
    connection: ExchangeConnection, control: Control
):
    control.set_account("reader", "pw")
    control.set_rights("reader", BOX, access="full")
    left_out = ["calendar", "contacts", "tasks", "journal"]
    left_out.append(control.create_folder(BOX, ("Drafts", "Templates")))
    left_out.append(control.create_folder(BOX, ("Calendar", "Holidays"), folder_class="IPF.Appointment"))
    for folder in left_out:
        control.set_rights("reader", BOX, access="visible", folder=folder)
    delegate = replace(connection, username="reader", password="pw", access="delegate")

    lines = check(delegate, [BOX])
    assert [str(line) for line in lines if not line.ok] == []

    wanted = {BOX: Filters(include=("drafts",), folder_deny=(("Inbox",),))}
    told = [str(line) for line in check(delegate, [BOX], filters=wanted) if not line.ok]
    for folder in left_out:
        control.set_rights("reader", BOX, access=None, folder=folder)
    assert len(told) == 1
    assert told[0].startswith("– "), "it is left out, as by sync: nothing is wrong"
    assert "Drafts/Templates cannot be read: it is left out" in told[0]


@pytest.mark.parametrize(
    "address", ["почта@пример.рф", "ann\x00@example.org", "a@b@example.org", "ann", "ann@", "x" * 300 + "@example.org"]
)
def test_an_address_that_ews_cannot_carry_is_a_line_and_the_server_is_not_asked_for_it(
    connection: ExchangeConnection, control: Control, address: str
):
    lines = check(connection, [address, BOX])
    told = by_name(lines)
    assert not passes(lines)
    assert "is not valid" in told[address].told
    assert "Report this" not in str(told[address])
    assert told[BOX].ok
    asked = [call["operation"] for call in control.calls()]
    control.clear_calls()
    check(connection, [BOX])
    assert asked == [call["operation"] for call in control.calls()]


def test_a_name_that_is_not_known_ends_the_check_with_its_remedy(connection: ExchangeConnection):
    lines = check(replace(connection, server_url="https://no-such-host.invalid/EWS/Exchange.asmx"), [BOX])
    assert [(line.ok, line.what) for line in lines] == [(False, "DNS")]
    assert "name servers" in lines[0].remedy


def test_a_port_where_nothing_listens_is_told(connection: ExchangeConnection):
    lines = check(replace(connection, server_url="https://127.0.0.1:9/EWS/Exchange.asmx"), [BOX])
    assert [(line.ok, line.what) for line in lines] == [(True, "DNS"), (False, "TCP")]


def test_a_foreign_certificate_is_told_with_what_was_shown_and_wanted(connection: ExchangeConnection):
    last = check(replace(connection, ca_bundle=None), [BOX])[-1]
    assert (last.ok, last.what) == (False, "Certificate")
    assert "offered: for 127.0.0.1" in last.told or "localhost" in last.told
    assert "wanted: for 127.0.0.1, issued by the system's authorities" in last.told


def test_ciphers_that_do_not_meet_are_told_with_what_was_offered_and_wanted(connection: ExchangeConnection):
    wrong = "ECDHE-RSA-AES128-SHA256"  # the server's key is of another kind
    last = check(replace(connection, ciphers=wrong), [BOX])[-1]
    assert (last.ok, last.what) == (False, "TLS")
    assert "offered: TLSv1.3 with TLS_" in last.told
    assert f"ciphers {wrong}" in last.told


def test_a_clock_that_is_wrong_is_told_but_stops_nothing(connection: ExchangeConnection):
    lines = check(connection, [BOX], clock=lambda: datetime.now(UTC) - timedelta(hours=1))
    clock = by_name(lines)["Clock"]
    assert (clock.ok, clock.stops) == (False, False)
    assert 3540 <= int(clock.told.split()[3]) <= 3600, clock.told  # on a busy machine the look takes a while
    assert "NTP" in clock.remedy


def test_a_certificate_that_ends_soon_has_its_remedy(connection: ExchangeConnection):
    shown = by_name(check(connection, []))["Certificate"].told
    days = int(shown.split()[0])
    later = by_name(check(connection, [], clock=lambda: datetime.now(UTC) + timedelta(days=days - 3)))["Certificate"]
    assert "Renew" in later.remedy


def test_no_line_shows_a_secret(connection: ExchangeConnection):
    for changed in (
        {"password": "M4rk"},
        {"password": "M4rk", "ca_bundle": None},
        {"proxy": "http://u:M4rk@127.0.0.1:9"},
    ):
        assert "M4rk" not in "".join(map(str, check(replace(connection, **changed), [BOX])))


@pytest.mark.parametrize(
    ("kind", "told"), [("GroupMailbox", "this is a group mailbox"), ("PublicFolder", "this is a public folder")]
)
def test_what_is_no_mailbox_is_refused_in_a_sentence(
    connection: ExchangeConnection, simulator: Running, kind: str, told: str
):
    simulator.store.set_meta(f"mailbox_type.{OTHER}", kind)
    lines = by_name(check(connection, [BOX, OTHER]))
    simulator.store.set_meta(f"mailbox_type.{OTHER}", "Mailbox")
    assert lines[BOX].ok
    assert not lines[OTHER].ok
    assert lines[OTHER].told.startswith(told)
    assert lines[OTHER].remedy == "Name a user's or a shared mailbox."
