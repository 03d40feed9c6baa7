"""The Date header (RFC 5322 section 3.3, its obsolete forms, and what broken programs write).

A reader of our own: the standard library's changes with its patch releases, and a mail's second of sending is part of
what tells mails apart.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST_YEAR, LATEST_YEAR = 1980, 2100
_LENGTH = 200  # characters of the header that are looked at
_COMMENT = re.compile(r"\([^()]*\)")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s?(?:([Zz])|([+-]\d\d):?(\d\d)?)?)?\Z",
    re.ASCII,
)
_TIME = re.compile(r"(?<![\d:.])(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d{1,9})?)?(?![\d:])", re.ASCII)
_OFFSET = re.compile(r"([+-])\s?(\d{1,4})(?::(\d\d))?(?!\d)", re.ASCII)
_ZONE = re.compile(r"\s*([A-Za-z]{1,5})(?![A-Za-z])")
_WORD = re.compile(r"[A-Za-z]+")
_NUMBER = re.compile(r"\d+", re.ASCII)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ZONES = {  # hours; RFC 5322 section 4.3
    "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip


def read_date(text: str) -> datetime | None:
    """The moment a Date header names, aware, in UTC; None if unreadable or absurd. No zone counts as UTC."""
    text = text[:_LENGTH].strip()
    try:
        moment = _iso(text) or _internet(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment and EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None


def _iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    hours, minutes = int(found[8] or 0), int(found[9] or 0)
    shift = timedelta(hours=hours, minutes=-minutes if (found[8] or "").startswith("-") else minutes)
    return _moment(year, month, day, hour, minute, second, shift)


def _internet(text: str) -> datetime | None:
    """Day, month by name and year in either order, and a time with its zone, whatever else stands there."""
    text = _COMMENT.sub(" ", text)
    time = _TIME.search(text)
    if time is None:
        return None
    before, behind = text[: time.start()], text[time.end() :]
    offset = _OFFSET.search(behind)
    rest = behind[: offset.start()] + behind[offset.end() :] if offset else behind
    words = [word.lower()[:3] for word in _WORD.findall(f"{before} {rest}")]
    month = next((_MONTHS[word] for word in words if word in _MONTHS), None)
    numbers = _NUMBER.findall(f"{before} {rest}")
    if month is None or len(numbers) < 2:
        return None
    day, year = (int(number[:5]) for number in numbers[:2])
    if day > 31:
        day, year = year, day
    zone = _offset(offset) if offset else _named(behind, numbers[2:])
    return _moment(_year(year), month, day, int(time[1]), int(time[2]), int(time[3] or 0), zone)


def _offset(found: re.Match[str]) -> timedelta:
    """``+0200``, and what programs make of it: ``+2``, ``+02:00``."""
    sign, digits, behind = found.groups()
    digits = digits.zfill(2) if behind or len(digits) < 3 else digits.zfill(4)
    shift = timedelta(hours=int(digits[:2]), minutes=int(behind or digits[2:] or 0))
    return -shift if sign == "-" else shift


def _named(behind: str, left: list[str]) -> timedelta:
    """A zone by its name, or an offset without its sign; anything else counts as UTC."""
    name = _ZONE.match(behind)
    if name:
        return timedelta(hours=_ZONES.get(name[1].upper(), 0))
    if left and len(left[0]) == 4:
        return timedelta(hours=int(left[0][:2]), minutes=int(left[0][2:]))
    return timedelta(0)


def _year(year: int) -> int:
    """Below 100 it is of 1969 to 2068; below 200 it counts from 1900, as programs wrote after 1999 (section 4.3)."""
    if year < 100:
        return year + (1900 if year > 68 else 2000)
    return year + 1900 if year < 200 else year


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, shift: timedelta) -> datetime:
    zone = timezone(shift)  # refuses a shift of a day and more
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)  # no leap second
