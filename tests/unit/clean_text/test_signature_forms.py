"""Signatures of firms in fourteen languages, laid out in five ways, as four programs write them.

tables/signatures.txt has their parts. Each must be cut exactly: the body is the message and nothing else.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.clean_text.mail_forms import FORMS, Form, mail

TABLE = Path(__file__).with_name("tables") / "signatures.txt"
Parts = dict[str, list[str]]

# the parts of each layout; "" is a blank line
LAYOUTS = {
    "letter": "closing|name|title||company|address|phones|fields||register",
    "no formula": "name|title|company|fields|address|register",
    "several paragraphs": "closing||name|title||company|address||fields||privacy||fair",
    "paragraphs without formula": "name|title||fields||address||register||privacy",
    "picture": "closing|name|picture|company|phones||fair||print",
}
KNOWN = 0.95


def languages() -> dict[str, Parts]:
    found: dict[str, Parts] = {}
    for row in TABLE.read_text(encoding="utf-8").splitlines():
        if row.startswith("["):
            found[row.strip("[]")] = {}
        elif not row.startswith("#"):
            name, _, value = row.partition(" = ")
            found[list(found)[-1]][name] = value.split(" // ")
    return found


def signature(parts: Parts, layout: str) -> list[str]:
    return [line for name in LAYOUTS[layout].split("|") for line in (parts[name] if name else [""])]


def left(form: Form, sender: str | None) -> list[tuple[str, str]]:
    """The (language, layout) of signatures that are not cut exactly. sender: None for the signature's own name."""
    found = []
    for language, parts in languages().items():
        for layout in LAYOUTS:
            lines = [*parts["message"], "", *signature(parts, layout)]
            who = sender or f"=?utf-8?q?{'_'.join(quoted(word) for word in parts['name'][0].split())}?= <x@c.example>"
            email = mail(form, lines, who, "In-Reply-To: <1@b.example>")
            if email.body != "\n".join(parts["message"]):
                found.append((language, layout))
    return found


def quoted(word: str) -> str:
    return "".join(f"={byte:02X}" for byte in word.encode())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sender", [None, "Office <office@c.example>"])
def test_nearly_all_signatures_are_cut_exactly(form: Form, sender: str | None):
    count = len(languages()) * len(LAYOUTS)
    assert count >= 60
    assert len(wrong := left(form, sender)) <= count * (1 - KNOWN), wrong
