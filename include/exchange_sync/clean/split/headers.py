"""Finds blocks of quoted headers (From/Sent/To/Subject) in any language of the table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from exchange_sync.clean.split.evidence import has_address, has_date
from exchange_sync.clean.split.header_labels import LABELS, LONGEST_LABEL
from exchange_sync.clean.split.line import MARK_LENGTH, Line

_MAX_BLOCK = 60  # lines; long recipient lists wrap
_MAX_CONTINUATION = 40
_MAX_GAP = 2  # blank lines between two headers; some programs write one after each

# Bold and italic marks that a converter left around a label: "*From:*", "**From**:", "_From:_".
_MARKS = "*_ \t"
_COLON = re.compile(r"[:：]")
_CONTINUES = re.compile(r"^(?:<|\[|\(|mailto:|;|,)|[;,>\])]$|@")


def label_of(text: str) -> tuple[str, str] | None:
    """(label in lower case, value) if the line starts with a known header label and a colon, else None."""
    head = text[: LONGEST_LABEL + 6]
    colon = _COLON.search(head)
    if colon is None:
        return None
    label = head[: colon.start()].strip(_MARKS).lower()
    if label not in LABELS:
        return None
    return label, text[colon.end() :].strip(_MARKS)


def block_end(lines: Sequence[Line], start: int, trusted: bool) -> int | None:
    """The line after the header block that starts at `start`, or None if none does.

    trusted: a delimiter ("-----Original Message-----") stands before it, so less evidence is needed.
    A block needs two headers in one language and evidence that they are headers: see `_convinces`.
    """
    if label_of(lines[start].text) is None:
        return None
    fields, end = _collect(lines, start)
    return end if _convinces(fields, trusted) else None


def _collect(lines: Sequence[Line], start: int) -> tuple[list[tuple[str, str]], int]:
    """The (label, value) pairs from `start` on, and the line after the last of them."""
    fields: list[tuple[str, str]] = []
    position, end, gap, continued = start, start, 0, 0
    while position < min(len(lines), start + _MAX_BLOCK):
        line = lines[position]
        found = label_of(line.text) if len(line.text) <= 4 * MARK_LENGTH else None
        if found is not None:
            fields.append(found)
            end, gap, continued = position + 1, 0, 0
        elif line.blank:
            gap += 1
            if gap > _MAX_GAP:
                break
        elif gap == 0 and continued < _MAX_CONTINUATION and _is_continuation(lines, position, fields):
            continued += 1
            end = position + 1
        else:
            break
        position += 1
    return fields, end


def _is_continuation(lines: Sequence[Line], position: int, fields: list[tuple[str, str]]) -> bool:
    """True if an unlabelled line goes on with the header before it: a wrapped list or a wrapped subject."""
    text, before = lines[position].text, lines[position - 1].text
    if _CONTINUES.search(text) or before.endswith((",", ";", "[mailto:", "<")) or not fields[-1][1]:
        return True
    following = lines[position + 1].text if position + 1 < len(lines) else ""
    return label_of(following) is not None


def _convinces(fields: list[tuple[str, str]], trusted: bool) -> bool:
    """True if these are headers of a message and not an author's own list of "Label: value" lines.

    Two kinds in one language with an address or a date, three with the same or four without; two if trusted.
    """
    votes: Counter[str] = Counter()
    seen: dict[str, set[str]] = {}
    for label, _ in fields:
        for language, kind in LABELS[label].items():
            seen.setdefault(language, set()).add(kind)
    for language, kinds in seen.items():
        votes[language] = len(kinds - {"other"})
    language, count = votes.most_common(1)[0]
    kinds = seen[language]
    if not kinds & {"from", "date", "to"}:
        return False
    if trusted:
        return count >= 2 or "from" in kinds
    if count >= 4:
        return True
    proof = any(has_address(value) or (LABELS[label].get(language) == "date" and has_date(value)) for label, value in fields)
    return count >= 2 and proof
