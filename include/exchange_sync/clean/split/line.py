"""One line of a message, and how deep it is quoted: what all the other rules look at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exchange_sync.clean.split.vocabulary import words

# Longer lines are never headers, attributions or signatures; looking at them would only cost time.
MARK_LENGTH = 400
_MAX_BLANKS = 2  # blank lines in a row that are kept
_MAX_INDENT = 200  # spaces before a line that are kept
_VERBS = frozenset(words("attributions", 1) + words("attributions", 2))
_QUOTED = re.compile(r"\s{0,8}((?:[>|＞]\s{0,2}){1,20})(.*)", re.DOTALL)
# A wrapped attribution can leave its last piece behind a sign that closes an address: "<a@b\n> wrote:".
_CLOSES_ADDRESS = re.compile(r"\s{0,3}>\s{0,2}([^:：>]{0,20})[:：]\s*$")


@dataclass(slots=True)
class Line:
    """One line. raw: as it is shown; text: without quote marks and outer spaces.

    depth: how often it is quoted; 0 = not. contained: a mail program's tag says that it is history.
    soft: quoted by a tag that authors use as well, to indent. signature: a tag says that it is signature.
    ends: a tag says that from this line on all is history. boxed: it stands in a coloured box.
    """

    raw: str
    text: str
    depth: int = 0
    contained: bool = False
    soft: bool = False
    signature: bool = False
    ends: bool = False
    boxed: bool = False

    @property
    def blank(self) -> bool:
        """True if nothing but quote marks and spaces is on it."""
        return not self.text


def plain_lines(text: str) -> list[Line]:
    """The lines of a plain text, their depth read off the leading ``>`` signs (RFC 3676 section 4.5)."""
    lines: list[Line] = []
    blanks = 0
    for raw in text.split("\n"):
        blanks = 0 if raw and not raw.isspace() else blanks + 1
        if blanks <= _MAX_BLANKS:
            lines.append(plain_line(raw))
    return lines


def plain_line(raw: str) -> Line:
    """One line of plain text."""
    head = raw[:10].lstrip()
    if not head and raw[:_MAX_INDENT].isspace():
        raw = raw.strip()
    if not head or head[0] not in ">＞" or _is_arrow_frame(raw):
        return Line(raw, raw.strip(), 0)
    match = _QUOTED.match(raw)
    if match is None or (len(raw) < 40 and _closes_address(raw)):
        return Line(raw, raw.strip(), 0)
    return Line(raw, match[2].strip(), sum(match[1].count(sign) for sign in ">＞|"))


def _closes_address(raw: str) -> bool:
    match = _CLOSES_ADDRESS.match(raw)
    return match is not None and (not match[1].strip() or match[1].strip().lower() in _VERBS)


def _is_arrow_frame(raw: str) -> bool:
    """True for ``>>> look here <<<``, an ornament, and GroupWise's ``>>> Ann Lee 6/2/2025 9:00 >>>``: no quotes."""
    return len(raw) <= MARK_LENGTH and raw.rstrip().endswith(("<<", " >>>"))
