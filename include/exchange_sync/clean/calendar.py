"""Invitations (text/calendar, RFC 5545): what a person would read of them."""

from __future__ import annotations

import re

_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([\\;,nN])")
_WANTED = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION")
_LABELS = {"DTSTART": "Start", "DTEND": "End", "LOCATION": "Location"}
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ASIDE = ("VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM")
_LIMIT = 256 * 1024


def read_invitation(text: str) -> str:
    """Summary, time, place and description of a calendar object's first event, one a line; "" if it has none."""
    found: dict[str, tuple[str, str]] = {}
    inside: list[str] = []  # the components around the line: a zone and an alarm have times and texts of their own
    for line in _FOLD.sub("", text[:_LIMIT]).splitlines():
        head, _, value = line.partition(":")
        name, _, parameters = head.partition(";")
        if name.upper() == "BEGIN":
            inside.append(value.strip().upper())
        elif name.upper() in _WANTED and value.strip() and (not inside or inside[-1] not in _ASIDE):
            found.setdefault(name.upper(), (parameters, value.strip()))
        elif name.upper() == "END" and value.strip().upper() in ("VEVENT", "VTODO"):
            break
        elif name.upper() == "END" and inside:
            inside.pop()
    lines = [found["SUMMARY"][1]] if "SUMMARY" in found else []
    lines += [
        f"{label}: {_when(*found[name]) if name != 'LOCATION' else found[name][1]}"
        for name, label in _LABELS.items()
        if name in found
    ]
    if "DESCRIPTION" in found:
        lines += ["", found["DESCRIPTION"][1]]
    return _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], "\n".join(lines)).strip()


def _when(parameters: str, value: str) -> str:
    """A DATE or DATE-TIME for people, with its zone as the invitation names it."""
    moment = _MOMENT.match(value)
    if moment is None:
        return value
    year, month, day, hour, minute, utc = moment.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    zone = "UTC" if utc else next((p[5:] for p in parameters.split(";") if p.upper().startswith("TZID=")), "")
    return f"{year}-{month}-{day} {hour}:{minute} {zone}".strip()
