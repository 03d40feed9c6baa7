"""Header fields: folding, encoded words, parameters, and what hostile or broken programs write."""

from __future__ import annotations

import pytest
from exchange_sync.clean.headers import decode_value, read_block, read_parameters
from exchange_sync.clean.problems import Problems

from tests.unit.clean_mime.mime_builder import base64_part, cleaned, message, multipart


def value(raw: bytes) -> str:
    return decode_value(raw, Problems())


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain words", "plain words"),
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=", "Grüße an alle"),
        (b"=?ISO-8859-1?B?R3L832U=?= an =?us-ascii?q?alle?=", "Grüße an alle"),
        (b"=?utf-8?q?one?= =?utf-8?q?_two?=", "one two"),
        (b"=?utf-8*de?q?hallo?=", "hallo"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße an alle im Büro".encode("latin-1"), "Grüße an alle im Büro"),
        (b"=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        (b"a  b\t c", "a b c"),
        (b"nul\x00 bell\x07", "nul bell"),
    ],
)
def test_a_value_becomes_one_line_of_text(raw, text):
    assert value(raw) == text


def test_an_encoded_character_cut_between_two_words_is_put_together():
    assert value(b"=?utf-8?B?8J+Y?= =?utf-8?B?gA==?=") == "\U0001f600"


def test_folded_lines_are_unfolded():
    assert cleaned(b"Subject: a long\r\n subject\r\n\tline\r\n\r\nx").subject == "a long subject line"


def test_a_line_that_is_no_field_is_skipped_where_fields_follow():
    email = cleaned(b"From: a@b.c\nnot a header\nSubject: s\n\nbody")
    assert (email.subject, email.body) == ("s", "body")
    assert "header_malformed" in email.problems


@pytest.mark.parametrize("text", [b"Ann", b"  Ann", b"Ann\n\nP.S. call me", b"see: x"])
def test_text_that_follows_the_headers_without_an_empty_line_is_not_lost(text):
    email = cleaned(b"Subject: s\nHello Bob, it works.\n" + text)
    assert email.subject == "s"
    assert email.body.startswith("Hello Bob, it works.")


def test_parts_that_follow_the_headers_without_an_empty_line_are_not_lost():
    email = cleaned(
        b"Subject: s\nContent-Type: multipart/mixed; boundary=b\n--b\nContent-Type: text/plain\n\nhi\n--b--"
    )
    assert email.body == "hi"


@pytest.mark.parametrize(
    ("raw", "main", "expected"),
    [
        (b'text/plain; charset="utf-8"; format=flowed', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        (b"TEXT/Plain;CHARSET=us-ascii;", "text/plain", {"charset": "us-ascii"}),
        (b'multipart/mixed boundary="b"', "multipart/mixed", {"boundary": "b"}),
        (b'a/b; name="x;y \\"z\\".txt"', "a/b", {"name": 'x;y "z".txt'}),
        (b"attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", "attachment", {"filename": "Grüße.pdf"}),
        (b"attachment; filename*0*=utf-8''Gr%C3%BC; filename*1=\"sse.pdf\"", "attachment", {"filename": "Grüsse.pdf"}),
        (b"attachment; filename=\"a.txt\"; filename*=utf-8''b.txt", "attachment", {"filename": "b.txt"}),
        (b'attachment; filename="=?utf-8?q?Gr=C3=BC=C3=9Fe.pdf?="', "attachment", {"filename": "Grüße.pdf"}),
        (b'a/b; name="never closed', "a/b", {"name": "never closed"}),
        (b"", "", {}),
    ],
)
def test_parameters_are_read_with_their_charsets_and_continuations(raw, main, expected):
    assert read_parameters(raw, Problems()) == (main, expected)


@pytest.mark.parametrize("name", [r"C:\Users\ann\offer.pdf", "/home/ann/offer.pdf", "../../offer.pdf"])
def test_a_file_name_is_never_a_path(name):
    email = cleaned(message(multipart("mixed", base64_part("application/pdf", b"x", name=name.replace("\\", "\\\\")))))
    assert email.attachments[0].name == "offer.pdf"


def test_a_hundred_thousand_fields_and_a_huge_one_are_capped_and_that_is_said():
    for mime in (b"X: y\n" * 100_000 + b"\nhello", b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nhello"):
        email = cleaned(mime)
        assert email.body == "hello"
        assert "header_limit" in email.problems


def test_a_block_says_where_its_body_starts():
    data = b"A: 1\r\nB: 2\r\n\r\nbody"
    headers, body = read_block(data, 0, len(data), Problems())
    assert headers.fields == [("a", b"1"), ("b", b"2")]
    assert data[body:] == b"body"
