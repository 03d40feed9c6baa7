"""What a mail's headers say that decides how its text is read: whether it answers or forwards, and who wrote it."""

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


_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FIELD = re.compile(r"\s[|·•‖–—-]\s|[,(|:;]")
_NAME_LENGTH, _NAME_WORDS, _AUTHOR_LENGTH = 60, 5, 300
_TITLES = frozenset(
    ("dr", "prof", "dipl", "ing", "mr", "mrs", "ms", "mag", "phd", "msc", "mba", "med", "rer", "nat", "jur")
)


@dataclass(frozen=True)
class MailFacts:
    """answers: it says that it answers or forwards; a bounce or a receipt does not; None where that is unknown.

    forwards: it says that it forwards. author: the words of its author's name and address, in lower case.
    """

    answers: bool | None = None
    forwards: bool = False
    author: frozenset[str] = frozenset()

    def names_author(self, text: str) -> bool:
        """True if a line, or what stands before its first sign that parts fields, is the author's name and no more."""
        head = _FIELD.split(text[:_NAME_LENGTH], maxsplit=1)[0]
        if not self.author or len(head) >= _NAME_LENGTH:
            return False
        found = [word for word in _WORD.findall(head.lower()) if word not in _TITLES]
        return (
            1 <= len(found) <= _NAME_WORDS
            and all(word in self.author or (len(word) == 1 and len(found) > 1) for word in found)
            and any(len(word) > 1 for word in found)
        )


UNKNOWN = MailFacts()


def facts_of(subject: str, *, linked: bool, report: bool, author: str = "") -> MailFacts:
    """linked: it has an In-Reply-To or References field. report: it is a bounce or a receipt (RFC 6522).

    author: name and address as From has them.
    """
    head = subject[:200]
    forwards = _FORWARD.match(head) is not None
    answers = linked or forwards or _ANSWER.match(head) is not None
    names = author[:_AUTHOR_LENGTH].lower().partition("@")[0]
    return MailFacts(
        answers=answers and not report,
        forwards=forwards and not report,
        author=frozenset(word for word in _WORD.findall(names) if len(word) > 1),
    )
