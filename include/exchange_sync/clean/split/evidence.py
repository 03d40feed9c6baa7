"""What a line holds that tells a header or an attribution from prose: a date, an address. Linear patterns only."""

from __future__ import annotations

import re

# A year, a numeric date, a clock time, or a CJK date: any one of them.
DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|(?:[01]?\d|2\d)[:.h][0-5]\d(?!\d)"
    r"|\d{1,4} ?[年년]|\d{1,2} ?[月월])"
)
ADDRESS = re.compile(r"[^\s@<>\[\]()\"';:,]{1,80}@[^\s@<>\[\]()\"';:,]{1,100}")
# Lotus Notes addresses: "Ann Lee/HOU/ECT@ECT", "Ann Lee@EXAMPLE"; X.500 ones: "/o=Org/ou=..."
NOTES_ADDRESS = re.compile(r"\w[/@][A-Z][\w \-]{1,30}(?:[/@][A-Z]|\b)")


def has_date(text: str) -> bool:
    """True if the text holds something that only dates and times look like."""
    return DATE.search(text) is not None


def has_address(text: str) -> bool:
    """True if the text holds a mail address."""
    return "@" in text and ADDRESS.search(text) is not None
