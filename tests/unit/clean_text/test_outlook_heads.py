"""The head above what Outlook quotes, in its languages, forms and programs: all below it is history.

tables/outlook_heads.txt has the labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import pytest
from exchange_sync.clean.api import clean_email

TABLE = Path(__file__).with_name("tables") / "outlook_heads.txt"
Fields = Sequence[tuple[str, str]]
HEADERS = ("Subject: Re: Budget", "Subject: Budget\nIn-Reply-To: <1@b.example>", "Subject: Budget")


def rows() -> list[list[str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return [[column.strip() for column in line.split("|")] for line in lines]


def plain(fields: Fields) -> tuple[str, str]:
    return "plain", "Yes.\n\n" + "\n".join(f"{label}: {value}" for label, value in fields) + "\n\nCould we meet?\n\nBob"


def starred(fields: Fields) -> tuple[str, str]:
    return plain([(f"*{label}", f"* {value}") for label, value in fields])


def word(fields: Fields) -> tuple[str, str]:
    """Classic Outlook's paragraphs."""
    lines = ["Yes.", "", *(f"<b>{label}:</b> {escape(value)}" for label, value in fields), "", "Could we meet?"]
    return "html", "".join(f"<p class=MsoNormal>{line or '&nbsp;'}</p>" for line in lines)


def owa(fields: Fields) -> tuple[str, str]:
    head = "<br>".join(f"<b>{label}:</b> {escape(value)}" for label, value in fields)
    return "html", f"<div>Yes.</div><br><div>{head}</div><div><br></div><div>Could we meet?</div>"


@pytest.mark.parametrize("form", [plain, starred, word, owa])
@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_below_outlooks_head_all_is_history(row, form):
    _, author, sent, to, copy, subject, date = row
    for who in ("Bob Roe", "Bob Roe <bob@b.example>"):
        for copies in ([], [(copy, "Eva Klar")]):
            kind, text = form([(author, who), (sent, date), (to, "Ann Lee"), *copies, (subject, "RE: Budget")])
            for headers in HEADERS:
                mime = f"From: ann@c.example\n{headers}\nContent-Type: text/{kind}; charset=utf-8\n\n{text}"
                assert clean_email(mime.encode()).body == "Yes."
