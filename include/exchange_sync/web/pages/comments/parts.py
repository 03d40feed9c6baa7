"""The parts of a comment as its page shows them: texts folded, people, properties, files, problems in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from exchange_sync.clean.problems import Problem
from exchange_sync.enrich.api import TIMESTAMP_NOT_FROM_DATE
from exchange_sync.store.search_query import SearchQuery
from exchange_sync.web.pages.comments.people import Correspondent, correspondent
from exchange_sync.web.pages.comments.text import Piece, fold, pieces

MESSAGES = 20  # of one comment; those of emails have one, programs may add more
SCREENFUL = 6_000  # characters of a text that are shown before it is folded
RECIPIENTS = 12  # of one field that are shown before it is folded
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MEANING = {problem.value: problem.meaning for problem in Problem} | {
    TIMESTAMP_NOT_FROM_DATE: "the mail's own Date was missing or absurd: the time shown is the mailbox's"
}
_FIELDS = (("to", "To"), ("cc", "Cc"), ("bcc", "Bcc"))


def text_of(message: Mapping[str, Any], name: str) -> str:
    """The text of a message's body, subject or signature; "" where there is none."""
    part = message.get(name)
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""


def body(text: str, query: SearchQuery) -> dict[str, Any]:
    """A text as pieces: the first screenful, the rest, and how many characters that has."""
    first, rest = fold(text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"), SCREENFUL)
    shown: list[list[Piece]] = [pieces(part, query.marks, prefix=query.prefix) for part in (first, rest)]
    return {"first": shown[0], "rest": shown[1], "left": len(rest), "length": len(text)}


def message(found: Mapping[str, Any], query: SearchQuery) -> dict[str, Any]:
    """One message: who sent it when, its text, its signature."""
    return {
        "sender": correspondent(str(found.get("from") or "")),
        "sent_at": str(found.get("sent_at") or ""),
        "subject": pieces(text_of(found, "subject")[:2_000]),
        "body": body(text_of(found, "body"), query),
        "signature": body(text_of(found, "signature"), query),
    }


def recipients(found: Mapping[str, Any]) -> list[tuple[str, list[Correspondent], list[Correspondent]]]:
    """To, Cc and Bcc where they are not empty: the first few, and the rest."""
    fields = []
    for name, label in _FIELDS:
        people = [correspondent(str(one)) for one in found.get(name) or ()]
        if people:
            fields.append((label, people[:RECIPIENTS], people[RECIPIENTS:]))
    return fields


def properties(found: Mapping[str, Any]) -> list[tuple[str, str, list[Piece]]]:
    """User properties by name: what is shown, the whole name, the value."""
    rows = []
    for key in sorted(found, key=lambda key: key.partition(":")[2].lower()):
        value = found[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        rows.append((key.partition(":")[2] or key, key, pieces(f"{value:,}" if number else str(value))))
    return rows


def received(found: Mapping[str, Any]) -> datetime | None:
    """When the mailbox received the mail; None where it has not said."""
    try:
        return datetime.fromisoformat(str(found.get("string:Received", ""))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def files(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Attachments; those whose content is kept have a reference."""
    return [
        {
            "name": pieces(str(one.get("name") or "") or "(no name)", strict=True),
            "size": int(one.get("size") or 0),
            "content_type": pieces(str(one.get("content_type") or ""), strict=True),
            "inline": bool(one.get("inline")),
            "reference": str(one.get("attachment_reference") or ""),
        }
        for one in found
    ]


def problems(names: Sequence[str]) -> list[tuple[str, str]]:
    """What cleaning met: (name, in words)."""
    return [
        (name, _MEANING.get(name, "noted by a version of the cleaner that this page does not know")) for name in names
    ]


def language(found: Mapping[str, Any]) -> str:
    """The text's language, so that it is read aloud and parted rightly; "" where unknown."""
    value = str(found.get("string:Language", ""))
    return value if _LANGUAGE.fullmatch(value) else ""
