"""A fault of the cleaner itself costs what it touches and no more, and is named."""

from __future__ import annotations

from exchange_sync.clean import api
from exchange_sync.clean.api import clean_email

from tests.unit.clean_mime.mime_builder import HTML, mail


def fail(*_):
    raise IndexError("a fault")


def test_a_fault_in_splitting_the_text_keeps_headers_and_the_whole_text(monkeypatch):
    monkeypatch.setattr(api, "compose", fail)
    email = clean_email(mail(HTML.encode(), b"<p>hello</p>"))
    assert (email.subject, email.body) == ("Claim 7", "hello")
    assert email.sender is not None
    assert email.problems == ("cleaner_failed",)


def test_any_other_fault_keeps_the_raw_text(monkeypatch):
    monkeypatch.setattr(api, "read_people", fail)
    email = clean_email(mail(b"X-A: b", b"hello"))
    assert email.body.endswith("hello")
    assert email.problems == ("cleaner_failed",)
