"""Which email is which (design decision 6). The golden vectors hold for ever: a changed id would double old mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from exchange_sync.model.envelope import Envelope
from exchange_sync.model.identity import (
    IDENTITY_VERSION,
    comment_id,
    conflict_id,
    file_name,
    letters,
    substitute_message_id,
    text_mark,
    usable_message_id,
)

WHEN = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
SCAN = Envelope(
    sender="scan@office.example", sent=WHEN, subject="gescanntübersicht", file_names=("apdf", "bpdf"), text="0" * 64
)
GOLDEN_SUBSTITUTE = "<9fec6ff7ee807248a14e5576a91e5fbb116dc81d1c092d63e0b0f8f34ce7d962@no-message-id>"
GOLDEN_CONFLICT = "3c73616d6540783e-858360ed6d6791c5"


def test_the_golden_vectors_of_this_version_hold() -> None:
    assert IDENTITY_VERSION == 2
    assert comment_id("<AM9PR02@outlook.com>") == "3c414d3950523032406f75746c6f6f6b2e636f6d3e"
    assert substitute_message_id(SCAN) == GOLDEN_SUBSTITUTE
    assert conflict_id("<same@x>", GOLDEN_SUBSTITUTE) == GOLDEN_CONFLICT


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
    assert len(conflict_id(name, "mark")) <= 1024


def test_the_sent_time_counts_in_utc_whatever_zone_it_is_written_in() -> None:
    berlin = WHEN.astimezone(timezone(timedelta(hours=1)))
    assert substitute_message_id(Envelope(sent=berlin)) == substitute_message_id(Envelope(sent=WHEN))
    assert substitute_message_id(Envelope(sent=berlin)) != substitute_message_id(Envelope())


def test_names_of_files_that_a_server_lists_apart_count_like_those_in_the_mime() -> None:
    body_alone = Envelope(sender=SCAN.sender, sent=SCAN.sent, subject=SCAN.subject, text=SCAN.text)
    assert substitute_message_id(body_alone, ["B.pdf", "a.PDF"]) == substitute_message_id(SCAN)
    assert substitute_message_id(body_alone, ["c.pdf"]) != substitute_message_id(SCAN)


@pytest.mark.parametrize("name", ["", "ATT00001.pdf", "ATT00001", "attachment", "unnamed.txt", "noname.eml"])
def test_a_name_that_a_server_makes_up_is_none(name: str) -> None:
    assert file_name(name) == ""


def test_letters_are_those_that_every_python_knows() -> None:
    assert letters("  Ｇescannt: Übersicht ½\u200b!") == "gescanntübersicht12"
    assert letters("a\U00010570b") == "ab"  # Vithkuqi, of Unicode 14: a letter to some Pythons only
    assert letters("x" * 5_000) == "x" * 2_000
    assert letters("Straße") == "strasse"


def test_a_mark_of_a_text_leaves_its_layout_out_and_an_empty_text_has_none() -> None:
    assert text_mark("Invoice 100,\r\n see below") == text_mark("invoice 100 SEE below!")
    assert text_mark("Invoice 100") != text_mark("Contract 200")
    assert text_mark(" -- \r\n") == ""
