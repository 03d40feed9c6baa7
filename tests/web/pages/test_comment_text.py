"""What can be seen of a text, and what is asked for by a query: without a database."""

from __future__ import annotations

import time
import unicodedata

import pytest
from exchange_sync.store.search_query import read, words_of
from exchange_sync.web.downloads import safe_name
from exchange_sync.web.pages.comments.people import ascii_domain, correspondent, mixed_scripts
from exchange_sync.web.pages.comments.text import fold, pieces, snippet
from hypothesis import given
from hypothesis import strategies as st


def test_bidi_controls_and_invisible_characters_become_tokens() -> None:
    assert pieces("a\u202eb\u200bc") == [
        ("", "a", ""), ("unseen", "RLO", "not seen in the mail: right-to-left override"), ("", "b", ""),
        ("unseen", "ZWSP", "not seen in the mail: zero width space"), ("", "c", ""),
    ]  # fmt: skip


def test_a_newsletters_padding_is_one_token() -> None:
    shown = pieces("Sale" + "\u034f \u200c\u00ad " * 200 + "now")
    assert [kind for kind, _, _ in shown] == ["", "unseen", "", ""][: len(shown)]
    assert "+" in shown[1][1]


def test_joiners_are_shown_in_addresses_and_left_alone_in_text() -> None:
    assert [kind for kind, _, _ in pieces("می\u200cخواهم")] == [""]
    assert [text for kind, text, _ in pieces("a\u200cb@x.example", strict=True) if kind] == ["ZWNJ"]


@given(st.text(), st.lists(st.lists(st.text(min_size=1), min_size=1), max_size=3), st.booleans())
def test_pieces_lose_nothing_that_can_be_seen(text: str, marks: list[list[str]], prefix: bool) -> None:
    shown = pieces(text, marks, prefix=prefix)
    whole = "".join(part for kind, part, _ in shown if kind != "unseen")
    hidden = "".join(char for char in text if char not in whole)
    kept = [char for char in text if unicodedata.category(char) in ("Lu", "Ll", "Nd", "Po", "Zs")]
    assert [char for char in whole if unicodedata.category(char) in ("Lu", "Ll", "Nd", "Po")] == [
        char for char in kept if unicodedata.category(char) != "Zs"
    ]
    assert not set(hidden) & set("abcdefghijklmnopqrstuvwxyz")


def test_a_phrase_is_marked_across_punctuation_and_a_word_only_whole() -> None:
    query = read('"new office" claim')
    text = "New, office. claims newoffice reclaim"
    assert [part for kind, part, _ in pieces(text, query.marks, prefix=query.prefix) if kind == "hit"] == [
        "New, office", "claim",
    ]  # fmt: skip
    assert [part for kind, part, _ in pieces(text, query.marks, prefix=False) if kind == "hit"] == ["New, office"]


def test_a_snippet_shows_the_first_hit_and_says_where_it_is_cut() -> None:
    shown = snippet("word " * 400 + "needle " + "word " * 400, (("needle",),), prefix=False)
    whole = "".join(part for _, part, _ in shown)
    assert "needle" in whole
    assert whole.startswith("… ")
    assert whole.endswith(" …")
    assert len(whole) < 300
    assert snippet("short", (), prefix=False) == [("", "short", "")]


@given(st.text(max_size=3_000), st.integers(min_value=60, max_value=500))
def test_folding_keeps_all_of_a_text(text: str, limit: int) -> None:
    first, rest = fold(text, limit)
    assert (first + rest).replace("\n", "") == text.replace("\n", "")
    assert len(first) <= limit * 5 // 4


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("paypal", ""), ("p\u0430ypal", "Cyrillic and Latin"), ("Привет world", ""), ("東京タワー", ""),
        ("abcかな", ""),
        ("αpha", "Greek and Latin"), ("naïve Ünïcode", ""), ("Straße µm", ""),
    ],
)  # fmt: skip
def test_words_of_mixed_scripts_are_told(text: str, mixed: str) -> None:
    assert mixed_scripts(text) == mixed


def test_a_domain_of_other_letters_is_told_in_ascii() -> None:
    assert ascii_domain("ann@bücher.example") == "xn--bcher-kva.example"
    assert ascii_domain("ann@client.example") == ""
    assert ascii_domain("bücher") == ""


def test_a_name_that_poses_as_another_address_is_told() -> None:
    assert correspondent("eve@evil.example", "boss@acme.example").warnings
    assert not correspondent("ann@client.example", "Ann Client").warnings
    assert not correspondent("ann@client.example", "ANN@client.example").warnings


@pytest.mark.parametrize("text", ["../../x", "a\u202eb", "", "...", 'x"y;z', "\x00\x01", "CON/aux", "a" * 500])
def test_names_of_files_are_safe(text: str) -> None:
    name = safe_name(text, "mail")
    assert 0 < len(name) <= 80
    assert not set(name) & set('/\\":;<>|?*\x00\x01\u202e')
    assert not name.startswith(".")


@pytest.mark.parametrize(
    ("query", "text", "prefix"),
    [
        ("claim", '"claim"', True), ("claim office", '"claim" "office"', True), ("ab", '"ab"', False),
        ("ann@client.example", '"ann client example"', False), ("-spam claim", '-"spam" "claim"', True),
        ("claim -spam", '"claim" -"spam"', False), ("a or b", '"a" or "b"', False), ("or", "", False),
        ("...", "", False),
        ('"or"', '"or"', False), ("発", '"発"', True), ("x-ray", '"x ray"', False), ("ｆｕｌｌ", '"full"', True),
        ('un"closed phrase', '"un closed" "phrase"', True), ('"closed phrase', '"closed phrase"', False),
    ],
)  # fmt: skip
def test_queries_are_read_as_people_mean_them(query: str, text: str, prefix: bool) -> None:
    found = read(query)
    assert (found.text, found.prefix) == (text, prefix)


def test_what_stands_before_a_words_beginning_must_be_met_unless_there_is_a_choice() -> None:
    assert read("rare begin").head == '"rare"'
    assert read("rare or begin").head == ""
    assert read("-without begin").head == ""
    assert read("begin").head == ""


@given(st.text(max_size=600))
def test_any_query_is_read(query: str) -> None:
    found = read(query)
    assert all(words_of(word) == [word] for mark in found.marks for word in mark)


@pytest.mark.parametrize(
    "name", ["@" * 20_000, "a@" * 9_000, "a@b" * 6_000 + ".", '"@.' * 5_000, "\u200b \u200d" * 9_000]
)
def test_a_strangers_name_costs_no_time(name: str) -> None:
    begun = time.process_time()
    shown = correspondent("eve@client.example", name)
    assert time.process_time() - begun < 1
    assert shown.name


@pytest.mark.parametrize(
    "query", ["\u0301" * 6, "a " * 60, '"' + "a\u0301 " * 80, "\u0301a" * 30, "_ " * 90, "x" * 400]
)
@pytest.mark.parametrize(
    "text", ["\u0301" * 60_000, "a " * 30_000, "a\u0301 " * 20_000, "\u0301a" * 30_000, "x" * 60_000]
)
def test_a_link_with_any_query_costs_no_time(query: str, text: str) -> None:
    asked = read(query)
    begun = time.process_time()
    snippet(text, asked.marks, prefix=asked.prefix)
    pieces(text, asked.marks, prefix=asked.prefix)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("हिन्दी", "यह हिन्दी है", "हिन्दी"),  # vowel signs are no letters to Python's \\w
        ("cafe\u0301", "the caf\u00e9 there", "caf\u00e9"),  # one word, composed or not
        ("invoice", "your in\u200bvoice 12", "invoice"),  # what is not seen parts no words
        ("STRASSE 5", "in der Stra\u00dfe 5", "Stra\u00dfe5"),
        ("o'neill", "Mr O'Neill", "O'Neill"),
    ],
)
def test_hits_are_marked_as_the_index_finds_them(query: str, text: str, marked: str) -> None:
    asked = read(query)
    shown = pieces(text, asked.marks, prefix=asked.prefix)
    assert "".join(piece for kind, piece, _ in shown if kind == "hit") == marked
