"""Lines of mail apps in forty languages: each is signature, alone and below a name, and never when it is prose.

tables/app_lines.txt has them: language | lines, parted by ";".
"""

from __future__ import annotations

from pathlib import Path

import pytest
from exchange_sync.clean.text import split_html, split_plain

TABLE = Path(__file__).with_name("tables") / "app_lines.txt"
AT_LEAST, KNOWN = 300, 0.98
MESSAGE = "Yes, that works for us."


def app_lines() -> list[str]:
    rows = [row for row in TABLE.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    return [line.strip() for row in rows for line in row.split("|", 1)[1].split(";")]


def test_nearly_all_app_lines_are_known():
    table = app_lines()
    left = [line for line in table if split_plain(f"{MESSAGE}\n\n{line}").body != MESSAGE]
    assert len(table) >= AT_LEAST
    assert len(left) <= len(table) * (1 - KNOWN), left


def test_they_are_known_with_the_link_that_the_app_gives_them():
    page = "<div>{}</div><div><br></div><div id=x><a href='https://aka.ms/o0ukef'>{}</a></div>"
    left = [line for line in app_lines() if split_html(page.format(MESSAGE, line)).body != MESSAGE]
    assert len(left) <= AT_LEAST * (1 - KNOWN), left


@pytest.mark.parametrize(
    "line",
    [
        "Sent from the warehouse this morning",
        "We use Outlook for iOS and for Android here, Bob.",
        "Get the key from Bob",
        "Gesendet wurde das Paket gestern",
        "Envoyé hier par la poste",
        "我的手机号码是 123",
        "スマートフォンから見られます。",
    ],
)
def test_prose_like_an_app_line_is_the_message(line):
    assert split_plain(f"{MESSAGE}\n\n{line}").body.endswith(line)
