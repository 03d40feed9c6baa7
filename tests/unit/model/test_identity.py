"""Which email is which (design decision 6). The golden vectors hold for ever: a changed id would double old mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from exchange_sync.model.identity import (
    IDENTITY_VERSION,
    comment_id,
    conflict_id,
    same_email,
    substitute_message_id,
    usable_message_id,
)
from exchange_sync.model.mime_identity import message_id_of, sender_and_sent

WHEN = datetime(2026, 3, 2, 12, 0, 1, 999_000, tzinfo=UTC)
GOLDEN_SUBSTITUTE = "<06ecfc83e62f4ac675552a9c99b027670837632a6361e495bd92db256307677d@no-message-id>"
GOLDEN_MIME = "<6d257f5704edce8ac0b58c10802eff0ed8f212ed58579f04c76d6ae99eed512e@no-message-id>"
GOLDEN_CONFLICT = "3c73616d6540783e-4b01f18e407ec8ec"
SCAN = (
    b"From: Scanner <scan@Office.example>\r\nDate: Mon, 2 Mar 2026 13:00:01 +0100\r\n"
    b"Subject: =?utf-8?Q?Gescannt=3A_=C3=9Cbersicht?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    b"See attached.\r\n--b\r\nContent-Type: application/pdf\r\n"
    b'Content-Disposition: attachment; filename="scan 1.pdf"\r\n\r\n%PDF\r\n--b--\r\n'
)


def test_the_golden_vectors_of_this_version_hold() -> None:
    assert IDENTITY_VERSION == 1
    assert comment_id("<AM9PR02@outlook.com>") == "3c414d3950523032406f75746c6f6f6b2e636f6d3e"
    assert (
        substitute_message_id(
            sender="Scan@Office.example", sent=WHEN, subject="Gescannt: Übersicht", attachment_names=["b.pdf", "A.pdf"],
            text="See attached, 2 pages.",
        )
        == GOLDEN_SUBSTITUTE
    )  # fmt: skip
    assert message_id_of(SCAN) == GOLDEN_MIME
    assert conflict_id("<same@x>", sender="eve@evil.example", sent=WHEN) == GOLDEN_CONFLICT


def test_brackets_and_case_are_kept_and_folding_white_space_is_not() -> None:
    assert usable_message_id(" <AbC@X.example>\r\n") == "<AbC@X.example>"
    assert usable_message_id("<a.b\r\n\t c@x>") == "<a.b c@x>"
    assert usable_message_id("bare@x") == "bare@x"


@pytest.mark.parametrize("value", [None, "", "  ", "<>", "<" + "x" * 600 + ">", "<a\x00b@x>", "<a\ud800b@x>"])
def test_what_cannot_serve_as_identity_is_refused(value: str | None) -> None:
    assert usable_message_id(value) is None


def test_a_message_id_of_exactly_512_bytes_serves_and_its_id_fits_the_api() -> None:
    name = "<" + "é" * 255 + ">"
    assert len(name.encode()) == 512
    assert usable_message_id(name) == name
    assert len(comment_id(name)) == 1024
    assert len(conflict_id(name, sender="a", sent=None)) <= 1024


def test_one_item_read_over_ews_or_uploaded_as_eml_has_one_id() -> None:
    eml = b"Message-ID:\r\n <Folded-1@x>\r\nFrom: a@x\r\n\r\nhello"
    assert message_id_of(eml) == message_id_of(b"From: other@y\r\n\r\n", server_id="<Folded-1@x>") == "<Folded-1@x>"


def test_the_substitute_is_the_same_whatever_the_mailbox_made_of_the_mime() -> None:
    regenerated = (
        SCAN.replace(b'boundary="b"', b'boundary="_000_other"').replace(b"--b", b"--_000_other")
        .replace(b"From:", b"Received: from exchange\r\nX-MS-Exchange-Organization: 1\r\nFrom:", 1)
        .replace(b"13:00:01 +0100", b"12:00:01 +0000")
    )  # fmt: skip
    assert message_id_of(regenerated) == message_id_of(SCAN)


def test_two_scans_of_one_second_with_different_files_are_two_emails() -> None:
    assert message_id_of(SCAN.replace(b"scan 1.pdf", b"scan 2.pdf")) != message_id_of(SCAN)


def test_a_large_email_whose_attachments_are_told_apart_has_the_same_substitute() -> None:
    headers_and_body = SCAN.split(b"--b\r\nContent-Type: application/pdf")[0] + b"--b--\r\n"
    assert message_id_of(headers_and_body, attachment_names=["scan 1.pdf"]) == message_id_of(SCAN)


def test_sender_or_second_in_common_is_the_same_email() -> None:
    later = WHEN + timedelta(seconds=5)
    assert same_email(sender="A@x", sent=WHEN, other_sender="a@X", other_sent=later)
    assert same_email(sender="a@x", sent=WHEN, other_sender="/O=ORG/CN=a", other_sent=WHEN.replace(microsecond=0))
    assert not same_email(sender="a@x", sent=WHEN, other_sender="b@x", other_sent=later)
    assert not same_email(sender="a@x", sent=None, other_sender="b@x", other_sent=later)
    assert same_email(sender="", sent=None, other_sender="b@x", other_sent=later)


def test_the_sent_time_counts_in_utc_whatever_zone_it_is_written_in() -> None:
    berlin = WHEN.astimezone(timezone(timedelta(hours=1)))
    one = substitute_message_id(sender="a", sent=WHEN, subject="", attachment_names=[], text="")
    assert one == substitute_message_id(sender="a", sent=berlin, subject="", attachment_names=[], text="")


def test_hostile_headers_still_give_an_identity() -> None:
    for mime in (b"", b"\xff\xfe", b"Date: yesterday\r\nFrom: @@\r\n\r\nx", b"Subject: =?bogus?Q?x?=\r\n\r\n"):
        assert message_id_of(mime).endswith("@no-message-id>")
        sender_and_sent(mime)
