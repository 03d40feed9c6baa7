"""One text in the form of each mail program is the same text, cut the same way."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pytest
from exchange_sync.clean.text import html_to_text, split_html, split_plain

WORD_STYLE = (
    "<style><!-- @font-face {font-family:Calibri} p.MsoNormal, li.MsoNormal, div.MsoNormal"
    " {margin:0cm; margin-bottom:.0001pt; font-size:11.0pt} --></style>"
)
HEAD = ("From: Roe, Bob <bob@b.example>", "Sent: Wednesday, June 4, 2025 10:12 AM", "To: Lee, Ann", "Subject: Budget")


def word(lines: list[str]) -> str:
    """Classic Outlook: a paragraph without margin is a line."""
    rows = "".join(
        f"<p class=MsoNormal><span style='font-size:11.0pt'>{escape(line) or '&nbsp;'}<o:p></o:p></span></p>\n"
        for line in lines
    )
    return f"<html><head>{WORD_STYLE}</head><body><div class=WordSection1>{rows}</div></body></html>"


def word_without_style(lines: list[str]) -> str:
    rows = "".join(f"<p class=MsoNormal>{escape(line) or '<o:p>&nbsp;</o:p>'}</p>" for line in lines)
    return f"<html><body>{rows}</body></html>"


def word_by_owa(lines: list[str]) -> str:
    """What OWA makes of Word's classes when it quotes or shows them."""
    rows = "".join(
        f'<p class="x_MsoNormal" style="margin:0cm 0cm 0.0001pt">{escape(line) or "&nbsp;"}</p>' for line in lines
    )
    return f"<div>{rows}</div>"


def old_owa(lines: list[str]) -> str:
    style = '<style type="text/css" style="display:none"><!-- P {margin-top:0;margin-bottom:0;} --></style>'
    return f"<head>{style}</head><body>" + "".join(f"<p>{escape(line) or '<br>'}</p>" for line in lines) + "</body>"


def new_outlook(lines: list[str]) -> str:
    rows = "".join(
        f'<div class="elementToProof" style="font-size: 12pt">{escape(line) or "<br>"}</div>' for line in lines
    )
    return f"<html><body>{rows}</body></html>"


def gmail(lines: list[str]) -> str:
    return '<div dir="ltr">' + "".join(f"<div>{escape(line) or '<br>'}</div>" for line in lines) + "</div>"


def breaks(lines: list[str]) -> str:
    return "<html><body>" + "<br>\n".join(map(escape, lines)) + "</body></html>"


def paragraphs(lines: list[str]) -> str:
    """Paragraphs with margins, lines with <br> in them."""
    blocks = "\n".join(map(escape, lines)).split("\n\n")
    return "".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in blocks)


FORMS = (word, word_without_style, word_by_owa, old_owa, new_outlook, gmail, breaks, paragraphs)
TEXTS = {
    "a list": ["Dear Bob,", "", "the order has three items:", "Bolt M8", "Bolt M10", "Nut M8", "", "Please confirm."],
    "a signature": ["Yes, that works.", "See you there.", "", "Kind regards,", "Ann Lee", "Head of Sales"],
    "contacts": ["Ja, das passt.", "", "Ann Lee", "Vertrieb", "T +49 89 123456-0", "ann@a.example"],
    "history": ["Yes.", "", "Best regards", "", "Ann", "", *HEAD, "", "Could we meet?", "", "Bob"],
    "another language": ["是的。", "", "谢谢", "王伟"],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TEXTS)
def test_each_form_gives_the_plain_text_cut_the_same_way(form: Callable[[list[str]], str], name: str):
    assert html_to_text(form(TEXTS[name])) == "\n".join(TEXTS[name])
    assert split_html(form(TEXTS[name])) == split_plain("\n".join(TEXTS[name]))


@pytest.mark.parametrize(
    ("style", "gap"),
    [
        ("margin:0", "\n"),
        ("margin: 0px 0px 0px 36pt", "\n"),
        ("margin-top:0;margin-bottom:.0001pt", "\n"),
        ("margin-bottom:8.0pt;margin-top:0", "\n\n"),
        ("mso-margin-top-alt:auto;mso-margin-bottom-alt:auto", "\n\n"),
        ("margin:1em 0", "\n\n"),
        ("margin:0 0 0.1em", "\n"),
        ("color:red", "\n\n"),
        ("margin:;margin-top", "\n\n"),
        ("margin:nonsense", "\n\n"),
    ],
)
def test_an_elements_own_style_says_whether_a_blank_line_follows(style, gap):
    assert html_to_text(f'<p style="{style}">a</p><p style="{style}">b</p>') == f"a{gap}b"


def test_the_style_of_an_element_outweighs_its_class_and_the_sheet():
    sheet = "<style>p.MsoNormal{margin-bottom:10pt} p{margin:0}</style>"
    page = sheet + '<p class=MsoNormal>a</p><p class=MsoNormal style="margin:0">b</p><p>c</p><p>d</p>'
    assert html_to_text(page) == "a\n\nb\nc\nd"


def test_one_empty_paragraph_is_one_blank_line():
    assert html_to_text("<p>a</p><p>&nbsp;</p><p>b</p><p><br></p><p>c</p>") == "a\n\nb\n\nc"


def test_words_written_bullets_are_those_of_a_list():
    mark = "<span style='mso-list:Ignore'>{}<span style='font:7.0pt'>&nbsp;&nbsp;&nbsp; </span></span>"
    items = ("·", "Budget"), ("o", "Staff"), ("1.", "Rooms"), ("", "None")
    page = "".join(f"<p class=MsoListParagraph>{mark.format(sign)}{text}<o:p></o:p></p>" for sign, text in items)
    assert html_to_text(page) == "- Budget\n- Staff\n1. Rooms\n- None"


def test_a_list_of_word_follows_its_line():
    page = (
        "<p class=MsoNormal>Items:</p><ul style='margin-top:0cm' type=disc><li class=MsoListParagraph>Bolts</li>"
        "<li class=MsoListParagraph>Nuts</li></ul><p class=MsoNormal>Please confirm.</p>"
    )
    assert html_to_text(page) == "Items:\n- Bolts\n- Nuts\nPlease confirm."


@pytest.mark.parametrize("name", ["_MailAutoSig", "x__MailAutoSig"])
def test_words_bookmark_tells_where_an_automatic_signature_begins(name):
    rows = "<p class=MsoNormal>Yes, that works for us.</p><p class=MsoNormal>&nbsp;</p>"
    signature = (
        f"<p class=MsoNormal><a name={name}>Ann</a></p><p class=MsoNormal>Sales, and a sentence that is long.</p>"
    )
    parts = split_html(rows + signature)
    assert parts.body == "Yes, that works for us."
    assert parts.signature == "Ann\nSales, and a sentence that is long."


@pytest.mark.parametrize("container", ['class="OutlookMessageHeader"', 'class="moz-forward-container"'])
def test_a_head_alone_in_a_container_has_its_message_beside_it(container):
    head = "<br>".join(["-----Original Message-----", *map(escape, HEAD)])
    parts = split_html(f"<div>Yes, that works.</div><div {container}>{head}</div><p>Could we meet?</p><p>Bob</p>")
    assert parts.body == "Yes, that works."
    assert parts.quoted.endswith("Could we meet?\n\nBob")
