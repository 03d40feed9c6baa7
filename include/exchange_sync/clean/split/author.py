"""A signature known by whose it is: the author's name as From has it, or a block that the thread's quotes hold too.

Evidence: a line that is the author's name and no more, as the last line or above a block of contacts; or lines at the
end that stand in the quoted history as well, contact details among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exchange_sync.clean.split.blocks import is_block, is_evident, is_short
from exchange_sync.clean.split.closings import CLOSINGS, bare, is_closing
from exchange_sync.clean.split.facts import UNKNOWN, MailFacts
from exchange_sync.clean.split.line import MARK_LENGTH, Line

_BLOCK_LINES = 60
_PLAIN_LINES = 4  # a name and what nothing proves to be contact details
_HISTORY = 5_000  # lines of history that are looked at
_REPEATED = 2  # lines
_HEAD = 80  # characters of a line that may hold the name
_WORDS = re.compile(r"[^\w'’]")


@dataclass(frozen=True)
class Evidence:
    """facts: of the mail's headers. history: the lines that the thread's quotes hold."""

    facts: MailFacts = UNKNOWN
    history: frozenset[str] = frozenset()


NO_EVIDENCE = Evidence()


def lines_of(history: Iterable[Line]) -> frozenset[str]:
    """The lines of quoted history, for comparison."""
    found = (line.text for line, _ in zip(history, range(_HISTORY), strict=False))
    return frozenset(text for text in found if text and len(text) <= MARK_LENGTH)


def authored(lines: Sequence[Line], floor: int, end: int, evidence: Evidence) -> int:
    """The line with the author's name that a signature begins with, or `end`."""
    facts = evidence.facts
    if not facts.author:
        return end
    for index in range(end - 1, max(floor, end - _BLOCK_LINES) - 1, -1):
        text = lines[index].text
        if (
            not text
            or facts.author.isdisjoint(_WORDS.split(text[:_HEAD].lower()))
            or not _is_named(text, facts, last=index == end - 1)
        ):
            continue
        above = next((line for line in reversed(lines[max(0, index - 3) : index]) if not line.blank), None)
        if above is not None and above.text.endswith((":", "：")) and not is_closing(above.text):
            return end
        stands_alone = index == 0 or lines[index - 1].blank or is_closing(lines[index - 1].text)
        block = [line.text for line in lines[index:end] if not line.blank]
        if stands_alone and _is_signature(block, answers=facts.answers is not False or bool(evidence.history)):
            return index if is_block(lines[index:end]) else end
    return end


def _is_named(text: str, facts: MailFacts, *, last: bool) -> bool:
    """ "Ann Lee", "Ann Lee | Sales"; on the last line "Thx Ann" and "Ihr Max" too."""
    if facts.names_author(text):
        return True
    first, _, name = text.partition(" ")
    return last and bare(first) in CLOSINGS and name[:1].isupper() and facts.names_author(name)


def _is_signature(block: Sequence[str], *, answers: bool) -> bool:
    """True with contact details; in an answer a name and a few lines do. A text of its own may end with a name."""
    if any(is_evident(text) for text in block):
        return True
    return len(block) <= _PLAIN_LINES and (answers or bare(block[0].partition(" ")[0]) in CLOSINGS)


def repeated(lines: Sequence[Line], floor: int, end: int, evidence: Evidence) -> int:
    """The first of the lines before `end` that stand in the history too, or `end` if they are no signature."""
    start, index = end, end - 1
    while evidence.history and index >= max(floor, end - _BLOCK_LINES):
        text = lines[index].text if len(lines[index].text) <= MARK_LENGTH else ""
        if text and text not in evidence.history:
            break
        if text or lines[index].blank:
            start = index if text else start
            index -= 1
            continue
        break
    block = [line.text for line in lines[start:end] if not line.blank]
    if len(block) < _REPEATED or not any(is_evident(text) for text in block):
        return end
    stands_alone = start == 0 or lines[start - 1].blank or is_closing(lines[start].text)
    return start if stands_alone and is_short(block[0]) else end
