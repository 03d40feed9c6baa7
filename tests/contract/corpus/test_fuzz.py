"""Cleaning is total: no bytes make it raise, hang, or let a NUL or a lone surrogate through."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.clean.safety import CleanFailure, clean_many
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.corpus.test_corpus import hold

SEED = 20250603
LARGEST = 64 * 1024
# what parsers stumble over
TOKENS = [
    *(
        b"\0",
        b"\r",
        b"\n\n",
        b"\r\n\r\n",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\x1b$B",
        b'"',
        b"\\",
        b"<",
        b">",
        b"=?",
        b"?=",
    ),
    *(
        b"=?utf-8?B?/+==?=",
        b"=?x?q?=ZZ?=",
        b"=\r\n",
        b"====",
        b"--",
        b"--b",
        b"--b--",
        b"(((",
        b";",
        b"; x=",
        b"*0*=''%",
    ),
    *(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"Content-Type: message/rfc822\n\n", b"charset=utf-16"),
    *(
        b"Content-Transfer-Encoding: base64\n\n",
        b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22",
        b"begin 644 a\n",
    ),
    *(
        b"<html>",
        b"<div>" * 50,
        b"</blockquote>",
        b"<!--",
        b"> " * 100,
        b"On Mon, x wrote:\n",
        b"From: a\nSent: b\nTo: c\n",
    ),
]


def mutations(corpus: list[tuple[str, bytes]], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Corpus mails cut, spliced, flipped, doubled and peppered; the same seed gives the same mails."""
    chance = random.Random(seed)
    small = [mime for _, mime in corpus if len(mime) <= LARGEST]
    for number in range(count):
        mime = bytearray(chance.choice(small))
        for _ in range(chance.randint(1, 6)):
            mutate(mime, small, chance)
        yield f"{seed}/{number}", bytes(mime[: 2 * LARGEST])


def mutate(mime: bytearray, others: list[bytes], chance: random.Random) -> None:
    """One change, of one of six kinds, at a random place."""
    start, length = chance.randint(0, len(mime)), chance.choice((1, 8, 80, 800))
    piece = mime[start : start + length]
    match chance.randrange(6):
        case 0:
            del mime[start : start + length]
        case 1:
            mime[start:start] = chance.choice(TOKENS)
        case 2:
            mime[start : start + length] = bytes(byte ^ (1 << chance.randrange(8)) for byte in piece)
        case 3:
            mime[start:start] = piece * chance.randint(1, 20)
        case 4:
            other = chance.choice(others)
            at = chance.randint(0, len(other))
            mime[start : start + length] = other[at : at + 4 * length]
        case 5:
            del mime[start:]


def check(messages: Iterator[tuple[str, bytes]]) -> int:
    count = 0
    for key, result in clean_many(messages):
        assert not isinstance(result, CleanFailure), key
        assert "cleaner_failed" not in result.problems, key
        hold(result)
        count += 1
    return count


def test_some_hundred_mutated_mails_clean(corpus):
    assert check(mutations(corpus, 500, SEED)) == 500


@pytest.mark.parametrize(
    "count", [pytest.param(4_000, marks=pytest.mark.long), pytest.param(20_000, marks=pytest.mark.soak)]
)
def test_thousands_of_mutated_mails_clean(corpus, count):
    assert check(mutations(corpus, count, SEED + 1)) == count


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_clean(mime):
    check_one(mime)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TOKENS) | st.binary(max_size=30), max_size=40).map(b"".join))
def test_any_sequence_of_what_parsers_stumble_over_cleans(mime):
    check_one(b"From: a@b.c\nSubject: s\n" + mime)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        ["utf-8", "utf-7", "utf-16", "iso-2022-jp", "gb2312", "big5", "x-none", "hz", "koi8-r", "utf-8-sig"]
    ),
    st.sampled_from(["7bit", "base64", "quoted-printable", "x-uuencode", "?"]),
    st.sampled_from(
        ["text/plain", "text/html", "text/enriched", "text/calendar", "message/rfc822", "a/b", "multipart/x"]
    ),
    st.binary(max_size=500),
)
def test_any_content_under_any_label_cleans(charset, encoding, content_type, content):
    head = f"Content-Type: {content_type}; charset={charset}; format=flowed\nContent-Transfer-Encoding: {encoding}\n\n"
    check_one(head.encode() + content)


def check_one(mime: bytes) -> None:
    result = clean_email(mime)
    assert "cleaner_failed" not in result.problems
    hold(result)
