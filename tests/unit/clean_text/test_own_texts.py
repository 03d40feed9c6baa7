"""Forms, tickets, voice mail, fax, scans, memos, receipts and bounces: in a mail that answers nothing labels are text.

tables/own_texts.txt has them: [subject], then the text.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from exchange_sync.clean.api import clean_email

TABLE = Path(__file__).with_name("tables") / "own_texts.txt"


def mails() -> dict[str, str]:
    """subject -> text."""
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("[") and line.endswith("]"):
            found[line[1:-1]] = []
        else:
            found[list(found)[-1]].append(line)
    return {subject: "\n".join(lines) for subject, lines in found.items()}


def cleaned(subject: str, text: str, *fields: str):
    head = [
        "From: desk@c.example",
        f"Subject: {subject}",
        *fields,
        "Content-Type: text/plain; charset=utf-8",
    ]
    return clean_email("\n".join([*head, "", text]).encode())


def test_there_are_thirty_of_them():
    assert len(mails()) >= 30


@pytest.mark.parametrize("subject", mails())
def test_the_text_of_a_mail_that_answers_nothing_is_its_message(subject):
    text = mails()[subject]
    own = text.partition("Received: from")[0]  # a bounce's copy of the original's header is history
    email = cleaned(subject, text)
    assert email.body.split()[: len(own.split())] == own.split()
    assert email.signature == ""


def test_a_head_with_a_time_of_day_is_history_even_so():
    head = "From: Ann Lee\nSent: Wednesday, June 4, 2025 10:12 AM\nTo: Bob Roe\nSubject: Hours"
    email = cleaned("Hours", f"For you.\n\n{head}\n\nThe office closes at 4.")
    assert email.body == "For you."
