"""A deny list sees everybody whom a mail names, in whatever form, and refuses what it cannot read."""

from __future__ import annotations

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.model.config import Filters
from exchange_sync.model.rules import PARTICIPANT, UNREADABLE, left_out_by_people

DENY = Filters(domain_deny=("payroll.example",))


def why(headers: str, filters: Filters = DENY) -> str | None:
    """What the filters make of a mail with these headers."""
    found = clean_email(headers.encode() + b"\r\n\r\nHello").envelope
    return left_out_by_people(found.people, found.seen, filters, unreadable=found.unreadable)


@pytest.mark.parametrize(
    "headers",
    [
        "From: eve@payroll.example",
        "From: eve@payroll.example <eve@payroll.example>",
        "From: Eve <eve@payroll.example>\r\nTo: anna@firm.example; ben@firm.example",
        "From: Eve <eve@hr.payroll.example>",
        'To: "Doe, Eve" eve@payroll.example',
        "To: Eve <EVE@PayRoll.Example.>",
        "To: Eve <eve @ payroll . example>",
        "To: Eve <eve@(the firm)payroll.example>",
        "To: eve@payroll(.old).example",
        "To: <@relay.example:eve@payroll.example>",
        "To: team: anna@firm.example, eve@payroll.example;",
        'To: "eve@payroll.example via List" <list@lists.example>',
        "To: list@lists.example (eve@payroll.example)",
        "To: =?utf-8?Q?eve=40payroll.example?= <list@lists.example>",
        "To: =?utf-8?B?ZXZlQHBheXJvbGwuZXhhbXBsZQ==?=",
        "To: eve\uff20payroll.example",
        "To: eve@payroll\u3002example",
        "To: eve@pay\u200broll.example",
        'To: "eve doe"@payroll.example',
        "To: a@x.example eve@payroll.example",
        "To: a@x.example\r\nTo: eve@payroll.example",
        "To: mailto:eve@payroll.example",
        "To: 'eve@payroll.example'",
        "Cc: eve@payroll.example",
        "Bcc: eve@payroll.example",
        "From: a@x.example\r\nSender: eve@payroll.example",
        "From: a@x.example\r\nReply-To: eve@payroll.example",
        "Resent-To: eve@payroll.example",
        "From: a@x.example\r\n , eve@payroll.example",
        "from : eve@payroll.example",
    ],
)
def test_a_denied_domain_is_met_in_any_form(headers: str) -> None:
    assert why(headers) == PARTICIPANT


@pytest.mark.parametrize(
    "headers",
    [
        "From: Bob <bob@x.example>\r\nTo: =?utf-8?B?SW52b2ljZ?= <anna@firm.example>",
        "To: payroll.example",
        "To: eve@notpayroll.example",
        "To: eve@payroll.example.org",
        "Subject: eve@payroll.example",
        "To: undisclosed-recipients:;",
        "To: Eve",
        "From: =?bogus?Q?x?= <bob@x.example>",
        'From: "\ufffd" <bob@x.example>',
        "To:",
    ],
)
def test_nobody_else_is_taken_for_one_who_is_denied(headers: str) -> None:
    assert why(headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        "To: =?utf-8?B?ZXZlQHBheXJvb",
        "To: =?x-unknown-charset?Q?eve",
        "To: eve@",
        "To: @payroll",
        "To: Eve <eve@>",
        "To: =?utf-8?Q?=FF=FE=40?=",
        "From: /O=FIRM/OU=EXCHANGE/CN=RECIPIENTS/CN=EVE",
        "To: " + "a@x.example, " * 12_000,
        "\r\n".join(f"X-{n}: 1" for n in range(1_001)),
    ],
)
def test_what_cannot_be_read_is_refused_by_a_deny_list_and_by_no_other(headers: str) -> None:
    assert why(headers) == UNREADABLE
    assert why(headers, Filters()) is None
    assert why(headers, Filters(domain_allow=("y.example",))) == PARTICIPANT


@pytest.mark.parametrize("written", ["exämple.de", "xn--exmple-cua.de", "EXÄMPLE.de", "exa\u0308mple.de"])
@pytest.mark.parametrize("denied", ["exämple.de", "xn--exmple-cua.de"])
def test_international_domains_are_compared_as_the_dns_has_them(written: str, denied: str) -> None:
    assert why(f"From: eve@{written}", Filters(domain_deny=(denied,))) == PARTICIPANT
    assert why(f"From: eve@{written}", Filters(participant_deny=(f"eve@{denied}",))) == PARTICIPANT


def test_an_allow_list_goes_by_those_who_take_part_and_not_by_what_a_name_says() -> None:
    allow = Filters(participant_allow=("anna@firm.example",))
    assert why("To: Anna <anna@firm.example>", allow) is None
    assert why('From: "anna@firm.example" <eve@bad.example>', allow) == PARTICIPANT
    assert why("Reply-To: anna@firm.example", allow) == PARTICIPANT
