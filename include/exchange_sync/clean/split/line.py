"""One line of a message, and how deep it is quoted: what all the other rules look at."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Longer lines are never headers, attributions or signatures; looking at them would only cost time.
MARK_LENGTH = 400
_QUOTED = re.compile(r"\s{0,3}((?:[>|＞]\s{0,2}){1,20})(.*)", re.DOTALL)
# A wrapped attribution can leave its last piece behind a sign that closes an address: "<a@b\n> wrote:".
_CLOSES_ADDRESS = re.compile(r"\s{0,3}>\s{0,2}(?:\w{2,12} ?){0,2}[:：]\s*$")


@dataclass(slots=True)
class Line:
    """One line. raw: as it is shown; text: without quote marks and outer spaces.

    depth: how often it is quoted; 0 = not. contained: inside a container in which a mail program keeps history.
    ends: a tag says that from this line on all is history.
    """

    raw: str
    text: str
    depth: int = 0
    contained: bool = False
    ends: bool = False

    @property
    def blank(self) -> bool:
        """True if nothing but quote marks and spaces is on it."""
        return not self.text


def plain_lines(text: str) -> list[Line]:
    """The lines of a plain text, their depth read off the leading ``>`` signs (RFC 3676 section 4.5)."""
    return [_plain_line(raw) for raw in text.split("\n")]


def _plain_line(raw: str) -> Line:
    head = raw[:8].lstrip()
    if not head or head[0] not in ">＞" or _is_arrow_frame(raw):
        return Line(raw, raw.strip(), 0)
    match = _QUOTED.match(raw)
    if match is None or (len(raw) < 40 and _CLOSES_ADDRESS.match(raw)):
        return Line(raw, raw.strip(), 0)
    return Line(raw, match[2].strip(), sum(match[1].count(sign) for sign in ">＞|"))


def _is_arrow_frame(raw: str) -> bool:
    """True for ``>>> look here <<<``: an ornament, not a quote."""
    return len(raw) <= MARK_LENGTH and raw.rstrip().endswith("<<")
