"""Emoji that a program wrote as the two halves of UTF-16 are one character, whatever the charset is called."""

from __future__ import annotations

import pytest

from tests.unit.clean_mime.mime_builder import cleaned


def halves(text: str) -> bytes:
    """A text as CESU-8: each half of a character beyond the first plane in three bytes."""
    units = text.encode("utf-16-be")
    points = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return b"".join(chr(point).encode("utf-8", "surrogatepass") for point in points)


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("charset", ["", "utf-8", "windows-1252", "iso-8859-15", "windows-1251", "us-ascii", "cesu-8"])
def test_halves_in_bytes(kind: str, charset: str) -> None:
    label = f"; charset={charset}" if charset else ""
    head = f"From: a@x\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/{kind}{label}\r\n\r\n"
    assert cleaned(head.encode() + halves("Hi 😀 Grüße 👍🏽 ok")).body == "Hi 😀 Grüße 👍🏽 ok"


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("written", ["&#55357;&#56832;", "&#xD83D;&#xDE00;", "&#xd83d;&#56832;", r"\ud83d\ude00"])
def test_halves_as_references(kind: str, written: str) -> None:
    head = f"From: a@x\r\nSubject: x\r\nContent-Type: text/{kind}; charset=us-ascii\r\n\r\n"
    assert cleaned(f"{head}Hi {written} ok".encode()).body == "Hi 😀 ok"


def test_halves_in_a_subject_and_half_a_character() -> None:
    assert cleaned(b"Subject: =?utf-8?Q?Hi_=ED=A0=BD?= =?utf-8?Q?=ED=B8=80?=\r\n\r\nx").subject == "Hi 😀"
    assert cleaned(b"Content-Type: text/plain\r\n\r\nHi &#55357; ok").body == "Hi &#55357; ok"
