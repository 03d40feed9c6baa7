"""The wire: only reading operations, whole answers, no settings shared, nothing written into logs."""

from __future__ import annotations

import logging

import exchangelib
import exchangelib.protocol
import exchangelib.services
import pytest
import requests
from exchange_sync.errors import Retriable
from exchange_sync.source.ews.adapter import SLICE, EwsAdapter
from exchange_sync.source.ews.allowlist import READING, Mode, NotReading, ReadOnlyGuard, operation_of
from exchange_sync.source.ews.envelope import envelope
from exchange_sync.source.ews.names import element, m, t
from exchange_sync.source.ews.source import EwsSource
from exchange_sync.source.ews.xml import Garbled, ends_whole, mended, parse
from exchange_sync.source.tls import ssl_context
from exchangelib.services import CreateItem, DeleteItem, GetServerTimeZones, MoveItem

from tests.unit.source.ews_canned import NOW, FakeExchange, connection, fault, response, soap

BOX = "support@example.org"
WRITING = ["CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "CopyItem", "SendItem", "CreateFolder", "EmptyFolder",
           "MarkAsJunk", "MarkAllItemsAsRead", "ArchiveItem", "UploadItems", "CreateAttachment", "DeleteAttachment",
           "Subscribe", "SetUserOofSettings", "UpdateInboxRules", "ExportItems", "SyncFolderItemsX"]  # fmt: skip


def prepared(body: bytes) -> requests.PreparedRequest:
    return requests.Request("POST", "https://mail.example.org/EWS/Exchange.asmx", data=body).prepare()


def adapter(guard: ReadOnlyGuard) -> EwsAdapter:
    return EwsAdapter(ssl_context(connection()), guard, size=1)


@pytest.mark.parametrize("operation", sorted(READING))
def test_every_reading_operation_passes(exchange: FakeExchange, operation: str):
    exchange.answer(soap("<m:x/>"))
    adapter(ReadOnlyGuard()).send(prepared(envelope(element(m(operation)), "Exchange2016", BOX)), stream=False)
    assert exchange.operations == [operation]


@pytest.mark.parametrize("operation", WRITING)
def test_every_writing_operation_is_stopped_before_the_wire(exchange: FakeExchange, operation: str):
    guard = ReadOnlyGuard()
    with pytest.raises(NotReading, match=operation):
        adapter(guard).send(prepared(envelope(element(m(operation)), "Exchange2016", None)))
    assert exchange.calls == []
    assert guard.seen == [operation]


SERVICES = sorted({
    found.SERVICE_NAME for found in vars(exchangelib.services).values()
    if isinstance(found, type) and getattr(found, "SERVICE_NAME", None)
})  # fmt: skip


def test_the_services_of_exchangelib_are_all_known_to_this_test():
    assert len(SERVICES) >= 50
    assert set(WRITING) & set(SERVICES) >= {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "SendItem"}


@pytest.mark.parametrize("operation", [name for name in SERVICES if name not in READING])
def test_every_service_of_exchangelib_that_is_not_reading_is_stopped_before_the_wire(
    exchange: FakeExchange, operation: str
):
    with pytest.raises(NotReading, match=operation):
        adapter(ReadOnlyGuard()).send(prepared(envelope(element(m(operation)), "Exchange2016", None)))
    assert exchange.calls == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        soap(""),
        soap("<m:GetItem/><m:DeleteItem/>"),
        soap("<m:GetItem/>").replace(b"</s:Envelope>", b"<s:Body><m:DeleteItem/></s:Body></s:Envelope>"),
        soap('<GetItem xmlns="urn:other"/>'),
        soap("text"),
        b'<!DOCTYPE x [<!ENTITY e "<m:GetItem/>">]>' + soap("&e;"),
    ],
)
def test_a_body_that_hides_its_operation_is_stopped(exchange: FakeExchange, body: bytes):
    with pytest.raises(NotReading):
        adapter(ReadOnlyGuard()).send(prepared(body))
    assert exchange.calls == []


def test_the_prefix_does_not_matter_and_comments_do_not_hide(exchange: FakeExchange):
    body = soap("<!-- <m:GetItem/> --><m:DeleteItem/>").replace(b"m:", b"q:").replace(b"xmlns:m", b"xmlns:q")
    assert operation_of(body) == "DeleteItem"


def test_record_only_lets_pass_and_records(exchange: FakeExchange):
    guard = ReadOnlyGuard(Mode.RECORD)
    exchange.answer(soap("<m:x/>"))
    adapter(guard).send(prepared(soap("<m:DeleteItem/>")), stream=False)
    assert guard.seen == ["DeleteItem"]
    assert exchange.operations == ["DeleteItem"]


@pytest.mark.parametrize("service", [CreateItem, DeleteItem, MoveItem])
def test_exchangelibs_own_writing_services_are_stopped_on_our_sessions(exchange: FakeExchange, service):
    source = EwsSource(connection(), clock=lambda: NOW)
    protocol = source._transport.places.of(BOX)
    made = service.__new__(service)
    body = made.__class__.wrap.__get__(_Bare())(element(m(service.SERVICE_NAME)), "Exchange2016")
    session = protocol.get_session()
    with pytest.raises(NotReading):
        session.post("https://mail.example.org/EWS/Exchange.asmx", data=body)
    assert exchange.calls == []


class _Bare:
    """What exchangelib's wrap() asks of its service."""

    NS_MAP = GetServerTimeZones.NS_MAP
    _account_to_impersonate = None
    _timezone = None


def test_a_session_goes_nowhere_but_to_the_server(exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "no/such/file")
    session = EwsSource(connection(), clock=lambda: NOW)._transport.places.of(BOX).get_session()
    for url in ("http://mail.example.org/EWS/Exchange.asmx", "https://elsewhere.example/"):
        with pytest.raises(requests.exceptions.InvalidSchema):
            session.get(url)
    assert session.trust_env is False


def test_an_answer_in_memory_is_read_in_slices_and_a_streamed_one_is_left_alone(exchange: FakeExchange):
    body = soap("<m:x>" + "a" * 300_000 + "</m:x>")
    exchange.answer(body, body)
    request = prepared(soap("<m:GetItem/>"))
    whole = adapter(ReadOnlyGuard()).send(request, stream=False)
    slices = list(whole.iter_content())
    assert b"".join(slices) == body
    assert len(slices) == len(body) // SLICE + 1
    streamed = adapter(ReadOnlyGuard()).send(request, stream=True)
    assert max(len(one) for one in streamed.iter_content(1000)) == 1000


def test_a_cut_body_is_truncated_with_any_prefix_and_a_whole_one_is_not():
    assert ends_whole(soap("<m:x/>"))
    assert ends_whole(b"<Envelope></Envelope>\r\n ")
    assert ends_whole(b"<soap-env:Envelope></soap-env:Envelope >")
    assert not ends_whole(soap("<m:x/>")[:-1])
    assert not ends_whole(b"<s:Envelope></s:Body>")


def test_no_settings_leak_between_connections_of_one_login(exchange: FakeExchange):
    first = EwsSource(connection(timeout=11, build="15.1.2.3"), clock=lambda: NOW)
    second = EwsSource(connection(timeout=22, max_connections=5, ciphers="ECDHE+AESGCM"), clock=lambda: NOW)
    one, other = first._transport.places.of(BOX), second._transport.places.of(BOX)
    assert one is not other
    assert (one.TIMEOUT, other.TIMEOUT) == (11, 22)
    assert (one.max_connections, other.max_connections) == (2, 5)
    assert (first.welcome().product, second.welcome().product) == ("Exchange 2016, build 15.1.2.3", None)
    assert exchangelib.protocol.CachingProtocol._protocol_cache == {}


def test_a_session_comes_back_after_every_kind_of_failure(source, exchange: FakeExchange):
    failures = [(401, {}, b""), requests.exceptions.ReadTimeout("x"), b"<s:Envelope>", soap("<a></b>")]
    failures += [(200, {}, b"<h>"), fault("ErrorServerBusy")]
    exchange.answer(*failures * 3, response("GetFolder", "<m:Folders/>"))
    for _ in range(len(failures) * 3):
        with pytest.raises(Exception):  # noqa: B017, PT011 (which one is another test's matter)
            source.probe(BOX)
    source.probe(BOX)
    assert source._transport.places.of(BOX).session_pool_size <= 2


def test_what_exchangelib_logs_holds_no_request_and_no_password(source, exchange: FakeExchange, caplog):
    marked = "person@marked.example"
    with caplog.at_level(logging.DEBUG):
        exchange.answer(RuntimeError("odd"), response("GetFolder", f"<m:Folders><t:x>{marked}</t:x></m:Folders>"))
        for _ in range(2):
            try:
                source.probe(BOX)
            except Exception:  # noqa: BLE001 (the first one fails, on purpose)
                continue
    assert exchange.operations == ["GetFolder", "GetFolder"]
    assert "its text is withheld" in caplog.text
    for secret in ("S3cret-Mark", "c3ZjOlMzY3JldC1NYXJr", "Basic ", "<s:Envelope", marked, "GetFolder"):
        assert secret not in caplog.text


@pytest.mark.parametrize("build", [None, "15.2.1118.7"])
def test_the_first_answer_teaches_the_version_and_a_pinned_one_stays(exchange: FakeExchange, build):
    source = EwsSource(connection(build=build), clock=lambda: NOW)
    exchange.answer(*[response("GetFolder", "<m:Folders/>")] * 2)
    source.probe(BOX)
    source.probe(BOX)
    versions = [exchange.requested(number).find(f".//{t('RequestServerVersion')}").get("Version") for number in (0, 1)]
    assert versions == [("Exchange2016" if build else "Exchange2010_SP2"), "Exchange2016"]
    assert source.welcome().product == "Exchange 2019 or SE, build 15.2.1118.7"


def test_a_server_older_than_the_first_guess_is_stepped_down_to_once_per_connection(exchange: FakeExchange):
    source = EwsSource(connection(), clock=lambda: NOW)
    old = '<t:ServerVersionInfo MajorVersion="14" MinorVersion="1" MajorBuildNumber="218" MinorBuildNumber="0"/>'
    refused = fault("ErrorInvalidServerVersion")[2].split(b"<s:Body>")[1].split(b"</s:Body>")[0].decode()
    accepted = response("GetFolder", "<m:Folders/>")
    exchange.answer((500, {}, soap(refused, old)), accepted, accepted)
    source.probe(BOX)
    source.probe(BOX)
    versions = [exchange.requested(n).find(f".//{t('RequestServerVersion')}").get("Version") for n in range(3)]
    assert versions == ["Exchange2010_SP2", "Exchange2010_SP1", "Exchange2010_SP1"]


def test_a_server_that_refuses_every_version_ends_the_asking(exchange: FakeExchange):
    source = EwsSource(connection(), clock=lambda: NOW)
    refused = fault("ErrorInvalidServerVersion")[2].replace(b"ServerVersionInfo", b"Nothing")
    exchange.answer(*[(500, {}, refused)] * 10)
    with pytest.raises(Exception, match="ErrorInvalidServerVersion"):
        source.probe(BOX)
    assert len(exchange.calls) == 4


def test_a_fault_of_a_pinned_version_is_not_asked_again(exchange: FakeExchange):
    source = EwsSource(connection(build="14.2.1.1"), clock=lambda: NOW)
    exchange.answer(fault("ErrorInvalidServerVersion"))
    with pytest.raises(Exception, match="ErrorInvalidServerVersion"):
        source.probe(BOX)
    assert len(exchange.calls) == 1


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (b"&#x1;&#xb;&#x1F;", "\ufffd\ufffd\ufffd"),
        (b"&#xD83D;&#xDE00;", "\ufffd\ufffd"),
        (b"&#55357;&#xFFFE;&#xFFFF;&#0;", "\ufffd\ufffd\ufffd\ufffd"),
        (b"&#x1F600;&#9;&amp;&lt;&#65;", "\U0001f600\t&<A"),
        (b"a\x00\x01\x0bb", "ab"),
        (b"\xff\xc3(", "\ufffd\ufffd("),
        ("\ufffe\uffff".encode(), "\ufffd\ufffd"),
        (b"&#x99999999;", "\ufffd"),
    ],
)
def test_characters_that_xml_forbids_become_a_replacement_and_no_parser_dies(given: bytes, made: str):
    assert parse(b"<a>" + given + b"</a>").text == made


def test_xml_that_is_broken_otherwise_is_garbled_not_guessed():
    for body in (b"<a><b></a>", b"<a>&unknown;</a>", b"<a", b"text"):
        with pytest.raises(Garbled):
            parse(body)


def test_a_large_answer_is_not_searched_for_references_it_does_not_have():
    body = b"<a>" + b"QUJD" * 1_000_000 + b"</a>"
    assert mended(body) is body


def test_a_probe_never_loops_on_throttling(source, exchange: FakeExchange):
    exchange.answer((503, {"Retry-After": "5"}, b""))
    with pytest.raises(Retriable):
        source.probe(BOX)
    assert len(exchange.calls) == 1
