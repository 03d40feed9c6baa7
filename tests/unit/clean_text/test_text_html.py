"""HTML becomes text that reads as it looked: paragraphs, lists, tables, links; nothing that was not to be seen."""

from __future__ import annotations

import pytest
from exchange_sync.clean.text import html_to_text, split_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("a   lot\n of  <b>white</b>\n space", "a lot of white space"),
        ("no&nbsp;&nbsp;break", "no  break"),
        ("<ul><li>one</li><li>two<ul><li>inner</li></ul></li></ul>", "- one\n- two\n\n  - inner"),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
        (
            "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Pen</td><td>3 €</td></tr></table>",
            "Item | Price\nPen | 3 €",
        ),
        ("<table><tr><td><p>Pen</p></td><td><p>3 €</p></td></tr></table>", "Pen | 3 €"),
        ("<table><tr><td>Name:</td><td>Ann</td></tr></table>", "Name: Ann"),
        ("<table><tr><td>&nbsp;</td><td>one cell</td><td></td></tr></table>", "one cell"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ('<a href="https://example.com/x">here</a>', "here <https://example.com/x>"),
        ('<a href="https://example.com/">example.com</a>', "example.com"),
        ('<a href="mailto:ann@example.com">ann@example.com</a>', "ann@example.com"),
        ('<a href="mailto:ann@example.com?subject=x">Ann</a>', "Ann <ann@example.com>"),
        ('<a href="#top">top</a> <a href="javascript:x()">js</a>', "top js"),
        ('<img src="cid:1" alt="our logo">', "[our logo]"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<p>unclosed<p>soup</body>after", "unclosed\n\nsoupafter"),
        ("<p>ok</p><p>&#0;&#x1F4A9;&bogus;</p>", "ok\n\n\ufffd💩&bogus;"),
    ],
)
def test_html_reads_as_it_looked(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "unseen",
    [
        "<style>p{color:red}</style>",
        "<script>alert(1)</script>",
        "<title>unseen</title>",
        "<!-- unseen -->",
        '<div style="display: none; max-height: 0">unseen</div>',
        '<div style="max-height:0;overflow:hidden">unseen</div>',
        "<p hidden>unseen</p>",
        '<img src="https://t.example/open" width="1" height="1" alt="unseen">',
        "<!--[if gte mso 9]><xml>unseen</xml><![endif]-->",
    ],
)
def test_what_was_not_to_be_seen_is_dropped(unseen):
    assert html_to_text(f"{unseen}<p>seen</p>") == "seen"


def test_a_mail_that_is_hidden_as_a_whole_is_shown():
    assert html_to_text('<div style="display:none">all there is</div>') == "all there is"


HISTORY = [
    '<div class="gmail_quote"><div class="gmail_attr">A, on a day:</div><blockquote>OLD</blockquote></div>',
    '<div class="gmail_quote">---------- Forwarded message ---------<br>From: A &lt;a@example.com&gt;<br>OLD</div>',
    '<div class="yahoo_quoted">OLD</div>',
    '<div class="moz-cite-prefix">Am Montag schrieb A:</div><blockquote type="cite">OLD</blockquote>',
    '<blockquote type="cite">OLD</blockquote>',
    '<span id="OLK_SRC_BODY_SECTION"><div>OLD</div></span>',
    '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>X:</b> A<br></div><div>OLD</div>',
    '<div id="x_divRplyFwdMsg"><b>X:</b> A</div><div>OLD</div>',
    '<hr id="stopSpelling">OLD',
    '<hr id="zwchr">OLD',
    '<div class="protonmail_quote">A wrote<blockquote class="protonmail_quote">OLD</blockquote></div>',
    '<div name="quote"><div>A:</div><div>OLD</div></div>',
    '<div name="messageReplySection">A, on a day:<blockquote>OLD</blockquote></div>',
    '<blockquote id="isReplyContent">OLD</blockquote>',
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p><b>Xx:</b> A<br>'
    "<b>Yy:</b> b<br><b>Zz:</b> c</p></div><p>OLD</p>",
    "<div>On Mon, Jun 2, 2025 at 9:10, A &lt;a@example.com&gt; wrote:</div><blockquote>OLD</blockquote>",
    "<blockquote><div>On Mon, Jun 2, 2025, A &lt;a@example.com&gt; wrote:</div>OLD</blockquote>",
    "<hr><b>From:</b> a@example.com<br><b>Date:</b> 2 June 2025<br><b>To:</b> b@example.com<br><br>OLD",
    "&gt; Subject: x<br>&gt; From: a@example.com<br>&gt; OLD",
]


@pytest.mark.parametrize("history", HISTORY)
def test_history_is_cut_where_mail_programs_mark_it(history):
    parts = split_html(f"<html><body><div>my words</div>{history}</body></html>")
    assert parts.body == "my words"
    assert "OLD" in parts.quoted


def test_an_indented_paragraph_is_the_authors():
    assert split_html("<p>he said</p><blockquote>to be</blockquote><p>or not</p>").quoted == ""


def test_answers_between_gmails_quotes_stay_with_what_they_answer():
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, Jun 2, 2025, A &lt;a@example.com&gt; wrote:</div>'
        '<blockquote class="gmail_quote">one?</blockquote><div>Yes.</div>'
        '<blockquote class="gmail_quote">two?</blockquote><div>No.</div></div>'
    )
    body = split_html(html).body
    assert "> one?\n\nYes.\n\n> two?\n\nNo." in body


def test_a_signature_that_is_tagged_stands_apart():
    parts = split_html(
        '<div>words</div><div class="gmail_signature">Ann<br>Firm</div><div class="gmail_quote">OLD</div>'
    )
    assert (parts.body, parts.signature, parts.quoted) == ("words", "Ann\nFirm", "OLD")


def test_an_apps_line_loses_its_advertising_link():
    assert (
        split_html('<p>ok</p><p>Get <a href="https://aka.ms/x">Outlook for iOS</a></p>').signature
        == "Get Outlook for iOS"
    )


def test_the_whole_text_is_there_when_nothing_is_to_be_cut():
    html = '<p>mine</p><div class="gmail_quote">---------- Forwarded message ---------<br>OLD</div>'
    assert html_to_text(html) == "mine\n\n---------- Forwarded message ---------\nOLD"


@pytest.mark.parametrize("html", ["", "<img src=x>", "<frameset><frame src=x></frameset>", "<html></html>", "<"])
def test_html_without_text_gives_no_text(html):
    assert split_html(html).body.strip() in ("", "<")


def test_a_bare_forward_in_one_quote_reads_without_quote_marks():
    html = '<blockquote type="cite"><div>Begin forwarded message:</div><p>one</p><p>two</p></blockquote>'
    assert split_html(html).body.splitlines()[0] == "Begin forwarded message:"
    assert "\none\n" in split_html(html).body
