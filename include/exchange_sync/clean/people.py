"""From, To, Cc, Bcc: address lists (RFC 5322 section 3.4), read in linear time from whatever the header holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from exchange_sync.clean import limits
from exchange_sync.clean.charset import decode
from exchange_sync.clean.headers import decode_words, one_line
from exchange_sync.clean.problems import Problem, Problems
from exchange_sync.model.cleaned import Person

# a quoted string always matches, closed or not: else each quote would be tried to the end of the header
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)\\?"?|<([^<>]*)>?|([(),;:>])|([^"<>(),;:]+)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LOCAL_PART = re.compile(r"[^\s\"(),:;<>\[\]]+")
_NOBODY = re.compile(r"undisclosed[ -]?recipients?", re.IGNORECASE)


def read_people(values: Iterable[bytes], problems: Problems) -> tuple[Person, ...]:
    """The correspondents of a header field, in order, those of its groups included; each once."""
    people: dict[Person, None] = {}
    for raw in values:
        for person in _read(decode(raw, None, problems), problems):
            if len(people) >= limits.PEOPLE:
                problems.note(Problem.PEOPLE_LIMIT)
                return tuple(people)
            people[Person(person.name[: limits.PERSON_LENGTH], person.address[: limits.PERSON_LENGTH])] = None
    return tuple(people)


class _Entry:
    """What stands between two separators, as it comes by."""

    def __init__(self, words: list[str] | None = None) -> None:
        self.words: list[str] = words or []
        self.comments: list[str] = []
        self.address = ""
        self.bracketed = False
        self.name_words = 0  # how many of the words stood before the address
        self._quoted = ""

    def quote(self, text: str) -> None:
        """A quoted string: a name, or the part before the @ of an odd address."""
        self._quoted = _ESCAPE.sub(r"\1", text)
        self.words.append(self._quoted)

    def word(self, text: str) -> None:
        """Anything unquoted."""
        if self._quoted and text.startswith("@"):
            local = self._quoted if _LOCAL_PART.fullmatch(self._quoted) else f'"{self._quoted}"'
            domain, _, text = text.partition(" ")
            self.words.pop()
            self.address = local + domain
        self._quoted = ""
        self.words.append(text)

    def bracket(self, text: str) -> None:
        """An address in angle brackets."""
        self.address, self.bracketed, self.name_words = text, True, len(self.words)

    def people(self, problems: Problems) -> list[Person]:
        """Nobody, one person, or several whom a program forgot to separate."""
        text, address = "".join(self.words), self.address
        if not address and "@" in text and "=?" not in text:
            addresses = [word for word in text.split() if "@" in word]
            if len(addresses) > 1:
                return [Person("", _trimmed(one)) for one in addresses]
            address, text = addresses[0], text.replace(addresses[0], " ")
        address = _trimmed(address)
        name = _unquoted(one_line(decode_words(text.strip() or " ".join(self.comments), problems)))
        if not address and "@" in name and " " not in name:
            address, name = name, ""
        if _NOBODY.match(address.strip('"') or name) or not (name or address):
            return []
        return [Person("" if name == address else name, address)]


def _read(text: str, problems: Problems) -> Iterator[Person]:
    """The people of one header field. ``Doe, Jane <jane@example.com>``, which lacks its quotes, is one of them."""
    surname = ""
    for entry in _entries(text):
        for person in entry.people(problems):
            if surname and entry.bracketed:
                person = Person(f"{surname}, {person.name}".strip(", "), person.address)
            elif surname:
                yield Person(surname, "")
            surname = ""
            if person.address:
                yield person
            else:
                surname = person.name
    if surname:
        yield Person(surname, "")


def _entries(text: str) -> Iterator[_Entry]:
    """Splits a header field at its separators, and where one is missing between two addresses in brackets."""
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
            yield entry
            entry = _Entry()
        elif sign == ":":
            entry = _Entry()  # what stood before it is the name of a group, not a person
        elif angle is not None:
            if entry.bracketed and entry.address:
                behind = entry.words[entry.name_words :]
                entry.words = entry.words[: entry.name_words]
                yield entry
                entry = _Entry(behind)
            if angle or not entry.address:
                entry.bracket(angle)
        elif quoted is not None:
            entry.quote(quoted)
        else:
            entry.word(words if words is not None else token[0])
    yield entry


def _unquoted(name: str) -> str:
    """A name without the quotes around the whole of it."""
    while len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name.strip('" ')


def _trimmed(address: str) -> str:
    """An address without the white space, route and scheme that may surround it."""
    address = one_line(address).removeprefix("mailto:")
    if address.startswith("@") and ":" in address:
        address = address.rpartition(":")[2]  # an obsolete source route
    if address.startswith('"'):
        return address
    if address.count("@") > 1:
        address = next(word for word in address.split(" ") if "@" in word)
    elif "@" in address:
        address = address.replace(" ", "")  # folded in the middle
    return address.strip("'")
