"""Closing formulas as people write them in forty languages: each begins the signature, in plain text and in HTML.

tables/closings.txt has them: language | what the mail says | the name below | formulas. A name of "-" is on the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.clean.text import split_html, split_plain

TABLE = Path(__file__).with_name("tables") / "closings.txt"
FORMS_AT_LEAST, KNOWN = 480, 0.98


def forms() -> Iterator[tuple[str, str, str]]:
    """(message, formula, name below or "")."""
    for row in TABLE.read_text(encoding="utf-8").splitlines():
        if row.startswith("#"):
            continue
        _, message, name, written = (column.strip() for column in row.split("|", 3))
        for form in written.split(";"):
            yield message, form.strip(), "" if name == "-" else name


def below(form: str, name: str) -> str:
    return f"{form}\n{name}" if name else form


def test_nearly_all_closing_formulas_are_known_in_plain_text():
    table = list(forms())
    unknown = [
        form
        for message, form, name in table
        if split_plain(f"{message}\n\n{below(form, name)}").signature != below(form, name)
    ]
    assert len(table) >= FORMS_AT_LEAST
    assert len(unknown) <= len(table) * (1 - KNOWN), unknown


def test_they_are_known_in_outlooks_paragraphs_as_well():
    row = "<p class=MsoNormal>{}</p>"
    unknown = []
    for message, form, name in forms():
        lines = [message, "&nbsp;", form.replace("&", "&amp;"), *([name] if name else [])]
        if split_html("".join(map(row.format, lines))).body != message:
            unknown.append(form)
    assert len(unknown) <= FORMS_AT_LEAST * (1 - KNOWN), unknown


@pytest.mark.parametrize("line", ["Thx Ann", "Merci Ann Lee", "Ann", "Ann Lee", "Danke Ann"])
def test_the_authors_own_name_tells_a_signature_in_an_answer(line):
    head = "From: Lee, Ann <ann.lee@a.example>\nSubject: Re: Budget\nIn-Reply-To: <1@b.example>\n\n"
    email = clean_email(f"{head}That works for us.\n\n{line}".encode())
    assert (email.body, email.signature) == ("That works for us.", line)


@pytest.mark.parametrize("line", ["Thx Bob", "Bob", "Bob Roe", "On Ann"])
def test_the_name_of_another_is_the_message(line):
    head = "From: Lee, Ann <ann.lee@a.example>\nSubject: Re: Who?\nIn-Reply-To: <1@b.example>\n\n"
    assert clean_email(f"{head}That is easy.\n\n{line}".encode()).body.endswith(line)


@pytest.mark.parametrize(
    "line",
    [
        "Have a look at the day's list",
        "Bonne question",
        "Buono, vediamo domani il fine lavori nuovi del primo piano insieme",
        "Ihr Angebot von gestern",
        "/home/ann",
        "祝贺你们完成了项目的第一阶段工作",
        "以上の件は明日確認します。",
        "감사합니다만 오늘은 어렵습니다.",
        "Regards the file",
        "Viele Grüße an Eva bitte ausrichten, sie weiß Bescheid",
    ],
)
def test_prose_with_the_words_of_closings_is_the_message(line):
    assert split_plain(f"That works for us.\n\n{line}").body.endswith(line)
