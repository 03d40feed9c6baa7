"""Blocks of quoted headers are history, in every language of the table; an author's own list of labels is not."""

from __future__ import annotations

import pytest
from exchange_sync.clean.split.vocabulary import read
from exchange_sync.clean.text import split_plain

HEADERS = read("headers")
NAMED = "zh ja ko ru uk el ar he tr pl cs hu ro fi sv da no nl de fr es it pt en"


def test_the_table_covers_more_than_twenty_languages():
    languages = {language for language, _ in HEADERS}
    assert len(languages) >= 35
    assert set(NAMED.split()) <= languages


@pytest.mark.parametrize(("language", "columns"), HEADERS, ids=[language for language, _ in HEADERS])
def test_a_header_block_is_history_in(language, columns):
    sender, sent, to, _, subject, _ = (column[0] for column in columns)
    block = f"{sender}: Ann Lee <ann@example.com>\n{sent}: 2025-06-02 10:00\n{to}: Bo\n{subject}: offer"
    parts = split_plain(f"my words\n\n{block}\n\nolder words")
    assert parts.body == "my words"
    assert parts.quoted == f"{block}\n\nolder words"


@pytest.mark.parametrize(("language", "columns"), HEADERS, ids=[language for language, _ in HEADERS])
def test_every_label_for_the_sender_is_known_in(language, columns):
    senders, dates, recipients = columns[0], columns[1], columns[2]
    for sender in senders:
        block = f"{sender} : a@example.com\n{dates[-1]} : 2.6.2025 10:00\n{recipients[-1]} : b@example.com"
        assert split_plain(f"words\n\n{block}\n\nolder").body == "words", sender


@pytest.mark.parametrize(
    "block",
    [
        "*From:* Ann [mailto:ann@example.com]\n*Sent:* Monday, June 2, 2025 3:05 PM\n*To:* Bo\n*Subject:* x",
        "From: Ann Lee\n<ann@example.com>\nSent: Monday, June 2, 2025 3:05 PM\nTo: Bo\nSubject: x",
        "From: ann@example.com\n\nDate: Mon, 2 Jun 2025 12:00:00\n\nTo: bo@example.com\n\nSubject: x",
        "From: ann@example.com Sent: Monday To: bo@example.com Subject: x",
        "Date: Mon, 2 Jun 2025 12:00:00 +0200\nTo: bo@example.com",
        "From: Ann Lee\nSent: 2 June\nTo: Bo, Cy,\nDi, Ed\nSubject: a subject that\nwas wrapped\nImportance: High",
        "________________________________\nFrom: Ann <ann@example.com>\nSent: 2 June 2025\nTo: Bo\nSubject: x",
        "----- in no language we know -----\nFrom: Ann <ann@example.com>\nSubject: x",
    ],
    ids=["bold", "wrapped sender", "blank lines", "one line", "no sender", "wrapped lists", "a rule", "unknown words"],
)
def test_a_header_block_is_found_however_it_is_written(block):
    parts = split_plain(f"my words\n\n{block}\n\nolder words")
    assert (parts.body, parts.quoted) == ("my words", f"{block}\n\nolder words")


@pytest.mark.parametrize(
    "own",
    [
        "Please fill in:\nFrom: Rome\nTo: Oslo\nSubject: tickets\nThanks",
        "Interview:\n\nDate: Monday 3 June 2025\nTime: 7:00\nAddress: 130 Fox St",
        "From: my point of view it is fine.\nNothing else.",
        "Subject: to change, I would say.",
    ],
)
def test_labels_that_the_author_wrote_stay(own):
    assert split_plain(f"{own}\n\nMore of it.").quoted == ""


def test_a_lotus_notes_head_has_name_and_date_above_its_labels():
    head = "Ann Lee@OFFICE\n03/02/2025 05:16 PM\nTo: Bo Yi/HOU/OFFICE@OFFICE\ncc:\nSubject: gas"
    parts = split_plain(f"I agree.\n\n{head}\n\nolder words")
    assert (parts.body, parts.quoted) == ("I agree.", f"{head}\n\nolder words")


def test_nothing_is_lost_of_a_message_that_begins_with_headers():
    text = "From: ann@example.com\nSent: 2 June 2025\nTo: Bo\nSubject: x\n\nforwarded words"
    assert split_plain(text).body == text


def test_a_line_that_begins_like_a_header_but_is_far_too_long_for_one_is_text() -> None:
    text = "To: " + "x " * 3_000 + "\nmore text"
    split = split_plain(text)
    assert split.body.endswith("more text")
