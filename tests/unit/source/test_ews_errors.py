"""Everything that can go wrong, named by what must happen next (reference 3.3)."""

from __future__ import annotations

import socket
import ssl

import exchangelib.errors
import oauthlib.oauth2
import pytest
import requests
import urllib3.exceptions
from exchange_sync.errors import (
    ExchangeSyncError,
    IntegrationFault,
    ItemFault,
    ItemGone,
    MailboxFault,
    Retriable,
    StateExpired,
)
from exchange_sync.source.api import FolderGone
from exchange_sync.source.ews.codes import RULES, TABLES, UNKNOWN, rule_of
from exchange_sync.source.ews.codes.rule import Consequence
from exchange_sync.source.ews.errors import Where, coded, translated
from exchange_sync.source.ews.refusal import HttpRefusal
from lxml import etree

from tests.conftest import shared_folder
from tests.unit.source.ews_canned import FakeExchange, error, response, soap

BOX = "support@example.org"
KINDS = {
    "mailbox_not_found", "invalid_exchange_credentials", "comment_quota_hit", "mailbox_inbox_not_found",
    "mailbox_removed", "app_access_insufficient_scopes", "unknown_forbidden_error",
    "mailbox_primary_address_not_found", "syncemail_consumption_limit_exceeded", "mailbox_access_denied",
    "mailbox_invalid_license",
}  # fmt: skip


def schema_codes() -> list[str]:
    schema = shared_folder() / "xsd" / "exchange2016" / "messages.xsd"
    if not schema.exists():
        pytest.skip(f"the schema is not there: {schema}")
    spaces = {"xs": "http://www.w3.org/2001/XMLSchema"}
    path = '//xs:simpleType[@name="ResponseCodeType"]//xs:enumeration/@value'
    return [str(one) for one in etree.parse(schema).xpath(path, namespaces=spaces)]


def test_every_code_of_the_schema_is_named_in_exactly_one_table():
    codes = schema_codes()
    assert len(codes) == 505
    assert set(codes) - set(RULES) == set()
    assert sum(len(table) for table in TABLES) == len(RULES)


def test_the_tables_name_no_code_that_the_schema_does_not_have():
    assert set(RULES) - set(schema_codes()) == set()


def test_no_code_of_the_schema_reaches_the_default():
    assert [code for code in schema_codes() if rule_of(code) is UNKNOWN] == []


def test_a_code_nobody_knows_is_kept_by_name():
    assert rule_of("ErrorOfTheFuture") is UNKNOWN
    found = coded("ErrorOfTheFuture", Where.MAILBOX, BOX)
    assert isinstance(found, MailboxFault)
    assert found.reason.code == "ErrorOfTheFuture"


@pytest.mark.parametrize("where", list(Where))
def test_every_fault_has_a_kind_of_the_vocabulary_and_a_remedy_in_a_sentence(where: Where):
    for code in sorted(set(RULES) - {"NoError"}):
        found = coded(code, where, BOX)
        assert isinstance(found, ExchangeSyncError), code
        if isinstance(found, IntegrationFault | MailboxFault):
            assert found.reason.kind in KINDS, code
            assert found.reason.remedy.endswith("."), code
            assert found.reason.code == code
        if isinstance(found, Retriable):
            assert found.after > 0, code


@pytest.mark.parametrize(
    ("code", "where", "expected", "kind"),
    [
        ("ErrorPasswordExpired", Where.MAILBOX, IntegrationFault, "invalid_exchange_credentials"),
        ("ErrorOrganizationAccessBlocked", Where.ITEM, IntegrationFault, "app_access_insufficient_scopes"),
        ("ErrorImpersonationFailed", Where.FOLDER, IntegrationFault, "app_access_insufficient_scopes"),
        ("ErrorImpersonateUserDenied", Where.ITEM, MailboxFault, "mailbox_access_denied"),
        ("ErrorNonExistentMailbox", Where.MAILBOX, MailboxFault, "mailbox_not_found"),
        ("ErrorNonPrimarySmtpAddress", Where.MAILBOX, MailboxFault, "mailbox_primary_address_not_found"),
        ("ErrorAccountDisabled", Where.MAILBOX, MailboxFault, "mailbox_removed"),
        ("ErrorInvalidLicense", Where.MAILBOX, MailboxFault, "mailbox_invalid_license"),
        ("ErrorAccessDenied", Where.MAILBOX, MailboxFault, "mailbox_access_denied"),
        ("ErrorAccessDenied", Where.FOLDER, FolderGone, None),
        ("ErrorAccessDenied", Where.ITEM, ItemFault, None),
        ("ErrorFolderNotFound", Where.FOLDER, FolderGone, None),
        ("ErrorInvalidSyncStateData", Where.FOLDER, StateExpired, None),
        ("ErrorItemNotFound", Where.ITEM, ItemGone, None),
        ("ErrorItemCorrupt", Where.ITEM, ItemFault, None),
        ("ErrorMailboxMoveInProgress", Where.FOLDER, Retriable, None),
        ("ErrorServerBusy", Where.ITEM, Retriable, None),
        ("ErrorInvalidServerVersion", Where.MAILBOX, IntegrationFault, "invalid_exchange_credentials"),
    ],
)
def test_the_reach_of_a_code_depends_on_what_was_asked_for(code, where, expected, kind):
    found = coded(code, where, BOX)
    assert type(found) is expected
    assert kind is None or found.reason.kind == kind


def test_a_mailbox_move_waits_a_quarter_of_an_hour_and_a_busy_server_is_the_servers_matter():
    move, busy = (coded(code, Where.FOLDER, BOX) for code in ("ErrorMailboxMoveInProgress", "ErrorServerBusy"))
    assert (move.after, move.whole_server) == (900, False)
    assert busy.whole_server is True


HTML = b"<!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.mark.parametrize(
    ("step", "expected", "code"),
    [
        ((401, {}, b""), IntegrationFault, "HTTP 401"),
        ((401, {}, b"The referenced account is currently locked out"), IntegrationFault, "HTTP 401"),
        ((403, {}, b""), IntegrationFault, "HTTP 403"),
        ((404, {}, HTML), IntegrationFault, "HTTP 404"),
        ((302, {"Location": "https://owa.example.org/login"}, b""), IntegrationFault, "HTTP 302"),
        ((302, {"Location": "/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx"}, b""), Retriable, "HTTP 302"),
        ((407, {}, b""), IntegrationFault, "HTTP 407"),
        ((200, {}, HTML), IntegrationFault, "NotEws"),
        ((200, {}, b""), Retriable, "TruncatedAnswer"),
        ((429, {"Retry-After": "17"}, b""), Retriable, "HTTP 429"),
        ((503, {"Retry-After": "Tue, 24 Nov 2026 12:01:30 GMT"}, HTML), Retriable, "HTTP 503"),
        ((500, {}, HTML), Retriable, "HTTP 500"),
        ((502, {}, HTML), Retriable, "HTTP 502"),
        ((500, {"X-CasErrorCode": "MailboxGuidWithDomainNotFound"}, soap("<x/>")), MailboxFault,
         "MailboxGuidWithDomainNotFound"),
        (soap("<m:Nothing/>"), Retriable, "GarbledAnswer"),
    ],
)  # fmt: skip
def test_answers_that_are_no_soap(source, exchange: FakeExchange, step, expected, code):
    exchange.answer(step)
    with pytest.raises(expected) as caught:
        source.probe(BOX)
    assert (caught.value.code if expected is Retriable else caught.value.reason.code) == code
    assert len(exchange.calls) == 1, "nothing is retried, least of all a refused login"


@pytest.mark.parametrize(
    ("value", "after"), [("17", 17), ("0", 0), ("Tue, 24 Nov 2026 12:01:30 GMT", 90), ("soon", 30), ("-5", 30)]
)
def test_retry_after_is_obeyed_as_seconds_and_as_a_date(source, exchange: FakeExchange, value: str, after: float):
    exchange.answer((503, {"Retry-After": value}, b""))
    with pytest.raises(Retriable) as caught:
        source.probe(BOX)
    assert (caught.value.after, caught.value.whole_server) == (after, True)


def caused(outer: Exception, inner: Exception) -> Exception:
    try:
        try:
            raise inner
        except Exception:  # noqa: BLE001
            raise outer  # noqa: B904 (as the client libraries do it)
    except Exception as error:  # noqa: BLE001
        return error


CERTIFICATE = ssl.SSLCertVerificationError("certificate verify failed")
CERTIFICATE.verify_message = "unable to get local issuer certificate"
HANDSHAKE = ssl.SSLError(1, "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] handshake failure")


@pytest.mark.parametrize(
    ("failure", "expected", "code"),
    [
        (caused(requests.exceptions.SSLError("x"), CERTIFICATE), IntegrationFault, "TLS certificate"),
        (caused(requests.exceptions.SSLError("x"), HANDSHAKE), IntegrationFault, "TLS handshake"),
        (caused(requests.exceptions.ConnectionError("x"), socket.gaierror(-2, "Name or service not known")),
         IntegrationFault, "DNS"),
        (caused(requests.exceptions.ConnectionError("x"), ConnectionRefusedError()), Retriable,
         "ConnectionRefusedError"),
        (requests.exceptions.ReadTimeout("x"), Retriable, "Timeout"),
        (requests.exceptions.ConnectTimeout("x"), Retriable, "Timeout"),
        (requests.exceptions.ChunkedEncodingError("x"), Retriable, "TruncatedAnswer"),
        (caused(requests.exceptions.ConnectionError("x"), ConnectionResetError()), Retriable, "ConnectionResetError"),
        (requests.exceptions.ProxyError("x"), IntegrationFault, "Proxy"),
        (requests.exceptions.ContentDecodingError("x"), Retriable, "TruncatedAnswer"),
    ],
)  # fmt: skip
def test_failures_below_http_through_exchangelib(source, exchange: FakeExchange, failure, expected, code):
    exchange.answer(failure)
    with pytest.raises(expected) as caught:
        source.probe(BOX)
    assert (caught.value.code if expected is Retriable else caught.value.reason.code) == code


BUSY = exchangelib.errors.ErrorServerBusy("x", back_off=12.5)


@pytest.mark.parametrize(
    ("failure", "expected", "code"),
    [
        (exchangelib.errors.UnauthorizedError("x"), IntegrationFault, "UnauthorizedError"),
        (oauthlib.oauth2.InvalidClientError("x"), IntegrationFault, "InvalidClientError"),
        (oauthlib.oauth2.InvalidGrantError("x"), IntegrationFault, "InvalidGrantError"),
        (exchangelib.errors.RedirectError(url="https://elsewhere.org/"), IntegrationFault, "RedirectError"),
        (exchangelib.errors.MalformedResponseError("Unknown failure. Code: 403 headers"), IntegrationFault, "HTTP 403"),
        (exchangelib.errors.MalformedResponseError("Unknown failure. Code: 429 headers"), Retriable, "HTTP 429"),
        (exchangelib.errors.MalformedResponseError("No Body element in SOAP response"), IntegrationFault,
         "MalformedResponseError"),
        (exchangelib.errors.SOAPError("SOAP error code: x detail: GetItem: code: ErrorOrganizationAccessBlocked msg"),
         IntegrationFault, "ErrorOrganizationAccessBlocked"),
        (exchangelib.errors.TransportError("Unknown ResponseCode in ResponseMessage: ErrorInvalidLicense (MessageText"),
         MailboxFault, "ErrorInvalidLicense"),
        (exchangelib.errors.CASError(cas_error="MailboxGuidWithDomainNotFound", response=None), MailboxFault,
         "MailboxGuidWithDomainNotFound"),
        (exchangelib.errors.ErrorImpersonateUserDenied("x"), MailboxFault, "ErrorImpersonateUserDenied"),
        (exchangelib.errors.RateLimitError("x", wait=33), Retriable, "RateLimitError"),
        (BUSY, Retriable, "ErrorServerBusy"),
        (caused(exchangelib.errors.ErrorTimeoutExpired("x"), socket.gaierror(-2, "x")), IntegrationFault, "DNS"),
        (caused(exchangelib.errors.TransportError("x"), CERTIFICATE), IntegrationFault, "TLS certificate"),
        (exchangelib.errors.ErrorTimeoutExpired("x"), Retriable, "ErrorTimeoutExpired"),
        (exchangelib.errors.AutoDiscoverFailed("x"), IntegrationFault, "AutoDiscoverFailed"),
        (exchangelib.errors.TransportError("Failed to get auth type from service"), IntegrationFault, "TransportError"),
        (urllib3.exceptions.LocationParseError("x"), IntegrationFault, "LocationParseError"),
        (HttpRefusal(418), IntegrationFault, "HTTP 418"),
        (KeyError("x"), MailboxFault, "KeyError"),
    ],
)  # fmt: skip
def test_exceptions_of_the_client_libraries(failure, expected, code):
    found = translated(failure, Where.MAILBOX, BOX)
    assert type(found) is expected
    assert (found.code if expected is Retriable else found.reason.code) == code


def test_every_exception_of_exchangelib_has_a_consequence():
    classes = [one for one in vars(exchangelib.errors).values() if isinstance(one, type)]
    classes = [one for one in classes if issubclass(one, exchangelib.errors.EWSError)]
    assert len(classes) > 400
    for one in classes:
        made = one.__new__(one)
        made.args = ("x",)
        made.__dict__ |= {"value": "x", "wait": 1, "url": "x", "cas_error": "x", "response": None}
        found = translated(made, Where.FOLDER, BOX)
        assert isinstance(found, ExchangeSyncError), one


def test_back_off_of_exchangelibs_exception_is_kept():
    assert translated(BUSY, Where.FOLDER, BOX).after == 12.5


def test_no_text_of_an_answer_reaches_an_error(source, exchange: FakeExchange):
    exchange.answer(response("GetFolder", error("ErrorNonExistentMailbox")), (418, {}, b"secret text " + HTML))
    for _ in range(2):
        with pytest.raises(ExchangeSyncError) as caught:
            source.probe(BOX)
        assert "secret text" not in f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"


def test_a_consequence_without_a_rule_does_not_exist():
    used = {rule.consequence for rule in RULES.values()}
    assert used == set(Consequence)
