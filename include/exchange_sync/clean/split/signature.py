"""Finds where the author's signature begins: from the end of the text upwards, line by line.

The order of the rules: what mail apps, lists and lawyers append; "-- " (RFC 3676 section 4.3); other rules; a closing
formula ("Kind regards") with names below; "- Ann"; a block of contact details. Each goes on above where the last
stopped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange_sync.clean.split.author import NO_EVIDENCE, Evidence, authored, repeated
from exchange_sync.clean.split.blocks import is_block, is_contact, is_evident, is_short
from exchange_sync.clean.split.closings import CLOSINGS, bare, is_closing, is_firm, is_name
from exchange_sync.clean.split.contacts import contact_block
from exchange_sync.clean.split.delimiters import is_rule
from exchange_sync.clean.split.footers import is_device_line, is_disclaimer, list_footer_start
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.meetings import meeting_start

_STRONG = frozenset(("--", "- -", "-- --"))
_STRONG_LINES = 40  # lines that a signature below "-- " may have
_MAX_APPENDED = 30  # footers and app lines that may follow each other
_PARAGRAPH_LINES = 80
_SPOKEN_WORDS = 4  # of a line that goes on with a sentence
_SALUTATION_WORDS = 4
_PATCH = ("diff ", "@@ ", "+++ ", "Index: ")
_BLOCK_LINES = 15
_FORMULA_LINES = 60  # below a closing formula
_NAMED_LINES = 5  # below dashes, a name first
_YOURS = frozenset(("Ihr", "Ihre", "Dein", "Deine", "Euer", "Eure", "Yours", "Votre", "Ваш", "Ваша", "Твой", "Твоя"))
_DASHES = "-–—_"
_SHORT_RULE = 4  # signs
_NAME = re.compile(r"^[-–—~/]{1,3}\s?[^\W\d_][\w'’\-]*\.?(?:\s[^\W\d_][\w'’\-]*\.?){0,2}$")
_PERSON = re.compile(r"^(?:[^\W\d_][\w'’\-]*\.?,?)(?:\s[^\W\d_][\w'’.\-]*,?){0,4}$")


def signature_start(lines: Sequence[Line], *, whole: bool, evidence: Evidence = NO_EVIDENCE) -> int:
    """Index of the first line of the signature in `lines`, or len(lines) if there is none.

    evidence: what headers and history tell of its author's.

    whole: all of the lines may be signature; otherwise the first line that is not blank and no salutation is text.
    """
    floor = 0 if whole else min(_first_text(lines) + 1, len(lines))
    if not whole and _is_salutation(lines[floor - 1 : floor]):
        floor = min(floor + _first_text(lines[floor:]) + 1, len(lines))
    floor = max(floor, _last_quoted(lines) + 1)
    start = _end(lines, len(lines))
    for rule in (_tagged, _appended, _strong, _weak):
        start = _end(lines, max(floor, rule(lines, floor, start)))
    for known in (repeated, authored):
        start = _end(lines, max(floor, known(lines, floor, start, evidence)))
    for rule in (_closing, _appended, _dash_name, contact_block):
        start = _end(lines, max(floor, rule(lines, floor, start)))
    rest = lines[start:]
    return start if _has_words(rest) or (whole and any(not line.blank for line in rest)) else len(lines)


def _has_words(lines: Sequence[Line]) -> bool:
    return any(sign.isalnum() for line in lines for sign in line.text[:MARK_LENGTH])


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
        footer = meeting_start(lines, end)
        if footer is None:
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
        if is_delimiter(lines[index]) and not _is_announced(lines, index):
            found = index
        count += 1
        if count > _STRONG_LINES:
            break
    return found


def _is_announced(lines: Sequence[Line], index: int) -> bool:
    """True for "--" below a line that ends with a colon: it parts the author's text."""
    above = _end(lines, index)
    return above > 0 and lines[above - 1].text.endswith((":", "："))


def _weak(lines: Sequence[Line], floor: int, end: int) -> int:
    """A rule with a signature below it: nothing but short lines, and evidence that they are one."""
    count = 0
    for index in range(end - 1, floor - 1, -1):
        line = lines[index]
        if line.blank:
            continue
        if (is_rule(line) or line.text in ("—", "–")) and not _is_indented(line):
            return index if count and _is_signature_rule(lines, floor, index, end) else end
        count += 1
        if count > _BLOCK_LINES or not is_short(line.text):
            return end
    return end


def _is_signature_rule(lines: Sequence[Line], floor: int, index: int, end: int) -> bool:
    """True if a rule parts a message with words from contact details, or dashes part it from a name.

    A rule right below a line underlines it; one right below numbers adds them up. Both are the message's.
    """
    if floor and not _has_words(lines[:index]):
        return False
    below = [line.text for line in lines[index + 1 : end] if not line.blank]
    if any(text.startswith(_PATCH) for text in below):
        return False
    if any(text.startswith("```") for text in below):
        return False
    if any(is_evident(text) for text in below):
        return True
    rule = lines[index].text
    if rule[0] not in _DASHES or len(below) > _NAMED_LINES or not _is_person(below[0]):
        return False
    return lines[index - 1].blank or (len(rule) <= _SHORT_RULE and len(below) == 1)


def _is_person(text: str) -> bool:
    return _PERSON.match(text) is not None and not text[0].islower()


def _closing(lines: Sequence[Line], floor: int, end: int) -> int:
    """The last closing formula with a signature only below it, and the formulas right above it."""
    count, found = 0, end
    narrow = True  # nothing but short lines and contacts so far
    for index in range(end - 1, floor - 1, -1):
        line = lines[index]
        if line.blank:
            continue
        if is_closing(line.text) and not _runs_on(lines, index, end):
            if narrow or found < end or _heads_block(lines, index, end):
                found = index
            else:
                break
        elif found < end:
            break
        count += 1
        narrow = narrow and count <= _BLOCK_LINES and (is_short(line.text) or is_contact(line.text))
        if count > _FORMULA_LINES:
            break
    return found if _has_below(lines, found, end) else end


def _runs_on(lines: Sequence[Line], index: int, end: int) -> bool:
    """True if a sentence that begins with a formula's words goes on on the next line: "Best / to talk on Friday." """
    below = lines[index + 1].text if index + 1 < end else ""
    return below[:1].islower() and below.endswith((".", "?", "!")) and len(below.split()) >= _SPOKEN_WORDS


def _heads_block(lines: Sequence[Line], index: int, end: int) -> bool:
    """True if a formula has a signature of any length below it; one that prose uses needs contacts there."""
    below = lines[index + 1 : end]
    if not is_firm(lines[index].text) and not any(is_evident(line.text) for line in below if not line.blank):
        return False
    return is_block(below)


def _has_below(lines: Sequence[Line], found: int, end: int) -> bool:
    """True if a name stands below or behind the formula, or a signature below; a mere "Thanks!" is the message's."""
    if any(not is_closing(line.text) for line in lines[found:end] if not line.blank):
        return True
    if any(not line.blank for line in lines[end:]):
        return True
    return found < end and bare(lines[found].text) not in CLOSINGS


def _is_yours(lines: Sequence[Line], end: int) -> bool:
    """ "Ihr Max Muster" as the last line, a blank one above."""
    text = lines[end - 1].text
    if len(text) > 40 or end < 2 or not lines[end - 2].blank:
        return False
    first, _, name = text.partition(" ")
    return first in _YOURS and is_name(name)


def _dash_name(lines: Sequence[Line], floor: int, end: int) -> int:
    """ "- Ann" as the last line, unless it ends a list."""
    if end > floor and _is_yours(lines, end):
        return end - 1
    if end <= floor or not _NAME.match(lines[end - 1].text[:40]) or len(lines[end - 1].text) > 40:
        return end
    above = _end(lines, end - 1)
    if above and lines[above - 1].text.startswith(("-", "*", "•", "/")):
        return end
    if lines[end - 1].text[0] == "/" and not lines[end - 1].text.lstrip("/ ")[0].isupper():
        return end  # a path
    return end - 1
