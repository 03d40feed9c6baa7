"""Addresses and domains: what people may write, and that it meets what mail holds."""

from __future__ import annotations

import time

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.model.addresses import address_key, check_address, domain_key, filter_address, filter_domain
from exchange_sync.model.config import Filters
from exchange_sync.model.rules import PARTICIPANT, left_out_by_people


@pytest.mark.parametrize(
    ("written", "met"),
    [
        ("payroll.example", "eve@payroll.example"),
        ("@payroll.example", "eve@payroll.example"),
        ("*.payroll.example", "eve@payroll.example"),
        ("*.payroll.example", "eve@hr.payroll.example"),
        ("*@payroll.example", "Eve@Payroll.Example"),
        (".payroll.example", "eve@payroll.example"),
        ("@.payroll.example", "eve@payroll.example"),
        ("payroll.example.", "eve@payroll.example."),
        ("  Payroll.Example ", "<eve@payroll.example>"),
        ("exämple.de", "eve@xn--exmple-cua.de"),
        ("exämple.de", "eve@EXÄMPLE.de"),
        ("exa\u0308mple.de", "eve@exämple.de"),
        ("xn--exmple-cua.de", "eve@exämple.de"),
        ("XN--EXMPLE-CUA.DE", "eve@mail.exämple.de"),
        ("straße.example", "eve@xn--strae-oqa.example"),
        ("пример.рф", "ева@xn--e1afmkfd.xn--p1ai"),
        ("bücher\u3002example", "eve@bücher.example"),
        ("ｐayroll.example", "eve@payroll.example"),
        ("payroll.example", "eve@pay\u00adroll.example"),
        ("payroll.example", "eve@a\u2028b.payroll.example"),
        ("i❤.example", "eve@xn--i-7iq.example"),
        ("[192.0.2.1]", "eve@[192.0.2.1]"),
        ("under_score.example", "eve@under_score.example"),
    ],
)
def test_each_form_of_a_domain_meets_the_mail_that_it_means(written: str, met: str) -> None:
    assert (
        left_out_by_people([met], (), Filters(domain_deny=(filter_domain(written),)), unreadable=False) == PARTICIPANT
    )
    assert left_out_by_people([met], (), Filters(domain_allow=(filter_domain(written),)), unreadable=False) is None
    assert (
        left_out_by_people([met], (), Filters.from_dict({"domain_deny": [written]}), unreadable=False) == PARTICIPANT
    ), "as stored once"


@pytest.mark.parametrize("other", ["eve@notpayroll.example", "eve@payroll.example.org", "payroll.example@x.example"])
def test_a_domain_is_met_at_whole_parts_alone(other: str) -> None:
    assert left_out_by_people([other], (), Filters(domain_deny=("payroll.example",)), unreadable=False) is None


@pytest.mark.parametrize(
    "written",
    [
        "", "*", "@", ".", "a b.example", "a..example", "..example", "*.*.example", "@@x.example", "*x.example",
        "payroll.*", "x.example..", "https://x.example", "x.example:25", "x.example/y", "a.example, b.example",
        '"x.example"', "x\x00y.example", "\u202ex.example", "xn--zzzzz-.example", "x" * 64, "x." * 130 + "x",
    ],
)  # fmt: skip
def test_what_could_meet_no_mail_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(BadInput, match="expected a domain|a domain has 253|is an address"):
        filter_domain(written)


def test_an_address_among_domains_and_a_domain_among_addresses_are_led_to_their_place() -> None:
    with pytest.raises(BadInput, match=r"'eve@x\.example' is an address, not a domain: name it among the participants"):
        filter_domain("eve@x.example")
    for written in ("@x.example", "*@x.example"):
        with pytest.raises(BadInput, match=r"means a whole domain: name x\.example among the participant domains"):
            filter_address(written)


@pytest.mark.parametrize(
    ("written", "met"),
    [
        ("eve@bad.example", "Eve@BAD.example"),
        (" Eve@bad.example. ", "<eve@bad.example>"),
        ("eve@exämple.de", "eve@xn--exmple-cua.de"),
        ("eve@xn--exmple-cua.de", "EVE@EXÄMPLE.de"),
        ('"eve"@bad.example', "eve@bad.example"),
        ("eve@bad.example", '"eve"@bad.example'),
        ('"eve smith"@bad.example', '"Eve Smith"@bad.example'),
        ("ева@пример.рф", "Ева@xn--e1afmkfd.xn--p1ai"),
        ("eve/sales%eu@bad.example", "eve/sales%eu@bad.example"),
        ("eve.@bad.example", "eve.@bad.example"),
    ],
)
def test_each_form_of_an_address_meets_the_mail_that_it_means(written: str, met: str) -> None:
    assert (
        left_out_by_people([met], (), Filters(participant_deny=(filter_address(written),)), unreadable=False)
        == PARTICIPANT
    )
    assert (
        left_out_by_people([met], (), Filters.from_dict({"participant_deny": [written]}), unreadable=False)
        == PARTICIPANT
    )


@pytest.mark.parametrize(
    "written", ["eve", "eve@", "a@b@c", "a b@x", "Eve <eve@x>", "<eve@x>", "mailto:eve@x", "eve@x, bob@x", "e*@x", ""]
)
def test_what_is_no_address_is_refused_in_a_filter(written: str) -> None:
    with pytest.raises(BadInput, match="is not an address|stands for nothing"):
        filter_address(written)


def test_what_an_older_version_stored_and_nobody_can_read_stays_as_it_is() -> None:
    kept = {"domain_deny": ["no domain", "@x.example", "x.example"], "participant_allow": ["nobody"]}
    assert Filters.from_dict(kept).to_dict() == {
        "domain_deny": ("no domain", "x.example"), "participant_allow": ("nobody",),
    }  # fmt: skip


def test_what_was_brought_to_its_form_stays_so() -> None:
    for domain in ("exämple.de", "@Straße.example", "пример.рф", "*.x.example"):
        assert filter_domain(filter_domain(domain)) == filter_domain(domain) == domain_key(filter_domain(domain))
    for address in ("Ева@пример.рф", '"a b"@x.example', "A@exämple.de"):
        assert filter_address(filter_address(address)) == filter_address(address) == address_key(address)


@pytest.mark.parametrize(
    "hostile",
    ["", "@", "\x00", "a" * 1_000_000, "a@" + "ä" * 1_000_000, "ä" * 1_000_000 + "@x.example", "a@" + "." * 1_000_000,
     "a@" + "\u0301\u0327" * 500_000, "a@" + "\ud800", "@@@@", "a@" + "xn--" * 250_000,
     "\u0301\u0327" * 500_000 + "@x"],
)  # fmt: skip
def test_whatever_a_mail_holds_gets_a_form_at_once(hostile: str) -> None:
    begun = time.process_time()
    address_key(hostile)
    domain_key(hostile)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("address", ["ann", "ann@", "a b@x", "ann@x, bob@x", "Ann <ann@x>", "a/b@x", "a%b@x"])
def test_an_address_that_is_not_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="is not valid: expected"):
        check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "почта@пример.рф",
        "ännchen@acme.example",
        "メール@acme.example",
        "ann\u202e@acme.example",
        "ann\xa0@acme.example",
    ],
)
def test_letters_that_no_mailbox_of_exchange_has_are_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(BadInput, match="before the @ Exchange has ASCII letters only"):
        check_address(address)


@pytest.mark.parametrize(
    "address",
    ["ann\x00@x", "ann\x1b@x", "ann\x7f@x", "ann\n@x", "a@b@c", '"ann"@x', "ann.@x", ".ann@x", "a..n@x", "*@x", "@x",
     "x" * 65 + "@x", "ann@" + "x." * 200 + "x", "ann@" + "x" * 64, "ann@[192.0.2.1]", "ann@a b", "ann@x\x00y",
     "ann@x:25",
     "ann@.x", "ann@x..", "ann@\u202ex", "ann'; --@x"],
)  # fmt: skip
def test_what_no_mailbox_can_be_called_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="is not valid"):
        check_address(address)


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("Support@Acme.example", "support@acme.example"),
        ("info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"),
        ("info@EXÄMPLE.de", "info@xn--exmple-cua.de"),
        ("info@xn--exmple-cua.de", "info@xn--exmple-cua.de"),
        ("info@acme.example.", "info@acme.example"),
        ("o'neill+x_1@acme.example", "o'neill+x_1@acme.example"),
    ],
)
def test_a_mailbox_has_one_address_however_it_is_written(address: str, read: str) -> None:
    assert check_address(address) == read


@pytest.mark.parametrize("address", ["\\\\Claims\\2026", "Public Folders/Claims"])
def test_a_public_folder_is_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(BadInput, match="Exchange offers no sync of public folders"):
        check_address(address)
