"""From, To, Cc, Bcc: address lists (RFC 5322 section 3.4), read in linear time from whatever the header holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exchange_sync.clean import limits
from exchange_sync.clean.charset import decode
from exchange_sync.clean.headers import decode_words, one_line
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.model.cleaned import Person

# a quoted string always matches, closed or not: else each quote would be tried to the end of the header
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)\\?(?:"|\Z)|<([^<>]*)>?|([(),;:>])|([^"<>(),;:]+)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def read_people(values: Iterable[bytes], problems: Problems) -> tuple[Person, ...]:
    """The correspondents of a header field, in order, those of its groups included; each once."""
    people: dict[Person, None] = {}
    for raw in values:
        for person in _read(decode(raw, None, problems), problems):
            if len(people) >= limits.PEOPLE:
                problems.note(Problem.PEOPLE_LIMIT)
                return tuple(people)
            people[person] = None
    return tuple(people)


class _Entry:
    """The pieces of one address as they come by."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.address: str | None = None

    def person(self, problems: Problems) -> Person | None:
        """The entry as a person; None when it holds nothing."""
        name = "".join(self.words).strip()
        address = self.address
        if address is None and "@" in name and "=?" not in name:
            address, name = name, ""
        name = name or " ".join(self.comments)
        name = one_line(decode_words(name, problems)).strip("'\" ")
        address = _trimmed(address or "")
        if not address and "@" in name and " " not in name:
            address, name = name, ""
        if not name and not address:
            return None
        return Person("" if name == address else name, address)


def _read(text: str, problems: Problems) -> Iterable[Person]:
    if text.count('"') % 2 and "\\" not in text:
        text = text.replace('"', "")
    comments_close = text.count("(") <= text.count(")")
    entry, depth = _Entry(), 0
    for token in _TOKEN.finditer(text):
        quoted, angle, sign, words = token.groups()
        if sign == "(" and comments_close:
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif depth:
            entry.comments.append(one_line(token[0]))
        elif sign and sign in ",;":
            if person := entry.person(problems):
                yield person
            entry = _Entry()
        elif sign == ":":
            entry = _Entry()  # what stood before it is the name of a group, not a person
        elif angle is not None:
            entry.address = angle if angle or entry.address is None else entry.address
        elif quoted is not None:
            entry.words.append(_ESCAPE.sub(r"\1", quoted))
        else:
            entry.words.append(words if words is not None else token[0])
    if person := entry.person(problems):
        yield person


def _trimmed(address: str) -> str:
    """An address without the white space, route and scheme that may surround it."""
    address = "".join(one_line(address).split(" ")) if "@" in address else one_line(address)
    address = address.removeprefix("mailto:").strip("'\"")
    if address.startswith("@") and ":" in address:
        address = address.rpartition(":")[2]  # an obsolete source route
    return address
