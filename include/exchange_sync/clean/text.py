"""The text half of cleaning: what the MIME half calls (docs/explanation/cleaning.md)."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from exchange_sync.clean.normal import clip, normalise
from exchange_sync.clean.split.line import plain_lines
from exchange_sync.clean.split.result import SplitText
from exchange_sync.clean.split.splitter import split_lines

__all__ = ["SplitText", "html_to_text", "normalise", "split_html", "split_plain"]


def split_plain(text: str) -> SplitText:
    """Splits a text/plain body."""
    return split_lines(plain_lines(normalise(text)))


def split_html(html: str) -> SplitText:
    """Splits a text/html body."""
    return SplitText(clip(html_to_text(html)), "", "")


def html_to_text(html: str) -> str:
    """The whole text of an HTML document, nothing cut."""
    body = LexborHTMLParser(html).body
    return normalise(body.text(separator="\n")).strip() if body else ""
