"""How often an event repeats (RRULE of RFC 5545) in words."""

from __future__ import annotations

import re
from calendar import month_name

_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour"}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "last but one"}
_NUMBERS = {str(number): name for number, name in enumerate(month_name) if name}
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)")
_LENGTH, _MOST = 500, 20


def in_words(rule: str) -> str:
    """ "every 2 weeks on Tuesday, Thursday until 2025-12-31"; the rule itself where it says more than words can."""
    parts = dict(part.split("=", 1) for part in rule[:_LENGTH].upper().split(";") if "=" in part)
    unit = _UNITS.get(parts.get("FREQ", ""))
    if unit is None:
        return rule[:_LENGTH]
    every = parts.get("INTERVAL", "1")
    words = [f"every {unit}" if every in ("", "1") else f"every {every} {unit}s"]
    words += _on(parts)
    if (until := _UNTIL.match(parts.get("UNTIL", ""))) is not None:
        words.append(f"until {'-'.join(until.groups())}")
    if parts.get("COUNT", "").isdigit():
        words.append(f"{parts['COUNT']} times")
    return " ".join(words)


def _on(parts: dict[str, str]) -> list[str]:
    words = []
    if days := _days(parts.get("BYDAY", ""), parts.get("BYSETPOS", "")):
        words.append(f"on {days}")
    if dates := [day for day in parts.get("BYMONTHDAY", "").split(",")[:_MOST] if day]:
        words.append("on the last day" if dates == ["-1"] else f"on day {', '.join(dates)}")
    months = [month for month in parts.get("BYMONTH", "").split(",")[:_MOST] if month in _NUMBERS]
    if named := [_NUMBERS[month] for month in months]:
        words.append(f"in {', '.join(named)}")
    return words


def _days(days: str, position: str) -> str:
    found = []
    for number, day in _DAY.findall(days[:_LENGTH])[:_MOST]:
        place = _PLACES.get(int(number)) if number else None
        found.append(f"the {place} {_DAYS[day]}" if place else _DAYS[day])
    if found[:5] == list(_DAYS.values())[:5] and len(found) == 5:
        text = "working days" if not position else "working day"
    else:
        text = ", ".join(found)
    place = _PLACES.get(int(position)) if position.removeprefix("-").isdigit() and len(position) < 4 else None
    return f"the {place} {text}" if place and text else text
