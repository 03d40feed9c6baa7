"""Attributions and one-line heads of mail programs in many languages, whether the quote below is marked or not.

tables/heads.txt has them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.clean.split.facts import MailFacts
from exchange_sync.clean.text import split_html, split_plain

TABLE = Path(__file__).with_name("tables") / "heads.txt"
QUOTES = ("> Could we meet on Tuesday?\n> Bob", "Could we meet on Tuesday?\n\nBob")


def heads() -> list[str]:
    rows = TABLE.read_text(encoding="utf-8").splitlines()
    return [row.replace(" // ", "\n") for row in rows if not row.startswith("#")]


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("head", heads())
def test_below_a_head_all_is_history(head, quote):
    assert split_plain(f"Yes.\n\n{head}\n\n{quote}").body == "Yes."


@pytest.mark.parametrize("head", ["Użytkownik Jan Kowalski napisał:", "Пользователь Иван Петров написал:"])
def test_a_head_without_date_and_address_heads_history_in_an_answer(head):
    text = f"Yes.\n\n{head}\n\n{QUOTES[1]}"
    assert split_plain(text, MailFacts(answers=True)).body == "Yes."
    assert split_plain(text, MailFacts(answers=False)).body == text.strip()


@pytest.mark.parametrize(
    "line",
    [
        "Ich habe dir am 20.06.2025 um 10:12 geschrieben:",
        "Die Frau hat am 20.06.2025 um 10:12 geschrieben, dass sie kommt:",
        "Max Muster und ich trafen uns am 20.06.2025 um 10:12:",
        "Użytkownik zgłosił 04.06.2025 następujący problem:",
        "Quoting the price list of 2025:",
        "Вы писали 20 июня 2025 следующее:",
        "Bob wrote at 10:12 that the room is free:",
        "Am Montag schrieb ich dir:",
        "Max schrieb um 10:12 Uhr:",
        "What Bob wrote on 4 June 2025 is wrong.",
        "we wrote on 4 June 2025 at 10:12:",
    ],
)
def test_prose_about_a_letter_is_the_message(line):
    assert split_plain(f"Yes.\n\n{line}\n\nText below").body.endswith("Text below")


@pytest.mark.parametrize(
    "markup",
    [
        b"<p>Hi &#55357;&#56832; there</p>",
        b"<p>Hi &#xD83D;&#xDE00; there</p>",
        b"<p>Hi \xed\xa0\xbd\xed\xb8\x80 there</p>",
    ],
)
def test_an_emoji_in_two_halves_is_one(markup):
    assert clean_email(b"Content-Type: text/html; charset=utf-8\n\n" + markup).body == "Hi \U0001f600 there"


@pytest.mark.parametrize("refs", ["&#55357;", "&#56832;&#55357;", "&#55357; &#56832;"])
def test_half_an_emoji_is_none(refs):
    assert "\U0001f600" not in split_html(f"<p>a{refs}b</p>").body


@pytest.mark.parametrize("host", ["click.news.example", "links.shop.example", "url1234.shop.example", "t.mail.example"])
def test_a_newsletters_tracking_link_is_its_text_and_host(host):
    page = f'<p><a href="https://{host}/f/a/{"A" * 180}?x=1&y=2">Read the story</a></p>'
    assert split_html(page).body == f"Read the story <https://{host}/…>"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.c.example/reports/2025/06/budget-of-the-northern-branch-with-all-details?page=3",
        "https://click.news.example/a",
        f"https://files.c.example/{'A' * 100}",
    ],
)
def test_any_other_link_stays_whole(address):
    assert split_html(f'<p><a href="{address}">Read</a></p>').body == f"Read <{address}>"
