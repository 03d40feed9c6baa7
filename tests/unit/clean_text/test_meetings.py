"""Meetings: what an invitation, a change and an answer say, and the blocks by which people join, which say nothing."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from exchange_sync.clean.api import clean_email
from exchange_sync.clean.calendar import read_invitation
from exchange_sync.clean.recurrence import in_words
from exchange_sync.clean.text import split_html, split_plain

MESSAGE = "Let us go through the budget."
TABLE = Path(__file__).with_name("tables") / "meeting_blocks.txt"


def blocks() -> dict[str, str]:
    """name -> the block."""
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("[") and line.endswith("]"):
            found[line[1:-1]] = []
        else:
            found[list(found)[-1]].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


BLOCKS = blocks()


@pytest.mark.parametrize("name", BLOCKS)
def test_the_block_by_which_people_join_is_not_the_message(name):
    parts = split_plain(f"{MESSAGE}\n\n{BLOCKS[name]}\n")
    assert parts.body == MESSAGE
    assert parts.signature.startswith(BLOCKS[name].split("\n")[0])


@pytest.mark.parametrize("name", BLOCKS)
def test_it_is_not_the_message_in_a_table_either(name):
    rows = "".join(f"<tr><td>{escape(line)}</td></tr>" for line in BLOCKS[name].split("\n") if line)
    assert split_html(f"<p class=MsoNormal>{MESSAGE}</p><table>{rows}</table>").body == MESSAGE


@pytest.mark.parametrize(
    "text",
    [
        "Let us meet here: https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc/0",
        "Please join at 3:\nhttps://zoom.us/j/81234567890",
        "I changed the link, since the old one did not work:\nhttps://meet.google.com/abc-defg-hij\nSee you there.",
    ],
)
def test_a_link_that_the_author_gives_is_the_message(text):
    assert split_plain(f"Hello Bob,\n\n{text}").body.endswith(text.split("\n")[-1])


def event(*lines: str, method: str = "REQUEST") -> str:
    zone = ["BEGIN:VTIMEZONE", "TZID:X", "BEGIN:STANDARD", "DTSTART:16010101T030000", "END:STANDARD", "END:VTIMEZONE"]
    return "\r\n".join(
        ["BEGIN:VCALENDAR", f"METHOD:{method}", *zone, "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]
    )


def test_an_invitation_tells_times_repeats_place_and_organiser():
    text = event(
        "SUMMARY:Round",
        'DTSTART;TZID="W. Europe Standard Time":20250610T100000',
        'DTEND;TZID="W. Europe Standard Time":20250610T110000',
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20251231T090000Z",
        "LOCATION:Room 4\\, ground floor",
        'ORGANIZER;CN="Lee: Ann":mailto:ann@a.example',
        "DESCRIPTION:Agenda:\\nBudget",
    )
    assert read_invitation(text).split("\n") == [
        "Round",
        "Start: 2025-06-10 10:00 W. Europe Standard Time",
        "End: 2025-06-10 11:00 W. Europe Standard Time",
        "Repeats: every 2 weeks on Tuesday until 2025-12-31",
        "Location: Room 4, ground floor",
        "Organizer: Lee: Ann <ann@a.example>",
        "",
        "Agenda:",
        "Budget",
    ]


@pytest.mark.parametrize(
    ("method", "lines", "first"),
    [
        ("CANCEL", [], "Cancelled: Round"),
        ("REQUEST", ["SEQUENCE:2"], "Updated: Round"),
        ("REQUEST", ["SEQUENCE:0"], "Round"),
        ("REPLY", ["ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob Roe:mailto:bob@b.example"], "Accepted: Round"),
        ("REPLY", ["ATTENDEE;PARTSTAT=DECLINED:mailto:bob@b.example"], "Declined: Round"),
        ("REPLY", ["ATTENDEE;PARTSTAT=TENTATIVE:mailto:bob@b.example"], "Tentatively accepted: Round"),
        ("COUNTER", [], "New time proposed: Round"),
    ],
)
def test_a_change_and_an_answer_say_so(method, lines, first):
    assert read_invitation(event("SUMMARY:Round", *lines, method=method)).split("\n")[0] == first


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (["DTSTART;VALUE=DATE:20250610", "DTEND;VALUE=DATE:20250611"], ["Start: 2025-06-10"]),
        (["DTSTART;VALUE=DATE:20250610", "DTEND;VALUE=DATE:20250613"], ["Start: 2025-06-10", "End: 2025-06-12"]),
        (["DTSTART:20250610T100000Z", "DURATION:PT1H30M"], ["Start: 2025-06-10 10:00 UTC", "Duration: 1 h 30 min"]),
    ],
)
def test_days_and_durations(times, told):
    assert read_invitation(event(*times)).split("\n") == told


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY;COUNT=10", "every day 10 times"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every week on working days"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month on the second Tuesday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last working day"),
        ("FREQ=MONTHLY;BYMONTHDAY=15;INTERVAL=3", "every 3 months on day 15"),
        ("FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=10", "every year on day 10 in June"),
        ("nonsense", "nonsense"),
    ],
)
def test_how_often_an_event_repeats_in_words(rule, words):
    assert in_words(rule) == words


def test_where_a_program_wrote_the_block_alone_the_event_is_the_message():
    calendar = event("SUMMARY:Round", "DTSTART:20250610T100000Z")
    mime = (
        "From: ann@a.example\nSubject: Round\nContent-Type: multipart/alternative; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{BLOCKS['teams old en']}\n\n"
        f"--b\nContent-Type: text/calendar; method=REQUEST\n\n{calendar}\n--b--\n"
    )
    email = clean_email(mime.encode())
    assert email.body == "Round\nStart: 2025-06-10 10:00 UTC"
    assert "Meeting ID" in email.signature


def test_the_text_of_a_starred_invitation_stays():
    text = (
        "When: Tuesday, 10 June 2025 10:00-11:00 (UTC+00:00) London.\nWhere: Room 4\n\n"
        f"*~*~*~*~*~*~*~*~*~*\n\n{MESSAGE}\n\nBring the sheet."
    )
    assert split_plain(text).body == text
