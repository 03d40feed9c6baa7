"""The text half of cleaning: what the MIME half calls (docs/explanation/cleaning.md)."""

from __future__ import annotations

import re

from exchange_sync.clean.html.render import html_lines
from exchange_sync.clean.links import shorten_tracking, unwrap_links
from exchange_sync.clean.normal import clip, join_halves, normalise, shorten
from exchange_sync.clean.split.facts import UNKNOWN, MailFacts
from exchange_sync.clean.split.line import plain_lines
from exchange_sync.clean.split.meetings import meeting_start
from exchange_sync.clean.split.result import SplitText
from exchange_sync.clean.split.splitter import split_lines

__all__ = ["SplitText", "html_to_text", "is_way_in", "normalise", "split_html", "split_plain"]

_NAMES = r"(?:\[cid:[^\[\]]{1,200}\]|<cid:[^<>\s]{1,200}@[^<>\s]{1,100}>|\(cid:[^()\s]{1,200}@[^()\s]{1,100}\))"
_IMAGE = re.compile(rf"^{_NAMES}[ \t]?|[ \t]?{_NAMES}", re.IGNORECASE | re.MULTILINE)
_INPUT = 400_000  # characters of a plain text that are looked at; a field holds 65,536


def split_plain(text: str, facts: MailFacts = UNKNOWN) -> SplitText:
    """Splits a text/plain body. facts: what the mail's headers say."""
    return split_lines(plain_lines(_shown(normalise(join_halves(shorten(text, _INPUT))))), facts)


def _shown(text: str) -> str:
    """A plain text as a reader needs it: wrapped links unwrapped, those that track shortened, no names of pictures."""
    return _without_images(shorten_tracking(unwrap_links(text)))


def split_html(html: str, facts: MailFacts = UNKNOWN) -> SplitText:
    """Splits a text/html body. facts: what the mail's headers say."""
    return split_lines(html_lines(html), facts)


def _without_images(text: str) -> str:
    """The text without the names that programs write in an embedded picture's place: "[cid:image001.png@…]"."""
    return _IMAGE.sub(_image, text) if "cid:" in text or "CID:" in text else text


def _image(found: re.Match[str]) -> str:
    """Nothing; what somebody wrote in brackets as it is: a picture's name is one word, or wrapped once, with an @."""
    words = found[0].split()
    is_name = len(words) == 1 or ("@" in found[0] and found[0].count("\n") < 2)
    return "" if is_name else found[0]


def is_way_in(text: str) -> bool:
    """True if a text is nothing but the block by which people join an online meeting."""
    lines = plain_lines(text)
    start = meeting_start(lines, len(lines)) if text.strip() else None
    return start is not None and not any(line.text for line in lines[:start])


def html_to_text(html: str) -> str:
    """The whole text of an HTML document, nothing cut."""
    return clip("\n".join(line.raw for line in html_lines(html)).strip("\n"))
