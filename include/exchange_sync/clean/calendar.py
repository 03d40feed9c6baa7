"""Invitations (text/calendar, RFC 5545): what a person would read of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from exchange_sync.clean.html.elements import names
from exchange_sync.clean.recurrence import in_words

_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([\\;,nN])")
_WANTED = names("SUMMARY DTSTART DTEND DUE DURATION LOCATION RRULE ORGANIZER DESCRIPTION SEQUENCE STATUS")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_DURATION = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?")
_PARAMETER = re.compile(r';([A-Za-z\-]{1,40})=(?:"([^"]{0,500})"|([^;:"]{0,500}))')
_ASIDE = ("VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM")
_ITEMS = ("VEVENT", "VTODO")
_LIMIT = 256 * 1024
_ATTENDEES = 500  # that are looked at for an answer
_ANSWERS = {
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "TENTATIVE": "Tentatively accepted",
    "DELEGATED": "Delegated",
}
_SPANS = ("weeks", "days", "h", "min")

Property = tuple[str, str]  # parameters as written, value


@dataclass
class _Event:
    """The first event: its properties by name, the calendar's method, and who takes part."""

    method: str = ""
    found: dict[str, Property] = field(default_factory=dict)
    attendees: list[Property] = field(default_factory=list)

    def value(self, name: str) -> str:
        return self.found.get(name, ("", ""))[1]


def read_invitation(text: str) -> str:
    """What a calendar object's first event says, one thing a line: what it is (cancelled, accepted …), its times with
    their zone, how often it repeats, place, organiser, description; "" if it has none."""
    event = _read(text)
    if not event.found:
        return ""
    kind = _kind(event)
    summary = event.value("SUMMARY") or ("Meeting" if kind else "")
    lines = [f"{kind}: {summary}" if kind else summary] if summary else []
    lines += _times(event)
    if rule := event.value("RRULE"):
        lines.append(f"Repeats: {in_words(rule)}")
    if place := event.value("LOCATION"):
        lines.append(f"Location: {place}")
    if "ORGANIZER" in event.found:
        lines.append(f"Organizer: {_person(event.found['ORGANIZER'])}")
    if event.method in ("REPLY", "COUNTER"):
        lines += [f"Attendee: {_person(attendee)}" for attendee in event.attendees[:1]]
    if description := event.value("DESCRIPTION"):
        lines += ["", description]
    return _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], "\n".join(lines)).strip()


def _read(text: str) -> _Event:
    event = _Event()
    inside: list[str] = []  # the components around the line: a zone and an alarm have times and texts of their own
    for line in _FOLD.sub("", text[:_LIMIT]).splitlines():
        head, value = _halves(line)
        name, _, _ = head.partition(";")
        name = name.upper()
        if name == "BEGIN":
            inside.append(value.strip().upper())
        elif name == "END" and value.strip().upper() in _ITEMS:
            break
        elif name == "END" and inside:
            inside.pop()
        elif inside and inside[-1] in _ASIDE:
            continue
        elif name == "METHOD":
            event.method = value.strip().upper()
        elif name == "ATTENDEE" and len(event.attendees) < _ATTENDEES:
            event.attendees.append((head, value.strip()))
        elif name in _WANTED and value.strip():
            event.found.setdefault(name, (head, value.strip()))
    return event


def _halves(line: str) -> tuple[str, str]:
    """A line parted at its first colon outside of quotes."""
    quoted = False
    for at, sign in enumerate(line[:2_000]):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], line[at + 1 :]
    head, _, value = line.partition(":")
    return head, value


def _kind(event: _Event) -> str:
    """What the mail is, if it is not the first invitation."""
    if event.method == "CANCEL" or event.value("STATUS").upper() == "CANCELLED":
        return "Cancelled"
    if event.method == "COUNTER":
        return "New time proposed"
    if event.method == "DECLINECOUNTER":
        return "Proposed time declined"
    if event.method == "REPLY":
        states = (_parameters(head).get("PARTSTAT", "").upper() for head, _ in event.attendees)
        return next((_ANSWERS[state] for state in states if state in _ANSWERS), "Answered")
    if event.method == "REQUEST" and event.value("SEQUENCE") not in ("", "0"):
        return "Updated"
    return ""


def _times(event: _Event) -> list[str]:
    start = event.found.get("DTSTART")
    end = event.found.get("DTEND") or event.found.get("DUE")
    lines = [f"Start: {_when(*start)}"] if start else []
    if end and start and _is_day(start[1]) and _is_day(end[1]):  # the day after the last one
        last = _day_before(end[1])
        return lines if last == _when(*start) else [*lines, f"End: {last}"]
    if end:
        return [*lines, f"End: {_when(*end)}"]
    if found := _DURATION.fullmatch(event.value("DURATION")):
        named = [f"{count} {unit}" for count, unit in zip(found.groups(), _SPANS, strict=True) if count]
        return [*lines, f"Duration: {' '.join(named)}"] if named else lines
    return lines


def _is_day(value: str) -> bool:
    moment = _MOMENT.match(value)
    return moment is not None and moment[4] is None


def _day_before(value: str) -> str:
    try:
        return (date(int(value[:4]), int(value[4:6]), int(value[6:8])) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return _when("", value)


def _when(parameters: str, value: str) -> str:
    """A DATE or DATE-TIME for people, with its zone as the invitation names it."""
    moment = _MOMENT.match(value)
    if moment is None:
        return value
    year, month, day, hour, minute, utc = moment.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    zone = "UTC" if utc else _parameters(parameters).get("TZID", "")
    return f"{year}-{month}-{day} {hour}:{minute} {zone}".strip()


def _parameters(head: str) -> dict[str, str]:
    return {name.upper(): quoted or plain for name, quoted, plain in _PARAMETER.findall(head)}


def _person(given: Property) -> str:
    """ "Ann Lee <ann@a.example>" """
    head, value = given
    name = _parameters(head).get("CN", "").strip()
    address = value.strip()
    if address.lower().startswith("mailto:"):
        address = address[len("mailto:") :]
    return f"{name} <{address}>" if name and name != address else address
