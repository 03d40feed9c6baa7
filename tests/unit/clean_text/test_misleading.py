"""Mails made to mislead: lists, sums, contacts that were asked for, closings' words in prose. Nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.clean_text.mail_forms import FORMS, Form, mail

TABLE = Path(__file__).with_name("tables") / "misleading.txt"


def mails() -> list[str]:
    return TABLE.read_text(encoding="utf-8").split("\n", 1)[1].strip("\n").split("\n====\n")


@pytest.mark.parametrize("fields", [(), ("In-Reply-To: <1@b.example>",)])
@pytest.mark.parametrize("form", FORMS)
def test_no_prose_is_lost(form: Form, fields: tuple[str, ...]):
    table = mails()
    subject = "Re: Budget" if fields else "Budget"
    lost = []
    for text in table:
        body = mail(form, text.split("\n"), "Ann Lee <ann@c.example>", *fields, subject=subject).body
        if not holds(text, body):
            lost.append(text)
    assert len(table) >= 60
    assert lost == []


def holds(text: str, body: str) -> bool:
    """True if all words of the text stand in the body, in order."""
    rest = iter(body.split())
    return all(word in rest for word in text.split())
