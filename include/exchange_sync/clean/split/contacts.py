"""Finds a signature that has no formula and no rule above it: a name with contact details, in one paragraph or several.

Evidence: all lines to the end are short, contacts or a firm's duties; the first is a person's name; telephone, mail or
web stand below it. What somebody announces ("the contact you asked for:") is the message, and so is a list of people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange_sync.clean.split.blocks import goes_on, is_contact, is_direct, is_evident, is_legal, is_ornament, is_short
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import words

_ANNOUNCERS = words("announcers")
_FIRMS = words("companies")
_FIRM = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in _FIRMS)})(?!\w)")
_DENSE_FIRMS = tuple(word for word in _FIRMS if not word.isascii() and word[0] >= "\u2e80")
_PARAGRAPHS = 7
_LINES = 15  # of a paragraph
_UNNAMED_LINES = 7  # lines of contact details without a name above them
_NARROW = 45  # characters of each
_MOST_LINKS = 4
_HEAD_LINES = 3  # of a paragraph with name and title above the firm's
_HEADING_WORDS = 4
_PERSON = re.compile(r"^(?:[^\W\d_][\w'’\-]*\.?,?)(?:\s[^\W\d_][\w'’.\-]*,?){0,4}$")
_FIELD = re.compile(r"\s[|·•–—]\s|,")
_PARTICLES = frozenset(words("particles"))
_NAME_WORDS = 5
_DENSE_NAME = 12  # signs of a name in a script that parts no words
_ENDS_SENTENCE = (".", "!", "?", "。", "！", "？", "…", ":", "：")


def contact_block(lines: Sequence[Line], floor: int, end: int) -> int:
    """The first line of a block of contact details that ends before `end`, or `end`."""
    start = _named(lines, floor, end)
    if start == end:
        start = _last_paragraph(lines, floor, end)
    elif _is_person_with_contacts(lines, floor, _without_blanks(lines, start)):
        return end  # one of a list of people
    above = _without_blanks(lines, start)
    if start == end or (above and (lines[above - 1].text.endswith((":", "：")) or _announces(lines[above - 1].text))):
        return end
    return start


def _named(lines: Sequence[Line], floor: int, end: int) -> int:
    """The paragraph with the person's name that the block begins with, else the one with the firm's."""
    firm, below = end, end
    for _ in range(_PARAGRAPHS):
        start = _paragraph(lines, floor, below)
        block = [line.text for line in lines[start:below]]
        if not block or len(block) > _LINES or not all(map(_may_stand, reversed(block))):
            break
        if not (start == 0 or lines[start - 1].blank):
            break
        if _is_name(block[0]) and _has_contacts(lines, start, end):
            if below < end and not _is_letterhead(lines, start, end):
                break
            if not _is_firm(block[0]) and (any(map(is_contact, block)) or len(block) <= _HEAD_LINES):
                return start
            firm = start
        below = _without_blanks(lines, start)
        if below <= floor:
            break
    return firm


def _is_person_with_contacts(lines: Sequence[Line], floor: int, end: int) -> bool:
    """True if the paragraph that ends here is a name with contacts as well."""
    block = [line.text for line in lines[_paragraph(lines, max(floor - 1, 0), end) : end]]
    return len(block) > 1 and _is_name(block[0]) and all(map(_may_stand, block)) and any(map(is_contact, block))


def _is_letterhead(lines: Sequence[Line], start: int, end: int) -> bool:
    """True if several paragraphs hold a telephone number or a mail address, and a firm: newsletters have links only."""
    texts = [line.text for line in lines[start:end] if not line.blank]
    if sum(text.count("<http") for text in texts) > _MOST_LINKS or texts[0].isupper():
        return False
    direct = any(is_direct(text) for text in texts)
    return direct and any(_is_firm(text) or is_legal(text[: 2 * MARK_LENGTH].lower()) for text in texts)


def _has_contacts(lines: Sequence[Line], start: int, end: int) -> bool:
    texts = [line.text for line in lines[start:end] if not line.blank]
    return any(map(is_contact, texts)) and (len(texts) > 1)


def _last_paragraph(lines: Sequence[Line], floor: int, end: int) -> int:
    """The last paragraph, if it is contact details of an office, or of somebody whose name is written otherwise."""
    start = _paragraph(lines, floor, end)
    block = [line.text for line in lines[start:end]]
    if not 2 <= len(block) <= _LINES or (start > 0 and not lines[start - 1].blank):
        return end
    if not all(is_short(text) or is_contact(text) for text in block):
        return end
    contacts = sum(is_contact(text) for text in block)
    if _PERSON.match(block[0]) is not None and block[0][0].isupper():
        return start if contacts else end
    above = _without_blanks(lines, start)
    if above and _is_heading(lines[above - 1].text):
        return end
    return start if contacts >= 2 and 4 <= len(block) <= _UNNAMED_LINES and max(map(len, block)) <= _NARROW else end


def _is_heading(text: str) -> bool:
    """True for words that announce what stands below them: several, and no sentence."""
    return len(text.split()) >= _HEADING_WORDS and not text.endswith(_ENDS_SENTENCE)


def _may_stand(text: str) -> bool:
    """True for a line that may stand in a signature: contacts, duties, or a few words that are no sentence."""
    if goes_on(text):
        return False
    if is_short(text) and not (text.endswith(_ENDS_SENTENCE) and len(text.split()) > 2 and not _is_firm(text)):
        return True
    return is_contact(text) or is_ornament(text) or is_evident(text)


def _is_name(text: str) -> bool:
    """True for two to five words in capitals, particles between; or a few signs of a script that has none."""
    if any(sign.isdigit() for sign in text) and not is_contact(text):
        return False
    first = _FIELD.split(text[:MARK_LENGTH], maxsplit=1)[0].strip()
    parts = first.split()
    if first and first[0] >= "\u2e80":
        return len(first) <= _DENSE_NAME and first.replace(" ", "").replace("\u3000", "").isalpha()
    if not 2 <= len(parts) <= _NAME_WORDS or _PERSON.match(first) is None:
        return False
    return all(part in _PARTICLES or (part[0].isalpha() and not part[0].islower()) for part in parts)


def _is_firm(text: str) -> bool:
    lowered = text[:MARK_LENGTH].lower()
    return _FIRM.search(lowered) is not None or any(word in lowered for word in _DENSE_FIRMS)


def _announces(text: str) -> bool:
    """True if a line says that somebody's contacts follow: "the contact you asked for is below"."""
    lowered = text[-MARK_LENGTH:].lower()
    return any(word in lowered for word in _ANNOUNCERS)


def _without_blanks(lines: Sequence[Line], end: int) -> int:
    while end > 0 and lines[end - 1].blank:
        end -= 1
    return end


def _paragraph(lines: Sequence[Line], floor: int, end: int) -> int:
    start = end
    floor = max(floor, end - _LINES - 1)
    while start > floor and not lines[start - 1].blank:
        start -= 1
    return start
