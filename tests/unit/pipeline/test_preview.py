"""clean-preview: how a mail is cut, shown without a way for the mail to reach page or terminal."""

from __future__ import annotations

import json

import pytest
from exchange_sync.cli import app
from exchange_sync.errors import BadInput
from exchange_sync.pipeline import preview
from exchange_sync.pipeline.preview import Cut
from exchange_sync.pipeline.preview_page import columns, html_page
from typer.testing import CliRunner

MAIL = (
    b"From: Ann Lee <ann@a.example>\nSubject: Re: Budget\nContent-Type: text/plain; charset=utf-8\n\n"
    b"Yes, that works.\n\nKind regards,\nAnn Lee\n\n> Could we meet?\n> Bob\n"
)
HOSTILE = "<script>alert(1)</script>&\"'<img src=x onerror=y>"


@pytest.fixture
def mails(tmp_path):
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b.eml").write_bytes(b"Subject: <b>x</b>\nContent-Type: text/plain\n\n" + HOSTILE.encode())
    return [tmp_path / "a.eml", tmp_path / "b.eml"]


def test_the_parts_of_each_file_come_in_order(mails):
    first, second = preview.cuts(mails)
    assert (first.body, first.signature, first.quoted) == (
        "Yes, that works.",
        "Kind regards,\nAnn Lee",
        "> Could we meet?\n> Bob",
    )
    assert second.name == "b.eml"


def test_the_page_holds_mail_as_text_and_may_load_nothing(mails):
    page = "".join(html_page(preview.cuts(mails), {}))
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>x</b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in page


def test_a_name_and_a_failure_are_text_too():
    page = "".join(html_page([Cut("<i>.eml", failure="<u>")], {}))
    assert "<i>" not in page
    assert "<u>" not in page


def test_what_an_earlier_cleaner_made_stands_above_where_it_differs(mails):
    before = {
        "a.eml": Cut("a.eml", body="Yes, that works.\n\nKind regards,\nAnn Lee", quoted="> Could we meet?\n> Bob")
    }
    page = "".join(html_page(preview.cuts(mails), before))
    assert page.count(">before<") == 1
    assert page.count('class="other"') == 4  # body and signature, before and now


def test_no_control_sign_reaches_the_terminal():
    cut = Cut("a\x1b[2Jb", subject="\x07", body="one\x1b]0;x\x07two", signature="\u202e", quoted="\r")
    for width in (200, 40):
        assert all(line.isprintable() for line in columns(cut, width))


def test_columns_are_as_wide_as_their_signs():
    lines = list(columns(Cut("x", body="はい、それで結構です。" * 5, signature="a"), 100))
    assert {line.find("│") for line in lines[1:] if "│" in line and line.isascii()} <= {lines[1].find("│")}


def test_the_command_writes_a_page_and_compares_with_what_it_printed(mails, tmp_path):
    names = [str(path) for path in mails]
    printed = CliRunner().invoke(app, ["clean-preview", "--json", *names])
    assert json.loads(printed.stdout)["a.eml"]["body"] == "Yes, that works."
    (tmp_path / "before.json").write_text(printed.stdout, encoding="utf-8")
    page = tmp_path / "page.html"
    told = CliRunner().invoke(
        app, ["clean-preview", "--html", str(page), "--before", str(tmp_path / "before.json"), *names]
    )
    assert told.exit_code == 0
    assert ">before<" not in page.read_text(encoding="utf-8")


def test_the_command_shows_columns(mails):
    told = CliRunner().invoke(app, ["clean-preview", str(mails[0])])
    assert "Yes, that works." in told.stdout


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"body": "x"}}'])
def test_what_is_no_earlier_preview_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    if text == "[]":
        text = "a list"
    with pytest.raises(BadInput, match="clean-preview --json"):
        preview.earlier(tmp_path / "x.json")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"none\.eml"):
        list(preview.cuts([tmp_path / "none.eml"]))


def test_too_many_files_are_refused(tmp_path):
    with pytest.raises(BadInput, match="too many"):
        list(preview.cuts([tmp_path / "x.eml"] * 1_001))
