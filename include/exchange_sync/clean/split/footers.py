"""Knows what others than the author put below a mail: disclaimers, list footers, app lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange_sync.clean.split.delimiters import is_rule
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import read, words

_APP_STARTS, _APP_ENDS, _OFFERS = words("apps", 0), words("apps", 1), words("apps", 2)
_OFFER_WORDS = 9
_DENSE = "\u0e00"  # scripts from here on part no words
_PLATFORMS = ("ios", "android", "mac", "windows")
_DISCLAIMER_STARTS, _DISCLAIMER_WORDS = words("disclaimers", 0), words("disclaimers", 1)
_DISCLAIMER_ASCII = tuple(word for word in _DISCLAIMER_WORDS if word.isascii())
_LIST_WORDS, _LIST_STARTS = words("lists", 0), words("lists", 1)
_DEVICE_LENGTH = 160
_DEVICE_WORDS = 14
_FOOTER_LINES = 12
_LIST_FOOTER = 400  # characters of a list's footer without a rule above it
_PARAGRAPH = 4_000  # characters of a disclaimer that are looked at
_LINK = re.compile(r"[<(\[]?https?://[^\s<>]{1,2000}[>)\]]?")
_DENSE_MAKERS = read("makers")[-1][1][0]  # scripts in which no word is parted from its neighbours
_MAKERS = "|".join(re.escape(maker) for maker in words("makers") if maker not in _DENSE_MAKERS)
# Scripts without spaces go on right behind a maker ("iPhoneから"); others decline it ("iPhonu", "iPhonen").
_MAKER = re.compile(
    rf"(?<![^\W\d_\u0e00-\U0010ffff])(?:(?:{_MAKERS})(?![^\W\u0590-\U0010ffff])"
    r"|(?:ipho?n|ipad|ipod|android|outlook|samsung|galaxy|huawei|xiaomi|windows)[^\W\d_]{1,5}(?!\w))"
)
_MY = re.compile(r"(?:from|via) my |de mon |depuis mon |desde mi |do meu |meu |meinem |mijn |min |mojego |моего |мого ")
# quotes, Arabic vowels and the typographic apostrophe are written or not
_SIGNS = {**dict.fromkeys([*range(0x064B, 0x0653), *map(ord, "„“”«»")]), 0x2019: "'"}
_ORNAMENT = " \t*_-–—~|>#•"


def is_device_line(text: str) -> bool:
    """True for "Sent from my iPhone", "Get Outlook for iOS<link>" and the like."""
    if not 6 <= len(text) <= MARK_LENGTH:
        return False
    plain = _LINK.sub("", text).strip(_ORNAMENT).lower()
    if len(plain) > _DEVICE_LENGTH or len(plain.split()) > _DEVICE_WORDS:
        return False
    if not plain.isascii():
        plain = plain.translate(_SIGNS)
    if _is_offer(plain):
        return True
    starts = plain.startswith(_APP_STARTS)
    if not starts and not plain.rstrip(".!").endswith(_APP_ENDS):
        return False
    first, comma, _ = plain.partition(",")
    if _MAKER.search(first) is not None or any(maker in first for maker in _DENSE_MAKERS):
        return True
    return starts and not comma and (_MY.search(plain) is not None or plain != text.strip(_ORNAMENT).lower())


def _is_offer(plain: str) -> bool:
    """ "Get Outlook for iOS", in any language: the program, what it runs on, and a word by which one gets it."""
    if "outlook" not in plain or not any(platform in plain for platform in _PLATFORMS):
        return False
    parts = plain.split()
    if len(parts) > _OFFER_WORDS or plain.endswith((".", "?", "!")):
        return False
    return any(offer in (plain if offer[0] >= _DENSE else parts) for offer in _OFFERS)


def is_disclaimer(lines: Sequence[Line]) -> bool:
    """True if the paragraph is a confidentiality notice, a list's footer or the like."""
    text = " ".join(line.text for line in lines)[:_PARAGRAPH].lower().strip(_ORNAMENT)
    if len(text) < 20:
        return False
    if text.startswith(_LIST_STARTS) and len(text) <= _LIST_FOOTER:
        return True
    enough = 1 if text.startswith(_DISCLAIMER_STARTS) else 3
    known = _DISCLAIMER_ASCII if text.isascii() else _DISCLAIMER_WORDS
    for hint in known:
        enough -= hint in text
        if not enough:
            return True
    return False


def list_footer_start(lines: Sequence[Line], end: int) -> int | None:
    """The rule above a list's footer that ends before `end`, or None."""
    count = 0
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if line.blank:
            continue
        if is_rule(line):
            below = " ".join(other.text for other in lines[index + 1 : end]).lower()
            return index if any(word in below for word in _LIST_WORDS) else None
        count += 1
        if count > _FOOTER_LINES or len(line.text) > MARK_LENGTH:
            return None
    return None
