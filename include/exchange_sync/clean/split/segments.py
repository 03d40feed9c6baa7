"""Cuts the lines into what the author wrote and what is history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from exchange_sync.clean.split.line import Line
from exchange_sync.clean.split.marks import Mark

_LONG = 60  # a quoted line this long was probably wrapped on the way
_STARTS_LOW = re.compile(r"^[a-zß-öø-ÿа-яё\d\W]")


@dataclass
class Segment:
    """Lines [start, end). quoted: history, else the author's. mark: the head it begins with, if any.

    rest: history without quote marks, which goes on to the end of the message.
    """

    start: int
    end: int
    quoted: bool
    mark: Mark | None = None
    rest: bool = False


def cut(lines: Sequence[Line], marks: dict[int, Mark]) -> list[Segment]:
    """The segments, in order, covering every line once."""
    segments: list[Segment] = []
    position = 0
    while position < len(lines):
        mark = marks.get(position)
        if lines[position].ends and not (mark and mark.attribution):
            segments.append(Segment(position, len(lines), True, mark, rest=True))
            break
        if mark is not None:
            body = _skip_blanks(lines, mark.end)
            if body < len(lines) and (_is_history(lines[body])) :
                end = _run_end(lines, body)
                segments.append(Segment(position, end, True, mark))
            elif body >= len(lines) or not _contained(lines, position):
                segments.append(Segment(position, len(lines), True, mark, rest=True))
                break
            else:
                end = _run_end(lines, position)
                segments.append(Segment(position, end, True, mark))
            position = end
        elif _is_history(lines[position]):
            end = _run_end(lines, position)
            segments.append(Segment(position, end, quoted=_is_quote(lines, position, end)))
            position = end
        else:
            position += 1
            if segments and not segments[-1].quoted and segments[-1].end == position - 1:
                segments[-1].end = position
            else:
                segments.append(Segment(position - 1, position, quoted=False))
    return segments


def _is_history(line: Line) -> bool:
    return line.depth > 0 or (line.contained and not line.blank)


def _contained(lines: Sequence[Line], index: int) -> bool:
    return lines[index].contained


def _skip_blanks(lines: Sequence[Line], index: int) -> int:
    while index < len(lines) and lines[index].blank:
        index += 1
    return index


def _run_end(lines: Sequence[Line], start: int) -> int:
    """The line after a run of history: quoted lines, blank ones between, and what wrapping left of them."""
    end = index = start
    while index < len(lines):
        line = lines[index]
        if _is_history(line):
            end = index + 1
        elif not line.blank and not _is_wrapped_rest(lines, index):
            break
        index += 1
    return end


def _is_wrapped_rest(lines: Sequence[Line], index: int) -> bool:
    """True if an unquoted line between quoted ones is the wrapped end of the line before it."""
    if index == 0 or index + 1 >= len(lines) or lines[index + 1].depth == 0:
        return False
    before, text = lines[index - 1], lines[index].text
    if before.depth == 0:
        return False
    if text.startswith(("(http", "<http", "http")) or _is_open(before.text):
        return True
    return len(before.text) >= _LONG and _STARTS_LOW.match(text) is not None and len(text) < len(before.text)


def _is_open(text: str) -> bool:
    """True if a bracket that holds a link was opened and not closed."""
    opened = max(text.rfind("(http"), text.rfind("<http"))
    return opened >= 0 and not any(sign in text[opened:] for sign in ")>")


def _is_quote(lines: Sequence[Line], start: int, end: int) -> bool:
    """True unless it is one single line that begins with ">": that may as well be a greater-than sign."""
    run = [line for line in lines[start:end] if not line.blank]
    return any(line.contained or line.depth > 1 for line in run) or len(run) >= 2
