"""Finds the lines that separate a message from what it quotes: "-----Original Message-----", Lotus Notes, rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from exchange_sync.clean.split.evidence import has_address, has_date
from exchange_sync.clean.split.headers import label_of
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import words

_REPLY_WORDS = frozenset(words("delimiters", 0))
_FORWARD_WORDS = frozenset(words("delimiters", 1))
_RULE = re.compile(r"^[\-–—_=*~#+ ＊＝－＿─━═―┄┈☆★◆◇■□●○※∞・･]{2,}$")
_EDGE = "-–—_=*~#<>+ \t"
_FRAME = re.compile(r"^[\-–—_=*~#]{2,}|(?<![\-–—_=*~#])[\-–—_=*~#]{2,}$|^[\-–—]\s.*\s[\-–—]$")
# "Hello -----Original Message-----": a converter lost the line break.
_MID_LINE = re.compile(r"\s?-{3,10} ?(?:Original Message|Forwarded by|Forwarded message)\b", re.IGNORECASE)
_FLAT = re.compile(r"\s{0,3}(-{3,12}\s?([^\-:：]{4,60})-{3,12})\s?([^\s-].*)$")
# Lotus Notes: "------ Forwarded by Ann Lee/HOU/ECT on 04/12/2000 10:06 AM ------", which wraps
_NOTES = re.compile(
    r"^-{3,}\s?(?:forwarded by|weitergeleitet von|réexpédié par|transféré par|inoltrato da|reenviado por)\s",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Delimiter:
    """A delimiter of lines [start, end). forward: it introduces a forward, not the message that is answered."""

    end: int
    forward: bool


def is_rule(line: Line) -> bool:
    """True if the line is nothing but dashes, underscores, asterisks or the like."""
    text = line.text
    return len(text) >= 2 and _RULE.match(text[:MARK_LENGTH]) is not None


def delimiter_at(lines: Sequence[Line], index: int) -> Delimiter | None:
    """The delimiter that starts on this line, or None."""
    text = lines[index].text
    if not 4 <= len(text) <= MARK_LENGTH:
        return None
    if (
        text[0] == ">" and text.startswith(">>> ") and text.endswith(" >>>") and (has_date(text) or has_address(text))
    ):  # GroupWise
        return Delimiter(index + 1, forward=False)
    if _NOTES.match(text):
        return Delimiter(_notes_end(lines, index), forward=True)
    phrase = _phrase(text)
    if phrase not in _FORWARD_WORDS and phrase not in _REPLY_WORDS:
        return None
    forward = phrase in _FORWARD_WORDS
    if _FRAME.search(text) or (forward and text.endswith((":", "："))):
        return Delimiter(index + 1, forward)
    return None


def _phrase(text: str) -> str:
    return text.strip(_EDGE).rstrip(":：").strip().lower().replace(",", "").replace("’", "'")


def split_mid_line(line: Line) -> tuple[str, str] | None:
    """(author's text, delimiter and rest) if a delimiter starts inside the line, else None.

    (delimiter, headers) if Samsung's or Yahoo's program lost the line break behind it.
    """
    if len(line.raw) > 4 * MARK_LENGTH or "---" not in line.raw:
        return None
    flat = _FLAT.match(line.raw)
    if flat is not None and (_phrase(flat[2]) in _FORWARD_WORDS | _REPLY_WORDS or _heads(flat[3])):
        return flat[1], flat[3]
    match = _MID_LINE.search(line.raw)
    if match is None or not line.raw[: match.start()].strip(" \t-*_>"):
        return None
    return line.raw[: match.start()].rstrip(), line.raw[match.start() :].strip()


def _heads(rest: str) -> bool:
    """True if what stands behind a frame is a head whatever its words: a label, an address and a date."""
    rest = rest[: 2 * MARK_LENGTH]
    return label_of(rest) is not None and has_address(rest) and has_date(rest)


def _notes_end(lines: Sequence[Line], index: int) -> int:
    """The line after a Lotus Notes delimiter, which ends with dashes on its own or one of the next two lines."""
    for end in range(index, min(len(lines), index + 3)):
        if lines[end].text.endswith("---"):
            return end + 1
    return index + 1
