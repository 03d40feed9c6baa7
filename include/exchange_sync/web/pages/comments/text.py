"""Mail's text as it may be shown: in pieces, each of them escaped by the template, what cannot be seen made visible.

Bidirectional controls and invisible characters can make a text read as something else than it is (Unicode Technical
Report 36, section 2). They are shown as small tokens; what looks like a letter of another script is told in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal

from exchange_sync.store.search_query import words_in

Kind = Literal["", "hit", "unseen"]
Piece = tuple[Kind, str, str]  # its kind, what is shown, and what it is in words

_JOINERS = "\u200c\u200d"  # write Persian and compose emoji, so they are shown in names and addresses only
_UNSEEN = (
    "\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
_RUN = re.compile(f"[{_UNSEEN}][{_UNSEEN}{_JOINERS} \u00a0]*")
_STRICT_RUN = re.compile(f"[{_UNSEEN}{_JOINERS}]+")
_SHORT = {
    0x00AD: "SHY", 0x034F: "CGJ", 0x061C: "ALM", 0x180E: "MVS", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ",
    0x200E: "LRM", 0x200F: "RLM", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO", 0x202E: "RLO",
    0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xFEFF: "BOM",
}  # fmt: skip
_NAMED = 3  # characters of a run that are named; newsletters pad with hundreds
SNIPPET = 260


def pieces(
    text: str, marks: Sequence[Sequence[str]] = (), *, prefix: bool = False, strict: bool = False
) -> list[Piece]:
    """A text in pieces. marks, prefix: see SearchQuery. strict: of an address, where joiners have no place."""
    found: list[Piece] = []
    last = 0
    for start, end in _hits(text, marks, prefix=prefix):
        found.extend(_seen(text[last:start], "", strict=strict))
        found.extend(_seen(text[start:end], "hit", strict=strict))
        last = end
    found.extend(_seen(text[last:], "", strict=strict))
    return found


def plain(text: str) -> str:
    """A text without what cannot be seen, for a place that holds no elements: the window's title."""
    return _STRICT_RUN.sub("", text)


def snippet(text: str, marks: Sequence[Sequence[str]], *, prefix: bool, length: int = SNIPPET) -> list[Piece]:
    """About length characters around the first hit, or the beginning; its white space folded."""
    first = next(_hits(text, marks, prefix=prefix), (0, 0))[0]
    start = max(0, first - length // 3)
    if start:
        start = next((match.end() for match in re.finditer(r"\s", text[start:first])), 0) + start
    cut = text[start : start + length * 4]
    folded = " ".join(cut.split())
    part = folded[:length]
    more = len(folded) > length or start + len(cut) < len(text)
    shown = pieces(part, marks, prefix=prefix)
    return [*([("", "… ", "")] if start else []), *shown, *([("", " …", "")] if more else [])]  # type: ignore[list-item]


def _hits(text: str, marks: Sequence[Sequence[str]], *, prefix: bool) -> Iterator[tuple[int, int]]:
    """Where the marks stand, from left to right; of several at one place the first, and none within another."""
    if not any(marks):
        return
    wanted = [[word.casefold() for word in words] for words in marks]
    beginning = len(wanted) - 1 if prefix else -1
    found = list(words_in(text))
    skipped = 0
    for place, (start, _, _) in enumerate(found):
        if place < skipped:
            continue
        for number, words in enumerate(wanted):
            *whole, last = words
            there = found[place : place + len(words)]
            if len(there) < len(words) or any(one[2] != word for one, word in zip(there, whole, strict=False)):
                continue
            shown, till, final = there[-1]
            if final == last or (number == beginning and final.startswith(last)):
                yield start, till if final == last else min(till, shown + len(last))
                skipped = place + len(words)
                break


def _seen(text: str, kind: Kind, *, strict: bool) -> Iterator[Piece]:
    last = 0
    for match in _STRICT_RUN.finditer(text) if strict else _RUN.finditer(text):
        if match.start() > last:
            yield kind, text[last : match.start()], ""
        run = match.group() if strict else match.group().rstrip(f"{_JOINERS} \u00a0")  # what follows the last is text
        yield "unseen", *_told(run)
        last = match.start() + len(run)
    if last < len(text):
        yield kind, text[last:], ""


def _told(run: str) -> tuple[str, str]:
    """Characters that cannot be seen, by their short names, and in words."""
    found = [char for char in run if not char.isspace()]
    names = [_SHORT.get(ord(char), f"U+{ord(char):04X}") for char in found[:_NAMED]]
    more = f" +{len(found) - _NAMED}" if len(found) > _NAMED else ""
    words = ", ".join(dict.fromkeys(unicodedata.name(char, f"U+{ord(char):04X}").lower() for char in found[:50]))
    return " ".join(names) + more, f"not seen in the mail: {words}"


def fold(text: str, limit: int) -> tuple[str, str]:
    """The first screenful and the rest, parted at the end of a line or a word where there is one."""
    for lines, match in enumerate(re.finditer("\n", text[:limit]), 1):
        if lines >= limit // 60:
            return text[: match.start()], text[match.end() :]
    if len(text) <= limit * 5 // 4:
        return text, ""
    cut = max(text.rfind("\n", limit // 2, limit), 0) or max(text.rfind(" ", limit // 2, limit), 0) or limit
    return text[:cut], text[cut:]
