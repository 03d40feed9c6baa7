"""Hostile input costs no more than its length: the work is counted in steps of the interpreter, not in seconds."""

from __future__ import annotations

import sys

import pytest
from exchange_sync.clean.html import containers
from exchange_sync.clean.html.guard import harmless
from exchange_sync.clean.text import split_html, split_plain

HOSTILE_TEXT = {
    "attributions": "On Mon, 1 Jan 2025 at 10:00, A <a@example.com>\n",
    "verbs": "A wrote:\n",
    "colons": "a1:\n",
    "headers": "To: a@example.com\n",
    "spaced headers": "Subject: x\n\n",
    "quotes": "> a\n> b\n\nc\n\n",
    "wrapped quotes": "> a line that is long enough to have been wrapped on its way\nrest\n",
    "rules": "-----\nabc\n",
    "delimiters": "--\n",
    "closings": "Regards\n",
    "app lines": "Sent from my iPhone\n",
    "spaced app lines": "Sent from my iPhone\n\n",
    "notes": "---- Forwarded by x on 10/10/2025\n",
    "footers": "____\nunsubscribe\n\n",
    "disclaimers": "This message is confidential, privileged; for the intended recipient only.\n\n",
    "banners": "CAUTION: external\n\n",
    "mid-line": "abc On Mon, x@example.com wrote:\n",
    "angles": "<<<<<>>>>>",
    "ats": "a@",
    "blanks": " ",
}
HOSTILE_HTML = {
    "div": "<div>",
    "b p": "<b><p>",
    "quotes": "<blockquote>x",
    "cites": "<blockquote type=cite>x</blockquote>y",
    "gmail": "<div class=gmail_quote><blockquote>x</blockquote></div>",
    "tables": "<table><tr><td>",
    "rows": "<table><tr><td>a<td>b",
    "links": "<a href=http://x.example/>z</a> ",
    "boxes": '<div style="border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0">',
}


def steps(function, text: str) -> int:
    """How many Python calls and lines the function takes."""
    count = 0

    def tick(*_):
        nonlocal count
        count += 1
        return tick

    before = sys.gettrace()
    sys.settrace(tick)
    try:
        function(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", HOSTILE_TEXT)
def test_twice_the_text_takes_at_most_about_twice_the_steps(name):
    once, twice = (steps(split_plain, HOSTILE_TEXT[name] * count) for count in (300, 600))
    assert twice <= 2.2 * once + 2_000


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_twice_the_html_takes_at_most_about_twice_the_steps(name):
    once, twice = (steps(split_html, HOSTILE_HTML[name] * count) for count in (200, 400))
    assert twice <= 2.2 * once + 2_000


def test_nesting_is_bounded_before_the_parser_sees_it_and_the_text_stays():
    html = harmless("<div>" * 50_000 + "deep" + "</div>" * 50_000 + "after")
    assert html.count("<div>") == 1_000
    assert html.count("</div>") == 1_000
    assert "deep" in html
    assert html.endswith("after")


def test_embedded_files_and_endless_tags_never_reach_the_parser():
    assert len(harmless('<img src="data:image/png;base64,' + "A" * 2_000_000 + '">x')) < 100
    assert len(harmless("<p " + "a=b " * 100_000 + ">x")) < 100


def test_only_so_many_elements_are_read_through_to_tell_their_role(monkeypatch):
    read = []
    monkeypatch.setattr(containers, "_holds_headers", lambda node: bool(read.append(node)))
    split_html(HOSTILE_HTML["boxes"] * 500 + "x")
    assert len(read) <= 50


def test_a_document_of_too_many_elements_is_cut_with_a_mark():
    body = split_html("<b>a</b> " * 60_000).body
    assert body.endswith("[… cut …]")


def test_deep_nesting_exhausts_no_stack():
    assert split_html("<div>" * 20_000 + "x").body == "x"


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTILE_TEXT)
def test_a_megabyte_of_hostile_text_ends(name):
    seed = HOSTILE_TEXT[name]
    assert split_plain(seed * (1_000_000 // len(seed))) is not None


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_a_megabyte_of_hostile_html_ends(name):
    seed = HOSTILE_HTML[name]
    assert split_html(seed * (1_000_000 // len(seed))) is not None
