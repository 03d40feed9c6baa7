"""Two mails of one Message-ID: one, or two (decision 64)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from exchange_sync.model.likeness import File, Mail, Read, adds_nothing, surely_one

WHEN = datetime(2026, 11, 2, 9, tzinfo=UTC)
MAIL = Mail("mfp@firm.example", WHEN, "Scan 1", 20_000, "aa")
TEXT = "Dear Anna, the offer for 200 crates is attached, please answer by Friday."
READ = Read(MAIL, (TEXT, "Bob Doe\nFirm Ltd", ""), (File("scanpdf", 10_000, "s1"),))
WARNING = "[EXTERNAL] This email came from outside the organisation. Do not click links."
FOOTER = "_______\nFirm mailing list, unsubscribe at https://lists.example/x"


@pytest.mark.parametrize(
    "told",
    [
        MAIL,
        replace(MAIL, size=21_000),
        replace(MAIL, subject="[EXTERNAL] Scan 1"),
        replace(MAIL, subject="scan  1"),
        replace(MAIL, sender="MFP@Firm.example"),
        replace(MAIL, sender="/O=FIRM/CN=MFP"),
        replace(MAIL, sender=""),
        replace(MAIL, text_mark=""),
        replace(MAIL, sent=WHEN.replace(microsecond=400_000)),
    ],
)
def test_where_all_that_is_cheap_agrees_nothing_need_be_read(told: Mail) -> None:
    assert surely_one(told, MAIL)
    assert surely_one(MAIL, told)


@pytest.mark.parametrize(
    "told",
    [
        replace(MAIL, sent=WHEN + timedelta(seconds=1)),
        replace(MAIL, sent=None),
        replace(MAIL, subject="Scan 2"),
        replace(MAIL, subject=""),
        replace(MAIL, subject="Rescan 1"),
        replace(MAIL, sender="other@firm.example"),
        replace(MAIL, text_mark="bb"),
        replace(MAIL, size=60_000),
        replace(MAIL, size=20_001, text_mark=""),
    ],
)
def test_in_doubt_it_is_read(told: Mail) -> None:
    assert not surely_one(told, MAIL)


def test_a_copy_made_within_exchange_is_known_by_its_key_whatever_was_edited() -> None:
    known = replace(MAIL, copy_key="k1")
    assert surely_one(replace(MAIL, copy_key="k1", subject="edited", sent=None, size=1), known)
    assert not surely_one(replace(MAIL, copy_key="k2", subject="edited"), known)
    assert surely_one(replace(MAIL, copy_key="k2"), known)
    assert not surely_one(replace(MAIL, subject="edited"), replace(MAIL, copy_key=""))


def altered(**parts: object) -> Read:
    """The mail with another text, header or file."""
    body, signature, quoted = READ.parts
    texts = (parts.pop("body", body), parts.pop("signature", signature), parts.pop("quoted", quoted))
    files = parts.pop("files", READ.files)
    return Read(replace(MAIL, **parts), texts, files)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "copy",
    [
        READ,
        altered(body=f"{WARNING}\n\n{TEXT}", subject="[EXTERNAL] Scan 1"),
        altered(quoted=WARNING, subject="EXTERN: Scan 1"),
        altered(signature=f"Bob Doe\nFirm Ltd\n{FOOTER}", subject="[list] Scan 1"),
        altered(body=f"{TEXT}\n{FOOTER}", sender="list@lists.example"),
        altered(body=f"Vorsicht, diese Mail ist von extern.\n{TEXT}\nThis message is confidential."),
        altered(body=TEXT.replace(" ", "\n> ")),
        altered(body=f"{TEXT}\n\nBob Doe\nFirm Ltd", signature=""),
        altered(files=()),
        altered(files=(File("scanpdf", 10_000),)),
        altered(sent=WHEN + timedelta(seconds=1)),
        altered(sent=WHEN + timedelta(seconds=90)),
        altered(sent=None, sender=""),
        altered(body=f"{TEXT} <https://safelinks.example/?url=x>"),
    ],
)
def test_a_copy_that_was_altered_on_its_way_is_the_same_mail(copy: Read) -> None:
    assert adds_nothing(copy, READ)


@pytest.mark.parametrize(
    "other",
    [
        altered(body="Dear Anna, the offer for 300 crates is attached, please answer by Friday."),
        altered(body=f"{TEXT} The price is 200."),
        altered(body="Contract 200"),
        altered(subject="Scan 2"),
        altered(subject="Scan 11"),
        altered(subject=""),
        altered(sent=WHEN + timedelta(days=11)),
        altered(sent=WHEN + timedelta(minutes=3)),
        altered(sender="eve@evil.example", sent=WHEN + timedelta(seconds=30)),
        altered(files=(File("scanpdf", 10_000, "s2"),)),
        altered(files=(*READ.files, File("secondpdf", 1))),
        altered(quoted="On Monday Eve wrote: the price is 900"),
    ],
)
def test_a_mail_that_says_another_thing_is_another_mail(other: Read) -> None:
    assert not adds_nothing(other, READ)


def test_a_scanner_that_says_the_same_of_every_scan() -> None:
    empty = Read(replace(MAIL, subject="Scan"), ("", "", ""), (File("scanpdf", 5, "a"),))
    assert adds_nothing(empty, empty)
    assert not adds_nothing(replace(empty, files=(File("scanpdf", 5, "b"),)), empty)
    assert not adds_nothing(replace(empty, mail=replace(empty.mail, sent=WHEN + timedelta(hours=1))), empty)


def test_what_the_known_mail_has_more_is_not_lost() -> None:
    whole, stripped = READ, altered(files=(), body=TEXT)
    assert adds_nothing(stripped, whole)
    assert not adds_nothing(whole, stripped)


def test_long_texts_are_compared_in_bounded_time() -> None:
    long = Read(MAIL, ("the " * 100_000, "", ""))
    assert not adds_nothing(long, Read(MAIL, ("the " * 99_900 + "end", "", "")))
