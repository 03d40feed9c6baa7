"""What a line holds that tells a header or an attribution from prose: a date, an address. Linear patterns only."""

from __future__ import annotations

import re

# A year, a numeric date, a clock time, or a CJK date: any one of them.
DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|(?:[01]?\d|2\d)[:.h][0-5]\d(?!\d)"
    r"|\d{1,4} ?[年년]|\d{1,2} ?[月월])"
)
DAY = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4})")
CLOCK = re.compile(r"(?<![\d:.])\d{1,2}[:.h]\d\d(?![\d.])")
ADDRESS = re.compile(r"[^\s@<>\[\]()\"';:,]{1,80}@[^\s@<>\[\]()\"';:,]{1,100}")
# Lotus Notes addresses: "Ann Lee/HOU/ECT@ECT", "Ann Lee@EXAMPLE"; X.500 ones: "/o=Org/ou=..."
NOTES_ADDRESS = re.compile(r"\w[/@][A-Z][\w \-]{1,30}(?:[/@][A-Z]|\b)")


_ZEROS = "٠۰०০੦๐０"  # of scripts that mail programs write dates in
_DIGITS = {ord(zero) + value: str(value) for zero in _ZEROS for value in range(10)}


def has_date(text: str) -> bool:
    """True if the text holds something that only dates and times look like, in the digits of any script."""
    return DATE.search(_in_digits(text)) is not None


def has_day(text: str) -> bool:
    """True if the text holds a year or a numeric date."""
    return DAY.search(_in_digits(text)) is not None


def has_clock(text: str) -> bool:
    """True if the text holds a time of day."""
    return CLOCK.search(_in_digits(text)) is not None


def _in_digits(text: str) -> str:
    return text if text.isascii() else text.translate(_DIGITS)


def has_address(text: str) -> bool:
    """True if the text holds a mail address."""
    return "@" in text and ADDRESS.search(text) is not None
