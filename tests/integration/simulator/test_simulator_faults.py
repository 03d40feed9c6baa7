"""Every scripted fault does to a client what it says, as often as it was asked to, and to nobody else."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import requests
from exchange_simulator.client import ControlError
from exchange_simulator.faults.kinds import KINDS
from exchange_simulator.testing import Running
from lxml import etree

from tests.support.graph import Graph
from tests.support.mail import mail
from tests.support.soap import M, S, Soap, T

ANNA = "anna@firm.example"
BEN = "ben@firm.example"


@pytest.fixture(autouse=True)
def five_mails(exchange: Running) -> list[str]:
    received = datetime(2026, 3, 1, 8, tzinfo=UTC)
    return [
        exchange.control.deliver(ANNA, _mail(number), received=received)[ANNA] for number in range(5)
    ]  # fmt: skip


def _mail(number: int) -> bytes:
    return mail(number, message_id=f"<m{number}@x.example>", subject=f"mail {number}")


@pytest.mark.parametrize(
    ("kind", "status"), [("http_401", 401), ("http_403", 403), ("http_404", 404), ("http_429", 429), ("http_503", 503)]
)
def test_an_http_error_meets_one_call_and_no_more(exchange: Running, anna: Soap, kind: str, status: int) -> None:
    exchange.control.add_fault(kind)
    met = anna.sync("inbox").http
    assert met.status_code == status
    assert ("WWW-Authenticate" in met.headers) == (status == 401)
    assert met.headers.get("Retry-After") == ("30" if status in (429, 503) else None)
    assert anna.sync("inbox").http.status_code == 200


def test_retry_after_can_be_chosen(exchange: Running, anna: Soap) -> None:
    exchange.control.add_fault("http_503", retry_after=7)
    assert anna.sync("inbox").http.headers["Retry-After"] == "7"


def test_a_login_page_comes_by_redirect_or_with_200(exchange: Running, anna: Soap) -> None:
    exchange.control.add_fault("html_login")
    page = anna.sync("inbox").http
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"password" in page.content
    exchange.control.add_fault("redirect_login")
    anna.http.max_redirects = 0
    with pytest.raises(requests.TooManyRedirects) as redirected:
        anna.sync("inbox")
    assert redirected.value.response is not None
    assert redirected.value.response.headers["Location"] == "/owa/auth/logon.aspx"


def test_server_busy_comes_as_a_fault_with_its_back_off(exchange: Running, anna: Soap) -> None:
    exchange.control.add_fault("server_busy_fault", back_off_ms=1234)
    answer = anna.sync("inbox")
    assert answer.http.status_code == 500
    assert answer.codes() == ["ErrorServerBusy"]
    assert answer.texts("Value") == ["1234"]


def test_server_busy_comes_in_every_message(exchange: Running, anna: Soap, five_mails: list[str]) -> None:
    exchange.control.add_fault("server_busy_message", operation="GetItem", back_off_ms=99)
    answer = anna.get(*five_mails[:2], shape="IdOnly")
    assert answer.http.status_code == 200
    assert answer.codes() == ["ErrorServerBusy"] * 2
    assert answer.texts("Value") == ["99"] * 2


@pytest.mark.parametrize("length", ["full", "chunked"])
def test_a_truncated_body_that_http_notices_fails_as_incomplete(exchange: Running, anna: Soap, length: str) -> None:
    exchange.control.add_fault("truncated", length=length)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        anna.sync("inbox")
    assert len(anna.sync("inbox").ids()) == 5


@pytest.mark.parametrize("length", ["cut", "none"])
def test_a_truncated_body_that_http_overlooks_is_cut_where_asked(exchange: Running, anna: Soap, length: str) -> None:
    exchange.control.add_fault("truncated", length=length, after_text="</t:Create>", occurrence=4)
    met = anna.sync("inbox").http
    assert met.status_code == 200
    assert met.content.endswith(b"</t:Create>")
    recovered = etree.fromstring(met.content, etree.XMLParser(recover=True))
    assert len(recovered.findall(".//{*}Create")) == 4
    assert recovered.find(".//{*}SyncState").text  # the trap: the new state is there, one mail is not


@pytest.mark.parametrize("midway", [False, True])
def test_a_reset_connection_is_seen_as_one(exchange: Running, anna: Soap, midway: bool) -> None:
    exchange.control.add_fault("reset", midway=midway)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        anna.sync("inbox")
    assert len(anna.sync("inbox").ids()) == 5


def test_a_reset_is_a_tcp_reset_and_no_orderly_end(exchange: Running) -> None:
    exchange.control.add_fault("reset")
    credentials = base64.b64encode(f"{exchange.username}:{exchange.password}".encode()).decode()
    ask = f'<s:Envelope xmlns:s="{S[1:-1]}"><s:Body><GetServerTimeZones xmlns="{M[1:-1]}"/></s:Body></s:Envelope>'
    head = f"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n"
    with pytest.raises(ConnectionResetError):
        _send_over_tls(exchange, f"{head}Content-Length: {len(ask)}\r\n\r\n{ask}".encode())


def _send_over_tls(exchange: Running, raw: bytes) -> None:
    """Send and read to the end with TLS apart from the socket: ssl.SSLSocket takes a reset for an end of file."""
    address = urlsplit(exchange.ews_url)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=exchange.ca_file).wrap_bio(
        incoming, outgoing, server_hostname=address.hostname
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as tcp:
        for step in (tls.do_handshake, lambda: tls.write(raw), lambda: tls.read(100)):
            while True:
                try:
                    step()
                except ssl.SSLWantReadError:
                    tcp.sendall(outgoing.read())
                    received = tcp.recv(65536)
                    assert received, "the connection was closed in good order"
                    incoming.write(received)
                else:
                    tcp.sendall(outgoing.read())
                    break


@pytest.mark.parametrize("drip", [False, True])
def test_a_slow_answer_takes_its_time_and_is_whole(exchange: Running, anna: Soap, drip: bool) -> None:
    exchange.control.add_fault("slow", seconds=0.4, drip=drip)
    started = time.monotonic()
    assert len(anna.sync("inbox").ids()) == 5
    assert time.monotonic() - started >= 0.4


def test_one_item_fails_by_position_by_id_or_by_message_id(
    exchange: Running, anna: Soap, five_mails: list[str]
) -> None:
    exchange.control.add_fault("item_error", position=1, code="ErrorCorruptData")
    assert anna.get(*five_mails[:3]).codes() == ["NoError", "ErrorCorruptData", "NoError"]
    exchange.control.add_fault("item_error", item_id=five_mails[2])
    assert anna.get(five_mails[0]).codes() == ["NoError"]
    assert anna.get(*five_mails[1:4]).codes() == ["NoError", "ErrorItemCorrupt", "NoError"]
    exchange.control.add_fault("unknown_code", message_id="<m3@x.example>", times=None)
    moved = exchange.control.move(five_mails[3], "junkemail")
    for _ in range(3):
        assert anna.get(five_mails[4], moved).codes() == ["NoError", "ErrorSimulatedUnknown"]


def test_fewer_responses_than_ids_come_back(exchange: Running, anna: Soap, five_mails: list[str]) -> None:
    exchange.control.add_fault("fewer_responses", count=2)
    assert len(anna.get(*five_mails).ids()) == 3


@pytest.mark.parametrize("bare", [False, True])
def test_an_expired_state_meets_only_calls_that_bring_one(exchange: Running, anna: Soap, bare: bool) -> None:
    exchange.control.add_fault("expired_state", bare=bare)
    first = anna.sync("inbox")
    assert first.codes() == ["NoError"]
    (state,) = first.texts("SyncState")
    assert state is not None
    refused = anna.sync("inbox", state)
    assert refused.codes() == ["ErrorInvalidSyncStateData"]
    assert refused.texts("SyncState") == ([] if bare else [None])
    assert anna.sync("inbox", state).codes() == ["NoError"]


def test_expiring_states_ends_all_that_were_handed_out(exchange: Running, anna: Soap) -> None:
    (state,) = anna.sync("inbox").texts("SyncState")
    assert state is not None
    exchange.control.expire_states(ANNA)
    assert anna.sync("inbox", state).codes() == ["ErrorInvalidSyncStateData"]
    (fresh,) = anna.sync("inbox").texts("SyncState")
    assert fresh is not None
    assert anna.sync("inbox", fresh).codes() == ["NoError"]


def test_forbidden_characters_stand_in_the_text(exchange: Running, anna: Soap, five_mails: list[str]) -> None:
    exchange.control.add_fault("control_characters")
    assert b"<t:Subject>&#x1;&#xB;&#xFFFF;mail 0" in anna.get(five_mails[0]).http.content
    exchange.control.add_fault("control_characters", raw=True)
    assert b"<t:Subject>\x01\x0bmail 0" in anna.get(five_mails[0]).http.content
    exchange.control.add_fault("surrogate_references")
    assert b"<t:Subject>&#xD83D;&#xDE00;mail 0" in anna.get(five_mails[0]).http.content


def test_an_item_comes_under_an_unknown_name(exchange: Running, anna: Soap) -> None:
    exchange.control.add_fault("unknown_item_type", operation="SyncFolderItems")
    content = anna.sync("inbox").http.content
    assert content.count(b"<t:Network>") == content.count(b"</t:Network>") == 1
    assert content.count(b"<t:Message>") == 4


def test_one_mail_of_a_listing_is_spoilt_wherever_it_is_told(
    exchange: Running, anna: Soap, five_mails: list[str]
) -> None:
    exchange.control.add_fault("unknown_item_type", message_id="<m2@x.example>", times=None)
    for _ in range(2):
        (spoilt,) = anna.sync("inbox").xml.iter(f"{T}Network")
        assert next(spoilt.iter(f"{T}ItemId")).get("Id") == five_mails[2]
    exchange.control.move(five_mails[2], "junkemail")
    assert b"<t:Network>" not in anna.sync("inbox").http.content
    assert b"<t:Network>" in anna.sync("junkemail").http.content
    exchange.control.add_fault("control_characters", item_id=five_mails[1])
    answer = anna.sync("inbox", shape="Default").http.content
    assert b"<t:Subject>&#x1;&#xB;&#xFFFF;mail 1<" in answer
    assert answer.count(b"&#x1;") == 1


def test_a_fault_strikes_the_nth_call_of_its_operation_and_mailbox_only(exchange: Running, anna: Soap) -> None:
    exchange.control.add_mailbox(BEN)
    ben = Soap(exchange, BEN)
    exchange.control.add_fault("http_503", operation="SyncFolderItems", mailbox=ANNA, nth=3, times=2)
    statuses = []
    for _ in range(6):
        assert ben.sync("inbox").http.status_code == 200
        assert anna.get("nonsense").http.status_code == 200
        statuses.append(anna.sync("inbox").http.status_code)
    assert statuses == [200, 200, 503, 503, 200, 200]
    (told,) = exchange.control.faults()
    assert (told["seen"], told["hits"]) == (4, 2)
    ben.close()


def test_chance_is_the_same_for_the_same_seed(exchange: Running, anna: Soap) -> None:
    def statuses(seed: int) -> list[int]:
        number = exchange.control.add_fault("http_503", times=None, probability=0.5, seed=seed)
        found = [anna.get("x").http.status_code for _ in range(24)]
        exchange.control.remove_faults(number)
        return found

    first, again, other = statuses(7), statuses(7), statuses(8)
    assert first == again != other
    assert {200, 503} == set(first)


def test_faults_are_named_in_the_call_log(exchange: Running, anna: Soap) -> None:
    exchange.control.add_fault("http_429", operation="GetItem")
    anna.get("x")
    anna.get("x")
    assert [call["fault"] for call in exchange.control.calls(operation="GetItem")] == ["http_429", ""]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"kind": "http_999"}, "unknown fault 'http_999'"),
        ({"kind": "slow", "minutes": 1}, "has no parameter 'minutes'"),
        ({"kind": "slow", "seconds": "long"}, "takes a float"),
        ({"kind": "truncated", "length": "half"}, "takes full, cut, none or chunked"),
        ({"kind": "reset", "times": 0}, "count from 1"),
        ({"kind": "reset", "probability": 0.0}, "probability lies above 0"),
    ],
)
def test_a_fault_that_does_not_fit_is_refused_with_the_reason(
    exchange: Running, arguments: dict[str, object], reason: str
) -> None:
    with pytest.raises(ControlError, match=reason):
        exchange.control.add_fault(**arguments)  # type: ignore[arg-type]
    assert exchange.control.faults() == []


def test_every_kind_of_fault_strikes_a_call(exchange: Running, anna: Soap, five_mails: list[str]) -> None:
    (state,) = anna.sync("inbox").texts("SyncState")
    graph = Graph(exchange, ANNA)
    for kind in KINDS:
        number = exchange.control.add_fault(kind, times=None, **({"seconds": 0.01} if kind == "slow" else {}))
        try:
            anna.http.max_redirects = 0
            if KINDS[kind].stage == "graph":
                graph.raw("/messages")
            else:
                anna.get(five_mails[0])
                anna.sync("inbox", state or "")
        except requests.RequestException:
            pass
        assert exchange.control.faults()[0]["hits"] >= 1, kind
        exchange.control.remove_faults(number)
