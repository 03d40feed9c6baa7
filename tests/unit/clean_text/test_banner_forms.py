"""Warnings of gateways, transport rules and Outlook's first-contact tip, in forty languages and as programs write them.

tables/banners.txt has them: who writes it | the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from exchange_sync.clean.text import split_html, split_plain

TABLE = Path(__file__).with_name("tables") / "banners.txt"
MESSAGE = "Yes, that works for us.\n\nSee you there."
AT_LEAST, KNOWN = 100, 0.97


def banners() -> Iterator[list[str]]:
    """The lines of each."""
    for row in TABLE.read_text(encoding="utf-8").splitlines():
        if not row.startswith("#"):
            yield row.split(" | ", 1)[1].split(" // ")


def as_paragraphs(lines: list[str]) -> str:
    return "".join(f"<p class=MsoNormal>{escape(line) or '&nbsp;'}</p>" for line in lines)


def as_a_box(lines: list[str]) -> str:
    """As Microsoft's and others' samples of transport rules draw it."""
    return (
        "<table border=0 width='100%'><tr><td style='background:#ffb900;padding:5pt 2pt'></td>"
        "<td style='background:#fff8e5;padding:5pt 4pt 5pt 12pt'>"
        f"<div>{'<br>'.join(map(escape, lines))}</div></td></tr></table>"
    )


def test_nearly_all_banners_are_known_in_plain_text():
    table = list(banners())
    left = [lines for lines in table if split_plain("\n".join([*lines, "", MESSAGE])).body != MESSAGE]
    assert len(table) >= AT_LEAST
    assert len(left) <= len(table) * (1 - KNOWN), left


@pytest.mark.parametrize("form", [as_paragraphs, as_a_box])
def test_they_are_known_in_html(form):
    message = as_paragraphs(MESSAGE.split("\n"))
    left = [lines for lines in banners() if split_html(form(lines) + message).body != MESSAGE]
    assert len(left) <= AT_LEAST * (1 - KNOWN), left


@pytest.mark.parametrize(
    "text",
    [
        "Vigyázzatok, a külső linkek...",
        "Mail from partners is marked. Ask the desk before you open what is attached.",
        "Reply with care: the sender is not one of ours.",
    ],
)
def test_a_coloured_box_at_the_top_with_such_words_is_a_banner_whatever_its_wording(text):
    page = (
        f"<div style='background-color:#FFEB9C;border:1px solid'>{text} Verify links and attachments.</div><p>Yes.</p>"
    )
    assert split_html(page).body == "Yes."


@pytest.mark.parametrize(
    "page",
    [
        "<table bgcolor='#eee'><tr><td>Click the link to see the sender's list</td></tr><tr><td>More</td></tr></table>",
        "<div style='background:#fff'>External links and attachments are in the wiki.</div><p>Bob</p>",
        "<div style='background:#ff0'>Lunch is at 12.</div><p>Bob</p>",
    ],
)
def test_a_box_that_is_the_whole_mail_white_or_of_other_words_is_the_message(page):
    assert split_html(page).quoted == ""


@pytest.mark.parametrize(
    "text",
    [
        "Note: the link in my last mail was wrong.",
        "This message is for the external auditors only.",
        "The sender of the parcel is unknown.",
        "Caution: wet floor on the second level today.",
        "Let op: morgen komt de externe accountant.",
        "Pozor, zítra je zavřeno.",
        "Внимание: встреча перенесена на пятницу.",
        "Dikkat: toplantı saati değişti.",
        "[Discounts] Links and attachments of the week are in the list below.",
        "[Externe Prüfung] Die Termine stehen fest, siehe Liste im Ordner des Teams.",
        "Ich bekomme nicht oft Post von eva@b.example.",
        "This email is to confirm your stay from 4 to 6 June.",
        "Письмо отправлено вчера, ответа пока нет.",
        "このメールは確認のためにお送りしています。",
        "이 메일은 회의 일정 확인을 위해 보냅니다.",
    ],
)
def test_an_authors_own_words_are_the_message(text):
    assert split_plain(f"{text}\n\nSee you on Friday then.").body.startswith(text)


def test_below_a_banner_a_message_that_begins_like_one_stays():
    banner = "CAUTION: This email originated from outside of the organization."
    message = "Note: the link in my last mail was wrong.\n\nSee you."
    assert split_plain(f"{banner}\n\n{message}").body == message
