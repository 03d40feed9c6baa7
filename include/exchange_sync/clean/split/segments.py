"""Cuts the lines into what the author wrote and what is history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from exchange_sync.clean.split.footers import is_device_line
from exchange_sync.clean.split.line import Line
from exchange_sync.clean.split.marks import Mark, skip_blanks
from exchange_sync.clean.split.signature import signature_start

_LONG = 45  # a quoted line this long may have been wrapped on the way
_MAX_REST = 10  # lines that wrapping leaves of one
_ENDS_SENTENCE = re.compile(r"[.?!:…。？！]\W?$")
_ELISION = re.compile(r"^[\[(<{]?(?:\.{2,5}|…|snip|cut|deleted)[\])>}]?$", re.IGNORECASE)
_STARTS_LOW = re.compile(r"^[a-zß-öø-ÿа-яё\d\W]")


@dataclass
class Segment:
    """Lines [start, end). quoted: history, else the author's. mark: the head it begins with, if any.

    rest: history without quote marks, which goes on to the end of the message. doubtful: a single line that begins with
    ">": a quote in a reply between quotes, elsewhere a greater-than sign.
    """

    start: int
    end: int
    quoted: bool
    mark: Mark | None = None
    rest: bool = False
    doubtful: bool = False


def cut(lines: Sequence[Line], marks: dict[int, Mark]) -> list[Segment]:
    """The segments, in order, covering every line once; no two neighbours are both the author's."""
    segments: list[Segment] = []
    position = own = 0  # the author's own lines since the last history begin at `own`
    while position < len(lines):
        segment = _history_at(lines, marks, position)
        if segment is None or not segment.quoted:
            position = segment.end if segment else position + 1
            continue
        if own < position:
            segments.append(Segment(own, position, quoted=False))
        segments.append(segment)
        position = own = segment.end
    if own < position:
        segments.append(Segment(own, position, quoted=False))
    return segments


def settle(segments: Sequence[Segment]) -> list[Segment]:
    """The segments of a message that is no reply between quotes: what is doubtful is the author's."""
    if not any(segment.doubtful for segment in segments):
        return list(segments)
    return _joined([replace(segment, quoted=segment.quoted and not segment.doubtful) for segment in segments])


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """The segments, neighbours of the author's made one."""
    out: list[Segment] = []
    for segment in segments:
        if out and not segment.quoted and not out[-1].quoted:
            out[-1] = Segment(out[-1].start, segment.end, quoted=False)
        else:
            out.append(segment)
    return out


def _history_at(lines: Sequence[Line], marks: dict[int, Mark], position: int) -> Segment | None:
    """The segment of history that starts at `position`; the author's own indentation, unquoted; None for a line."""
    mark = marks.get(position)
    if mark is not None:
        return _marked(lines, position, mark)
    if lines[position].ends:
        return Segment(position, len(lines), quoted=True, rest=True)
    if _is_history(lines[position]):
        end = _run_end(lines, position)
        quoted = _is_quote(lines, marks, position, end)
        return Segment(position, end, quoted, doubtful=quoted and _is_doubtful(lines[position:end]))
    return None


def _marked(lines: Sequence[Line], position: int, mark: Mark) -> Segment:
    """History with a head: its quoted lines if the lines below the head are, else all that is left."""
    body = skip_blanks(lines, mark.end)
    if body < len(lines) and _ELISION.match(lines[body].text[:20]):
        body = skip_blanks(lines, body + 1)
    if body < len(lines) and _is_history(lines[body]):
        return Segment(position, _run_end(lines, body), True, mark)
    if body < len(lines) and lines[position].contained:
        end = _run_end(lines, position)
        if mark.attribution or any(not line.blank for line in lines[mark.end : end]):
            return Segment(position, max(mark.end, end), True, mark)
    return Segment(position, len(lines), True, mark, rest=True)


def split_after_device(lines: Sequence[Line], segments: Sequence[Segment]) -> list[Segment]:
    """The segments, with prose behind "Sent from my iPhone" made history: mail apps write that line last.

    What follows it without any mark is the mail that was answered, by an app that does not mark quotes.
    """
    out: list[Segment] = []
    for segment in segments:
        device = None if segment.quoted else _device_with_prose(lines, segment)
        if device is None:
            out.append(segment)
        else:
            out.append(Segment(segment.start, device, quoted=False))
            out.append(Segment(device, segment.end, quoted=True))
    return out


def _device_with_prose(lines: Sequence[Line], segment: Segment) -> int | None:
    """The line after an app's line that stands alone and has text above and prose below."""
    above = False
    for index in range(segment.start, segment.end):
        line = lines[index]
        alone = (
            index + 1 < segment.end and lines[index + 1].blank and (index == segment.start or lines[index - 1].blank)
        )
        if above and alone and is_device_line(line.text):
            below = lines[index + 1 : segment.end]
            start = signature_start(below, whole=True)
            return index + 1 if any(not other.blank for other in below[:start]) else None
        above = above or not line.blank
    return None


def _is_history(line: Line) -> bool:
    return line.depth > 0 or (line.contained and not line.blank)


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
    """True if an unquoted line between quoted ones is what wrapping left of the line before.

    It stands between them without a blank line; what stands above is long and goes on: it does not end a sentence, or
    this line does not begin one. An answer between quotes rarely does all of that.
    """
    below = next((line for line in lines[index + 1 : index + _MAX_REST + 1] if line.blank or line.depth), None)
    if index == 0 or below is None or below.depth == 0:
        return False
    before, text = lines[index - 1], lines[index].text
    if text.startswith(("(http", "<http", "http")) or _is_open(before.text):
        return True
    if before.blank:
        return False
    if before.depth == 0:
        return not _ENDS_SENTENCE.search(before.text)
    goes_on = not _ENDS_SENTENCE.search(before.text) or _STARTS_LOW.match(text) is not None
    return len(before.text) >= _LONG and goes_on


def _is_open(text: str) -> bool:
    """True if a bracket that holds a link was opened and not closed."""
    opened = max(text.rfind("(http"), text.rfind("<http"))
    return opened >= 0 and not any(sign in text[opened:] for sign in ")>")


def _is_quote(lines: Sequence[Line], marks: dict[int, Mark], start: int, end: int) -> bool:
    """True for a run that quotes; False for the author's own indentation.

    A blockquote of no mail program quotes only if a head of history stands in it.
    """
    soft = all(line.soft for line in lines[start:end] if not line.blank)
    return not soft or any(index in marks for index in range(start, end))


def _is_doubtful(run: Sequence[Line]) -> bool:
    """True for one single line that begins with one ">"."""
    text = [line for line in run if not line.blank]
    return len(text) <= 1 and not any(line.contained or line.soft or line.depth > 1 for line in text)
