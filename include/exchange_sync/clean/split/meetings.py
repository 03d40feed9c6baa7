"""Knows the block by which Teams, Zoom, Meet and Webex let people into a meeting; it is no part of the message.

Evidence: an address of such a service at the end, in lines that are rules, links, numbers or the block's own words in
any language (words/meetings.txt); with a rule above and below, or with a number to dial or to type. A link alone in a
message is the author's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange_sync.clean.split.blocks import is_spoken
from exchange_sync.clean.split.delimiters import is_rule
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import words

# The addresses by which these services let people in, whatever the language of the block
_JOIN = re.compile(
    r"teams\.(?:microsoft|live)\.(?:com|us)/(?:l/)?meet|zoom(?:gov)?\.(?:us|com)/[jw]/|meet\.google\.com/[a-z]|\.webex\.com/"
    r"|aka\.ms/jointeams|meet\.lync\.com/|meet\.goto\.com/|gotomeeting\.com/join|gotomeet\.me/|chime\.aws/|bluejeans\.com/\d"
    r"|v\.ringcentral\.com/join|whereby\.com/|meet\.jit\.si/|skype[^<>]{0,40}<https://",
    re.IGNORECASE,
)
_LINK = re.compile(r"<?https?://[^\s<>]{1,2000}>?")
_WORDS = words("meetings")
_LINES = 80
_RULE = 20  # signs
_FEWEST = 3  # lines of a block without rules
_STRANGE, _SHORT = 2, 50  # other lines in a block, and the characters of one
_ENDS_SENTENCE = (".", "!", "?", ":", "。")
_DIGITS = 0.35  # of the signs of a line with a number
_GOOGLE = re.compile(r"^-::~[:~]{10,}")


def meeting_start(lines: Sequence[Line], end: int) -> int | None:
    """The first line of such a block that ends before `end`, or None."""
    if not any("http" in line.text and _JOIN.search(line.text) for line in lines[max(0, end - _LINES) : end]):
        return None  # most mail
    framed = _framed(lines, end)
    if framed is not None:
        return framed
    start, count, strange, joins, numbers = end, 0, 0, False, False
    for index in range(end - 1, max(-1, end - 1 - _LINES), -1):
        line = lines[index]
        if line.blank:
            continue
        if _is_rule(line):
            start = index
            continue
        joined = _JOIN.search(line.text[: 4 * MARK_LENGTH]) is not None
        numbered = _is_number(line.text)
        if joined or numbered or _is_of_block(line.text):
            joins, numbers, count, start = joins or joined, numbers or numbered, count + 1, index
        elif count and strange < _STRANGE and len(line.text) <= _SHORT and not line.text.endswith(_ENDS_SENTENCE):
            strange += 1  # "Or call in (audio only)", if the block goes on above it
        else:
            break
    return start if joins and numbers and count >= _FEWEST else None


def _framed(lines: Sequence[Line], end: int) -> int | None:
    """The rule above a block that ends with another rule, whatever its words."""
    if not end or not _is_rule(lines[end - 1]):
        return None
    joins = False
    for index in range(end - 2, max(-1, end - _LINES), -1):
        if _is_rule(lines[index]):
            return index if joins else None
        joins = joins or _JOIN.search(lines[index].text[: 4 * MARK_LENGTH]) is not None
    return None


def _is_rule(line: Line) -> bool:
    if len(line.text) >= _RULE and not line.text.strip("."):  # Skype's
        return True
    if _GOOGLE.match(line.text) is not None:
        return True
    return is_rule(line) and len(line.text) >= _RULE


def _is_number(text: str) -> bool:
    """True for a line with a number to dial or to type."""
    plain = _LINK.sub("", text[: 2 * MARK_LENGTH])
    digits = sum(sign.isdigit() for sign in plain)
    return digits >= 5 and (digits >= _DIGITS * len(plain.strip()) or _has_word(plain))


def _is_of_block(text: str) -> bool:
    if len(text) > 4 * MARK_LENGTH or is_spoken(text):
        return False
    plain = _LINK.sub("", text).strip(" |<>-–—•*")
    return not plain or (len(plain) <= MARK_LENGTH // 2 and _has_word(plain)) or (len(plain) <= 4)


def _has_word(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _WORDS)
