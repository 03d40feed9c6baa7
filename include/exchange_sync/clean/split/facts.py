"""What a mail's headers say that decides how its text is read: whether it answers or forwards."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exchange_sync.clean.split.vocabulary import words


def _prefixes(table: str) -> str:
    """What matches a subject that begins with a word of a table and a colon, behind a tag like "[EXTERN]" or not."""
    known = "|".join(re.escape(word) for word in words(table))
    tag, count = r"\s{0,5}(?:\[[^\[\]]{1,60}\]\s?)?", r"\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]"
    return f"{tag}(?:{known}){count}"


_ANSWER = re.compile(_prefixes("prefixes"), re.IGNORECASE)
_FORWARD = re.compile(_prefixes("forwards"), re.IGNORECASE)


@dataclass(frozen=True)
class MailFacts:
    """answers: it says that it answers or forwards; a bounce or a receipt does not; None where that is unknown.

    forwards: it says that it forwards.
    """

    answers: bool | None = None
    forwards: bool = False


UNKNOWN = MailFacts()


def facts_of(subject: str, *, linked: bool, report: bool) -> MailFacts:
    """linked: it has an In-Reply-To or References field. report: it is a bounce or a receipt (RFC 6522)."""
    head = subject[:200]
    forwards = _FORWARD.match(head) is not None
    answers = linked or forwards or _ANSWER.match(head) is not None
    return MailFacts(answers=answers and not report, forwards=forwards and not report)
