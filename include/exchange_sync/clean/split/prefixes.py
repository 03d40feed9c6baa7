"""Knows quotes that are marked with something else than ">": "AL> text", "| text", "# text"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from exchange_sync.clean.split.line import MARK_LENGTH, Line
from exchange_sync.clean.split.marks import Mark, skip_blanks

_PREFIX = re.compile(r"^(?:[^\W\d_]\w{0,14}>{1,3}|[|#:%}]{1,3})(?=\s|$)")
_ENOUGH = 2  # lines with the same prefix that make it a quote mark


def mark_other_quotes(lines: Sequence[Line], marks: Mapping[int, Mark]) -> None:
    """Sets the depth of lines that begin as the first line below an attribution does, if several do.

    Only an attribution makes such a prefix a quote mark: elsewhere "sql> select" or "# title" is the author's.
    """
    known: set[str] = set()
    for mark in marks.values():
        first = skip_blanks(lines, mark.end) if mark.attribution else len(lines)
        if first >= len(lines) or lines[first].depth:
            continue
        found = _PREFIX.match(lines[first].text)
        if found is None or found[0] in known:
            continue
        known.add(found[0])
        same = [line for line in lines[first:] if line.text.startswith(found[0]) and len(line.text) <= 4 * MARK_LENGTH]
        if len(same) >= _ENOUGH:
            for line in same:
                line.depth = max(line.depth, 1)
