"""Finds where quoted history begins: delimiters, header blocks and attributions, in one pass over the lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from exchange_sync.clean.split.attribution import attribution_at
from exchange_sync.clean.split.attribution import split_mid_line as split_attribution
from exchange_sync.clean.split.delimiters import delimiter_at, is_rule
from exchange_sync.clean.split.delimiters import split_mid_line as split_delimiter
from exchange_sync.clean.split.evidence import has_date
from exchange_sync.clean.split.headers import Block, block_at, label_of
from exchange_sync.clean.split.line import Line

_NOTES_HEAD = 4  # lines that a Lotus Notes head may take before "To:"
_NOTES_NAME = re.compile(r"[@/]|^[\"<]|^[^\W\d_][\w.'\-]*(?:,? [^\W\d_][\w.'\-]*){1,3}$")


@dataclass(frozen=True)
class Mark:
    """The head of quoted history: lines [start, end). forward: it says that a message is forwarded."""

    start: int
    end: int
    forward: bool
    attribution: bool = False


def break_up(lines: list[Line]) -> list[Line]:
    """The lines, with those cut in two in which history begins behind the author's text."""
    out: list[Line] = []
    for index, line in enumerate(lines):
        halves = None if line.depth else split_delimiter(line) or split_attribution(lines, index)
        if halves is None:
            out.append(line)
            continue
        for half in halves:
            out.append(replace(line, raw=half, text=half.strip()))
    return out


def find_marks(lines: Sequence[Line], answers: bool | None = None) -> dict[int, Mark]:
    """start line -> mark, for every unquoted place where history may begin, up to the first that ends the message.

    answers: as in MailFacts.
    """
    marks: dict[int, Mark] = {}
    end = _find_blocks(lines, marks, answers)
    for index in range(end):
        if _is_open(lines[index]):
            start = attribution_at(lines, index, answers=answers)
            if start is not None:
                marks.setdefault(start, Mark(start, index + 1, forward=False, attribution=True))
    return marks


def _find_blocks(lines: Sequence[Line], marks: dict[int, Mark], answers: bool | None) -> int:
    """Adds delimiters and header blocks to `marks`; the line up to which attributions are still to be looked for."""
    index = 0
    while index < len(lines):
        if not _is_open(lines[index]):
            index += 1
            continue
        delimiter = delimiter_at(lines, index)
        block = _block_below(lines, delimiter.end) if delimiter else block_at(lines, index, trusted=False)
        if delimiter is not None:
            end = block.end if block and block.convincing else delimiter.end
            mark = Mark(_with_rules(lines, index), end, delimiter.forward)
        elif block is None or not block.convincing:
            index = block.end if block else index + 1
            continue
        else:
            head = _notes_head(lines, index)
            start = _with_rules(lines, head)
            introduced = start < index or lines[index].contained or lines[index].ends
            if not introduced and not block.heads_history(lines, index, answers=answers):
                index = block.end
                continue
            mark = Mark(start, block.end, forward=False)
        marks[mark.start] = mark
        index = mark.end
        after = skip_blanks(lines, index)
        if after < len(lines) and not lines[after].depth and not lines[mark.start].contained:
            return mark.start
    return len(lines)


def _block_below(lines: Sequence[Line], index: int) -> Block | None:
    """The header block below a delimiter, blank lines between."""
    index = skip_blanks(lines, index)
    return block_at(lines, index, trusted=True) if index < len(lines) else None


def has_head(lines: Sequence[Line], start: int) -> bool:
    """True if the quote that starts here begins with a head of its own, inside its quote marks."""
    first = skip_blanks(lines, start)
    if first >= len(lines):
        return False
    block = block_at(lines, first, trusted=False)
    if delimiter_at(lines, first) is not None or (block is not None and block.convincing):
        return True
    return any(attribution_at(lines, end) == first for end in range(first, min(len(lines), first + 3)))


def _is_open(line: Line) -> bool:
    """True if a head of history may stand on this line: it has text and is not in a quote already."""
    return not line.blank and (not line.depth or line.soft)


def skip_blanks(lines: Sequence[Line], index: int) -> int:
    """The first line from `index` on that is not blank."""
    while index < len(lines) and lines[index].blank:
        index += 1
    return index


def _with_rules(lines: Sequence[Line], start: int) -> int:
    """The start, moved up over blank lines and rules ("______") that belong to the head."""
    first = start
    for index in range(start - 1, max(-1, start - 6), -1):
        if is_rule(lines[index]) or _is_framed(lines[index]):
            first = index
        elif not lines[index].blank:
            break
    return first


def _is_framed(line: Line) -> bool:
    """True for any "----- words -----" or "--- words" right before headers, in whatever language."""
    text = line.text
    return len(text) <= 80 and text.startswith("---") and (text.endswith("---") or len(text.split()) <= 6)


def _notes_head(lines: Sequence[Line], index: int) -> int:
    """The start of a Lotus Notes head: name and date stand without labels above "To:".

    Ann Lee@OFFICE
    03/02/2000 05:16 PM
    To: ...
    """
    label = label_of(lines[index].text)
    if label is None or label[0] != "to":
        return index
    seen_date = False
    for above in range(index - 1, max(-1, index - 1 - _NOTES_HEAD), -1):
        text = lines[above].text
        if not text and not seen_date:
            continue
        if len(text) > 120 or not text:
            break
        dated = has_date(text)
        if dated:
            seen_date = True
            index = above
        elif seen_date and _NOTES_NAME.search(text):
            return above
        else:
            break
    return index
