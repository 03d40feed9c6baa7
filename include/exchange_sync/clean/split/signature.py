"""Finds where the author's signature begins: from the end of the text upwards, line by line.

The order of the rules: what mail apps, lists and lawyers append; "-- " (RFC 3676 section 4.3); other rules; a closing
formula ("Kind regards") with names below; "- Ann"; a block of contact details. Each goes on above where the last
stopped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange_sync.clean.split.delimiters import is_rule
from exchange_sync.clean.split.footers import is_device_line, is_disclaimer, list_footer_start
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import words

_CLOSINGS = frozenset(words("closings"))
_STRONG = frozenset(("--", "- -", "-- --"))
_STRONG_LINES = 40  # lines that a signature below "-- " may have
_SHORT = 70
_MAX_APPENDED = 30  # footers and app lines that may follow each other
_PARAGRAPH_LINES = 80
_SALUTATION_WORDS = 4
_PATCH = ("diff ", "@@ ", "+++ ", "Index: ")
_BLOCK_LINES = 15
_UNNAMED_LINES = 7  # lines of contact details without a name above them
_NARROW = 45  # characters of each
_CLOSING_LENGTH = 60
_NAME = re.compile(r"^[-–—~]{1,3}\s?[^\W\d_][\w'’\-]*\.?(?:\s[^\W\d_][\w'’\-]*\.?){0,2}$")
_PERSON = re.compile(r"^(?:[^\W\d_][\w'’\-]*\.?,?)(?:\s[^\W\d_][\w'’.\-]*,?){0,4}$")
_PHONE = re.compile(r"(?<![\d.$€£])(?:\+|\()?\d(?:[().\-/]| (?! ))?(?:\d[ ().\-/]{0,2}){5,15}\d(?![\d.]|,\d)")
_WEB = re.compile(r"(?:https?://|www\.)\S{3,200}|\S{1,64}@\S{1,100}\.\w{2,}", re.IGNORECASE)
_MOBILE = re.compile(r"^via mobile$", re.IGNORECASE)
_PROSE_END = re.compile(r"[.?!…。？！]$")


def signature_start(lines: Sequence[Line], *, whole: bool) -> int:
    """Index of the first line of the signature in `lines`, or len(lines) if there is none.

    whole: all of the lines may be signature; otherwise the first line that is not blank and no salutation is text.
    """
    floor = 0 if whole else min(_first_text(lines) + 1, len(lines))
    if not whole and _is_salutation(lines[floor - 1 : floor]):
        floor = min(floor + _first_text(lines[floor:]) + 1, len(lines))
    floor = max(floor, _last_quoted(lines) + 1)
    start = _end(lines, len(lines))
    for rule in (_tagged, _appended, _strong, _weak, _closing, _appended, _dash_name, _contacts):
        start = _end(lines, max(floor, rule(lines, floor, start)))
    return start if any(not line.blank for line in lines[start:]) else len(lines)


def is_delimiter(line: Line) -> bool:
    """True for the line that RFC 3676 puts above a signature; indented, it is more likely program text."""
    return line.text in _STRONG and not _is_indented(line)


def _is_indented(line: Line) -> bool:
    return line.raw.startswith(("  ", "\t"))


def _first_text(lines: Sequence[Line]) -> int:
    return next((index for index, line in enumerate(lines) if not line.blank), len(lines))


def _is_salutation(lines: Sequence[Line]) -> bool:
    """True for "Dear Ann,": a message of nothing else would be none."""
    return any(line.text.endswith((",", "，")) and len(line.text.split()) <= _SALUTATION_WORDS for line in lines)


def _last_quoted(lines: Sequence[Line]) -> int:
    """The last line that is quoted: in a reply between quotes no signature stands above it. -1 if there is none."""
    return next((index for index in range(len(lines) - 1, -1, -1) if lines[index].depth and not lines[index].soft), -1)


def _end(lines: Sequence[Line], end: int) -> int:
    """The end without the blank lines before it; all that was cut off stays below."""
    while end > 0 and lines[end - 1].blank:
        end -= 1
    return end


def _paragraph(lines: Sequence[Line], floor: int, end: int) -> int:
    """The start of the paragraph that ends before `end`."""
    start = end
    floor = max(floor, end - _PARAGRAPH_LINES)
    while start > floor and not lines[start - 1].blank:
        start -= 1
    return start


def _tagged(lines: Sequence[Line], floor: int, end: int) -> int:
    """HTML: lines that a mail program tagged as signature."""
    while end > max(floor, 0) and (lines[end - 1].signature or lines[end - 1].blank):
        end -= 1
    return end


def _appended(lines: Sequence[Line], floor: int, end: int) -> int:
    """Disclaimers, list footers and the lines of mail apps, however many follow each other."""
    for _ in range(_MAX_APPENDED):
        if end <= floor:
            break
        footer = list_footer_start(lines, end)
        start = _paragraph(lines, floor, end)
        if footer is not None and footer >= floor:
            start = footer
        elif is_device_line(lines[end - 1].text):
            start = end - 1
        elif not is_disclaimer(lines[start:end]) and not is_rule(lines[end - 1]):
            return end
        elif is_rule(lines[end - 1]):
            start = end - 1
        end = _end(lines, start)
    return end


def _strong(lines: Sequence[Line], floor: int, end: int) -> int:
    """The signature delimiter of RFC 3676, alone on its line."""
    count = 0
    found = end
    for index in range(end - 1, floor - 1, -1):
        if lines[index].blank:
            continue
        if is_delimiter(lines[index]):
            found = index
        count += 1
        if count > _STRONG_LINES:
            break
    return found


def _weak(lines: Sequence[Line], floor: int, end: int) -> int:
    """A rule of dashes or underscores with nothing but short lines below it."""
    count = 0
    for index in range(end - 1, floor - 1, -1):
        line = lines[index]
        if line.blank:
            continue
        if (is_rule(line) or line.text in ("—", "–")) and not _is_indented(line):
            return index if count and _is_signature_rule(lines, floor, index, end) else end
        count += 1
        if count > _BLOCK_LINES or not _is_short(line.text):
            return end
    return end


def _is_signature_rule(lines: Sequence[Line], floor: int, index: int, end: int) -> bool:
    """True if a rule parts a message with words from a few lines or from contact details."""
    if floor and not any(letter.isalnum() for line in lines[:index] for letter in line.text[:MARK_LENGTH]):
        return False
    below = [line.text for line in lines[index + 1 : end] if not line.blank]
    if any(text.startswith(_PATCH) for text in below):
        return False
    return len(below) <= 5 or any(_is_contact(text) for text in below)


def _closing(lines: Sequence[Line], floor: int, end: int) -> int:
    """The last closing formula with short lines only below it, and the formulas right above it."""
    count, found = 0, end
    for index in range(end - 1, floor - 1, -1):
        line = lines[index]
        if line.blank:
            continue
        if is_closing(line.text):
            found = index
        elif found < end:
            break
        count += 1
        if count > _BLOCK_LINES or not (_is_short(line.text) or is_closing(line.text) or _is_contact(line.text)):
            break
    return found if _has_below(lines, found, end) else end


def _has_below(lines: Sequence[Line], found: int, end: int) -> bool:
    """True if a name stands below or behind the formula, or a signature below; a mere "Thanks!" is the message's."""
    if any(not is_closing(line.text) for line in lines[found:end] if not line.blank):
        return True
    if any(not line.blank for line in lines[end:]):
        return True
    return found < end and lines[found].text.lower().rstrip(" !.,*_") not in _CLOSINGS


def is_closing(text: str) -> bool:
    """True for a line that is a closing formula, alone or with up to three words of a name behind it."""
    if not text or len(text) > _CLOSING_LENGTH:
        return False
    phrase = text.lower().strip(" *_").rstrip("!.,;:-–— )*_。！，")
    if phrase in _CLOSINGS:
        return True
    for sign in (",", "!", " - ", " – ", "."):
        head, found, name = text.partition(sign)
        if found and head.strip(" *_").lower() in _CLOSINGS and _is_name(name.strip(" .!*_")):
            return True
    return False


def _is_name(text: str) -> bool:
    parts = text.split()
    return 1 <= len(parts) <= 3 and all(part[0].isupper() for part in parts)


def _dash_name(lines: Sequence[Line], floor: int, end: int) -> int:
    """ "- Ann" as the last line, unless it ends a list."""
    if end <= floor or not _NAME.match(lines[end - 1].text[:40]) or len(lines[end - 1].text) > 40:
        return end
    above = _end(lines, end - 1)
    if above and lines[above - 1].text.startswith(("-", "*", "•")):
        return end
    return end - 1


def _contacts(lines: Sequence[Line], floor: int, end: int) -> int:
    """The last paragraph, if it is a name with contact details: all short, no prose."""
    start = _paragraph(lines, floor, end)
    block = [line.text for line in lines[start:end]]
    if not 2 <= len(block) <= _BLOCK_LINES or (start > 0 and not lines[start - 1].blank):
        return end
    above = _end(lines, start)
    if above and lines[above - 1].text.endswith(":"):
        return end
    if not all(_is_short(text) or _is_contact(text) for text in block):
        return end
    contacts = sum(_is_contact(text) for text in block)
    named = _PERSON.match(block[0]) is not None and block[0][0].isupper()
    if named:
        return start if contacts else end
    return start if contacts >= 2 and 4 <= len(block) <= _UNNAMED_LINES and max(map(len, block)) <= _NARROW else end


def _is_short(text: str) -> bool:
    """True for a line that may stand in a signature: short, and not a sentence."""
    if len(text) > _SHORT:
        return False
    return not (_PROSE_END.search(text) and len(text.split()) > 5)


def _is_contact(text: str) -> bool:
    """True for a line that holds a telephone number, an address of the web or of mail and little else."""
    if len(text) > 120:
        return False
    if _MOBILE.match(text):
        return True
    return (_PHONE.search(text) is not None or _WEB.search(text) is not None) and len(text.split()) <= 12
