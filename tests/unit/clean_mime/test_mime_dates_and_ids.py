"""Date, Message-ID, In-Reply-To, References."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from exchange_sync.clean.dates import read_date
from exchange_sync.clean.ids import read_ids

from tests.unit.clean_mime.mime_builder import cleaned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 02 Jun 2025 10:00:00 +0200", datetime(2025, 6, 2, 8, tzinfo=UTC)),
        ("2 Jun 2025 10:00 GMT", datetime(2025, 6, 2, 10, tzinfo=UTC)),
        ("Mon, 2 Jun 2025 10:00:00 -0700 (PDT)", datetime(2025, 6, 2, 17, tzinfo=UTC)),
        ("Mon, 02 Jun 2025 10:00:00", datetime(2025, 6, 2, 10, tzinfo=UTC)),
        ("02 Jun 99 10:00:00 EST", datetime(1999, 6, 2, 15, tzinfo=UTC)),
        ("Mon, 05 Jun 0102 05:50:03 +0600", datetime(2002, 6, 4, 23, 50, 3, tzinfo=UTC)),
        ("31 Dec 2016 23:59:60 +0000", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2025-06-02T10:00:00+02:00", datetime(2025, 6, 2, 8, tzinfo=UTC)),
        ("Tue, 30 Jun 3609 15:33:50 +0600", None),
        ("1 Jan 1904 00:00:00 +0000", None),
        ("Mon, 31 Feb 2025 10:00:00 +0000", None),
        ("2 Jun 2025 10:00:00 +9999", None),
        ("31 Dec 9999 23:59:59 -1200", None),
        ("yesterday", None),
        ("", None),
        ("9" * 5_000, None),
    ],
)
def test_a_date_is_a_moment_in_utc_or_nothing(text, expected):
    assert read_date(text) == expected


def test_an_unreadable_date_is_a_problem_and_a_missing_one_is_not():
    assert cleaned(b"Date: soon\n\nx").problems == ("date_unreadable",)
    assert cleaned(b"Subject: s\n\nx").problems == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["<a@b> <c@d>\t<a@b>"], ("<a@b>", "<c@d>")),
        (["Your message of Monday <a@b>"], ("<a@b>",)),
        (["a@b"], ("<a@b>",)),
        (["<a b@c>"], ("<a b@c>",)),
        (["nothing"], ()),
        ([], ()),
    ],
)
def test_ids_keep_their_brackets_and_their_order(values, expected):
    assert read_ids(values) == expected


def test_of_an_endless_chain_the_root_and_the_nearest_are_kept():
    ids = read_ids([" ".join(f"<{number}@x>" for number in range(5_000))])
    assert len(ids) == 200
    assert (ids[0], ids[-1]) == ("<0@x>", "<4999@x>")


def test_a_mail_knows_its_own_id_and_those_it_answers():
    email = cleaned(b"Message-ID:\n <me@x>\nIn-Reply-To: <p@x>\nReferences: <r@x>\n <p@x>\nThread-Index: AQHa\n\nx")
    assert email.message_id == "<me@x>"
    assert email.in_reply_to == ("<p@x>",)
    assert email.references == ("<r@x>", "<p@x>")
    assert email.thread_index == "AQHa"


def test_an_id_without_brackets_is_kept_as_it_is():
    assert cleaned(b"Message-ID: abc@def\n\nx").message_id == "abc@def"
