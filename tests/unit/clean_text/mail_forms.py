"""The forms in which mail programs write the lines of one text, for tests of one text × program × language."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape

from exchange_sync.clean.api import clean_email
from exchange_sync.model.cleaned import CleanedEmail

Form = Callable[[Sequence[str]], tuple[str, str]]  # lines -> (kind of text, text)


def plain(lines: Sequence[str]) -> tuple[str, str]:
    return "plain", "\n".join(lines)


def word(lines: Sequence[str]) -> tuple[str, str]:
    """Classic Outlook: a paragraph without a margin is a line."""
    rows = "".join(
        f"<p class=MsoNormal><span style='font-size:11.0pt'>{marked(line) or '&nbsp;'}<o:p></o:p></span></p>\n"
        for line in lines
    )
    return "html", f"<html><body lang=EN-GB><div class=WordSection1>{rows}</div></body></html>"


def new_outlook(lines: Sequence[str]) -> tuple[str, str]:
    rows = "".join(f'<div class="elementToProof">{marked(line) or "<br>"}</div>' for line in lines)
    return "html", f"<html><body>{rows}</body></html>"


def breaks(lines: Sequence[str]) -> tuple[str, str]:
    return "html", "<html><body>" + "<br>\n".join(map(marked, lines)) + "</body></html>"


FORMS: tuple[Form, ...] = (plain, word, new_outlook, breaks)


def marked(line: str) -> str:
    """A line of HTML, with the links that mail programs make of addresses."""
    words = [_linked(word) for word in escape(line, quote=False).split(" ")]
    return " ".join(words)


def _linked(word: str) -> str:
    if word.startswith("https://"):
        return f'<a href="{word}">{word}</a>'
    if word.startswith("www."):
        return f'<a href="http://{word}/">{word}</a>'
    return f'<a href="mailto:{word}">{word}</a>' if "@" in word else word


def mail(form: Form, lines: Sequence[str], sender: str, *fields: str, subject: str = "Re: Budget") -> CleanedEmail:
    """The cleaned mail of these lines. sender: as From has it; fields: further header fields."""
    kind, text = form(lines)
    head = [f"From: {sender}", f"Subject: {subject}", *fields]
    head += [f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: base64"]
    return clean_email("\n".join(head).encode() + b"\n\n" + b64encode(text.encode()))
