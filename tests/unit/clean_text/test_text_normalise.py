"""Text is made fit to keep: no control or invisible characters, one kind of line end, a bounded length."""

from __future__ import annotations

import pytest
from exchange_sync.clean.normal import clip
from exchange_sync.clean.text import normalise, split_plain
from exchange_sync.model.cleaned import TEXT_LIMIT


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\0b", "ab"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("col\x07our \x1b[31mred\x1b[0m", "colour red"),
        ("in\u200bvis\ufeffi\u00adb\u2060le", "invisible"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("no\u00a0break", "no break"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("tab\tstays\n", "tab\tstays\n"),
    ],
)
def test_what_no_reader_sees_is_dropped(given, kept):
    assert normalise(given) == kept


@pytest.mark.parametrize("text", ["👩\u200d👧", "می\u200cخواهم", "क्\u200dष"])
def test_joiners_that_a_script_needs_stay(text):
    assert normalise(text) == text


@pytest.mark.parametrize("text", ["pad\u200cding", "a \u200c \u200d b"])
def test_joiners_used_as_padding_go(text):
    assert "\u200c" not in normalise(text)
    assert "\u200d" not in normalise(text)


def test_a_long_text_keeps_both_its_ends_and_shows_the_cut():
    text = "first " + "x" * 2 * TEXT_LIMIT + " last"
    kept = clip(text)
    assert len(kept) <= TEXT_LIMIT
    assert kept.startswith("first ")
    assert kept.endswith(" last")
    assert "[… cut …]" in kept
    assert clip("short") == "short"


def test_a_long_mail_keeps_the_answer_below_its_quote():
    parts = split_plain("On 2/6/2025 7:10, Ann wrote:\n" + "> old words\n" * 60_000 + "\nmy answer")
    assert parts.body == "my answer"
    assert len(parts.quoted) <= TEXT_LIMIT


def test_runs_of_blank_lines_shrink():
    assert split_plain("a" + "\n" * 500 + "b").body == "a\n\n\nb"
