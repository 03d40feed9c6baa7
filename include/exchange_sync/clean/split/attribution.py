"""Finds attribution lines: "On <date>, <name> <address> wrote:", in many languages and wrapped over several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange_sync.clean.split.evidence import has_address, has_clock, has_date, has_day
from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.vocabulary import words

_WINDOW = 5  # lines that one attribution may span, blank ones included
_TAIL_WORDS = 2  # of an attribution's last line, so few that a name must stand above: "10:15 wrote:"
_EVIDENCE = re.compile(r"[\d@<]")
_FRAME = re.compile(r"^[\-–—_*~=]{2,}[\s]*")
_FRAME_END = re.compile(r"(?<![\-–—_*~=])[\-–—_*~=]{2,}$")
_DATE_FIRST = re.compile(r"^(?:[^\s\d:：]{1,14}\s{1,2}){0,2}\d")
_DAY_ENDS = re.compile(r"(?<!\d)\d{1,2}(?:\.|st|nd|rd|th|º|er)?$")  # a line that wrapping ended behind a day's number
_DIGIT = re.compile(r"\d")
_SHORT = 120  # characters of an attribution of name, moment and verb
_NAME_WORDS = 7  # before its first figure
_UNCASED = 0x0590  # from here on scripts have no capitals, but for a few
_PARTICLES = frozenset(words("particles"))
_ENDS_OF_DAY = "0123456789.thdrº"  # what _DAY_ENDS ends with
_ORNAMENT = "*_ \t\"'“”„«»"

# Scripts without spaces between words give no word boundary, so theirs are matched anywhere.
_VERBS = words("attributions", 1) + words("attributions", 2)
_SPACED = [re.escape(verb) for verb in _VERBS if ord(verb[0]) < 0x0E00]
_DENSE = [re.escape(verb) for verb in _VERBS if ord(verb[0]) >= 0x0E00]
_VERB = re.compile(rf"(?<!\w)(?:{'|'.join(_SPACED)})(?!\w)|(?:{'|'.join(_DENSE)})")
_VERB_FIRST = re.compile(rf"(?<!\w)(?:{'|'.join(words('attributions', 3))})(?:\s[^\s]{{1,40}}){{1,6}}[:：]$")
_SURE_OPENERS = words("attributions", 4)
_SURE_LENGTH = max(map(len, _SURE_OPENERS))
_NAMING = words("attributions", 5)
_USED_IN_PROSE = tuple(words("attributions", 2))
_VERB_AT_END = re.compile(rf"(?:(?<!\w)(?:{'|'.join(_SPACED)})|(?:{'|'.join(_DENSE)}))\s?[:：;]?$")
_OPENER = re.compile(rf"(?:{'|'.join(re.escape(opener) for opener in words('attributions'))})(?![^\W\d])")
# "yes, will do. On Mon, Mar 3, 2025 at 9:00, Ann Lee wrote:" on one line
_MID_LINE = re.compile(
    r"(?:(?<!-)-{2,}\s?)?(?<!\w)On "
    r"(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|\d))"
)


def attribution_at(lines: Sequence[Line], end: int, *, answers: bool | None = None) -> int | None:
    """The first line of the attribution that ends on line `end`, or None. answers: as in MailFacts."""
    last = lines[end]
    if not last.text or len(last.text) > MARK_LENGTH or not _may_end(lines, end):
        return None
    quoted_next = _quote_follows(lines, end)
    best: int | None = None
    opened = False
    text, blanks = "", 0
    for start in range(end, max(-1, end - _WINDOW), -1):
        piece = lines[start].text
        blanks += not piece
        below, text = text, f"{piece} {text}" if text else piece
        if (
            (not piece and not below.startswith("<"))
            or blanks > 1
            or len(text) > MARK_LENGTH
            or (start < end and _ends_before(lines[start], last))
        ):
            break
        if not piece or (start < end and not _may_begin(piece, below, opened=opened)):
            continue
        if _reads_as_attribution(text, quoted_next, answers=answers is True):
            best, opened = start, opened or _opens(piece)
    return best


def _may_begin(piece: str, below: str, *, opened: bool) -> bool:
    """True if a line above the last may be the first of the attribution.

    below: what follows it; opened: that reads as one already, from its first word on. The nearest line that begins as
    one wins, so that the author's line above is left alone; only a wrapped date goes above that ("On Jun 2, 2025,").
    """
    if opened and len(below.split()) > _TAIL_WORDS:
        return _opens(piece) and (has_date(piece) or piece.endswith(",") or _DAY_ENDS.search(piece[-8:]) is not None)
    if _opens(piece) or (has_address(piece) and not has_address(below)):
        return True
    if piece[:_SURE_LENGTH].lower().startswith(_SURE_OPENERS):
        return True
    if piece[-1] not in _ENDS_OF_DAY or _DAY_ENDS.search(piece[-8:]) is None or _verb_ends(below):
        return False
    return _names_first(piece, piece.strip(_ORNAMENT).lower())


def _ends_before(line: Line, last: Line) -> bool:
    """True if what is above cannot belong to the attribution: a quote, or a sentence that ends."""
    if line.depth > last.depth:
        return True
    return line.text.endswith((".", "!", "?")) and not has_date(line.text) and not _DAY_ENDS.search(line.text[-8:])


def split_mid_line(lines: Sequence[Line], index: int) -> tuple[str, str] | None:
    """(author's text, attribution) if an attribution starts inside the line and a quote follows it, else None."""
    raw = lines[index].raw
    if len(raw) > MARK_LENGTH or " On " not in raw and "-On " not in raw:
        return None
    for match in _MID_LINE.finditer(raw):
        tail = raw[match.start() :]
        if match.start() and _quote_follows(lines, index) and _reads_as_attribution(tail.strip(), quoted_next=True):
            return raw[: match.start()].rstrip(), tail
    return None


def _may_end(lines: Sequence[Line], end: int) -> bool:
    """A cheap look: does the line end like an attribution, and is there a number or an address in or above it?"""
    text = lines[end].text
    if text[-1] in ":：;-–—":
        near = lines[max(0, end - _WINDOW + 1) : end + 1]
        return any(_EVIDENCE.search(line.text[:MARK_LENGTH]) for line in near) or _verb_ends(text)
    return _verb_ends(text) or (text[-1] in ">)" and _quote_follows(lines, end))


def _verb_ends(text: str) -> bool:
    tail = text[-60:].lower()
    if not _FRAME_END.sub("", tail).rstrip().rstrip(":：;").rstrip().endswith(_VERBS):  # a cheap look
        return False
    return _VERB_AT_END.search(_FRAME_END.sub("", tail).rstrip()) is not None


def _quote_follows(lines: Sequence[Line], index: int) -> bool:
    """True if the next line that is not blank is quoted deeper than this one."""
    for line in lines[index + 1 : index + 5]:
        if line.depth > lines[index].depth:
            return True
        if not line.blank:
            return False
    return False


def _is_plain_verb(core: str, *, date: bool, address: bool) -> bool:
    """True if there is evidence enough for the verb: two pieces for one that prose uses ("said"), one for others."""
    if core.rstrip(" :：;").endswith(_USED_IN_PROSE):
        return date and address
    return date or address


def _opens(text: str) -> bool:
    """True if an attribution may begin like this: with "On", "Le", a weekday and a number, a date."""
    core = _FRAME.sub("", text).strip(_ORNAMENT).lower()
    return _DATE_FIRST.match(core) is not None or _OPENER.match(core) is not None


def _names_first(text: str, core: str) -> bool:
    """ "Max Muster schrieb am 20. Juni 2025 um 10:12:": a name in capitals, and the verb right behind it."""
    verb = _VERB.search(core)
    if verb is None or verb[0] in _USED_IN_PROSE:
        return False
    name = text.strip(_ORNAMENT)[: verb.start()].split()
    return 1 <= len(name) <= 6 and _is_name(name)


def _is_name(words_: Sequence[str]) -> bool:
    """Words of a name: in capitals or of a script without them, particles ("von der") between."""
    capitals = [word for word in words_ if not word[0].islower() and not word[0].isdigit()]
    return bool(capitals) and words_[0] == capitals[0] and all(w in capitals or w in _PARTICLES for w in words_)


def _moment_then_verb(text: str, core: str) -> bool:
    """ "Max Muster hat am 20.06.2025 um 10:12 geschrieben:": a name, a day and a time of day, the verb at the end."""
    if len(core) > _SHORT or not (has_clock(core) and has_day(core)) or core.rstrip(" :：;").endswith(_USED_IN_PROSE):
        return False
    before = _DIGIT.split(text.strip(_ORNAMENT), maxsplit=1)[0].split()
    if before and ord(before[0][0]) >= _UNCASED:
        return len(before) <= _NAME_WORDS
    return 2 <= len(before) <= _NAME_WORDS and _is_name(before[:2])


def _reads_as_attribution(text: str, quoted_next: bool, *, answers: bool = False) -> bool:
    """The rules, strongest first. text: the joined lines. answers: the mail says that it answers another."""
    framed = _FRAME.search(text) is not None
    core = _FRAME_END.sub("", _FRAME.sub("", text)).strip(_ORNAMENT).lower()
    if not core:
        return False
    date, address = has_date(core), has_address(core)
    colon = core[-1] in ":：;"
    if not (date or address or quoted_next or framed or (answers and colon)):
        return False
    verb_ends = _VERB_AT_END.search(core[-60:]) is not None
    if colon and core.startswith(_NAMING) and (address or (answers and verb_ends and len(core) <= _SHORT)):
        return True
    opens = _opens(text)
    if framed and _FRAME_END.search(text) and verb_ends:
        return True
    if colon and verb_ends and (date or address) and _is_plain_verb(core, date=date and opens, address=address):
        return True
    if colon and date and address and _VERB.search(core) is not None:
        return True
    if colon and opens and date and (address or _VERB_FIRST.search(core[-120:]) is not None):
        return True
    if verb_ends and opens and date and address:
        return True
    if (
        colon
        and date
        and (core.startswith(_SURE_OPENERS) or (has_clock(core) and has_day(core) and _names_first(text, core)))
    ):
        return True
    if colon and verb_ends and _moment_then_verb(text, core):
        return True
    if quoted_next and len(core) <= 160:
        if colon and (verb_ends or address):
            return True
        if colon and date and _VERB.search(core) is not None:  # the name first: "Max Muster schrieb am Do. 20. Juni:"
            return True
        return opens and date and address and core.endswith((">", ")"))
    return False
