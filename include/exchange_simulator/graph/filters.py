"""``$filter``: comparisons, and, or, not, startswith, endswith, contains, any() over extended properties."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange_simulator.graph.errors import bad_query

Value = str | int | bool | None
Get = Callable[[str], Value]
"""A property of the thing that is looked at, by its path; times as whole seconds."""
Test = Callable[[Get], bool]

_TOKEN = re.compile(r"[ \t]*('(?:[^']|'')*'|[(),]|[^ \t(),']+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_WORDS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__,
}  # fmt: skip
_DEEPEST = 20


@dataclass(frozen=True)
class Filter:
    """A read filter. names: the properties it compares, in their order. low: seconds that the received time is at
    least, where the filter as a whole demands so and no more."""

    test: Test
    names: tuple[str, ...]
    low: int | None = None


def read(text: str) -> Filter:
    """Raises GraphError 400 for what cannot be read."""
    reader = _Reader(_tokens(text))
    test = reader.either(0)
    reader.end()
    return Filter(test, tuple(dict.fromkeys(reader.names)), reader.low if len(reader.names) == 1 else None)


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise bad_query("Invalid filter clause: unterminated literal.")
        found.append(match[1])
        place = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self.names: list[str] = []
        self.low: int | None = None

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise bad_query(f"Invalid filter clause near '{self._tokens[self._place]}'.")

    def either(self, depth: int) -> Test:
        tests = [self._both(depth)]
        while self._takes("or"):
            tests.append(self._both(depth))
        return tests[0] if len(tests) == 1 else lambda get: any(test(get) for test in tests)

    def _both(self, depth: int) -> Test:
        tests = [self._one(depth)]
        while self._takes("and"):
            tests.append(self._one(depth))
        return tests[0] if len(tests) == 1 else lambda get: all(test(get) for test in tests)

    def _one(self, depth: int) -> Test:
        if depth > _DEEPEST:
            raise bad_query("The filter is too complex.")
        if self._takes("not"):
            test = self._one(depth + 1)
            return lambda get: not test(get)
        if self._takes("("):
            inner = self.either(depth + 1)
            self._need(")")
            return inner
        word = self._next()
        if word.lower() in _WORDS:
            return self._word(_WORDS[word.lower()])
        if word.lower().endswith("/any"):
            return self._any(word[:-4])
        return self._comparison(word)

    def _comparison(self, name: str) -> Test:
        word = self._next().lower()
        if word not in _COMPARE:
            raise bad_query(f"Invalid filter clause: '{word}' is no operator.")
        compare, wanted = _COMPARE[word], _literal(self._next())
        self.names.append(name)
        if name == "receivedDateTime" and word in ("ge", "gt") and isinstance(wanted, int):
            self.low = wanted + (word == "gt")

        def test(get: Get) -> bool:
            value = get(name)
            if word in ("eq", "ne"):
                return compare(value, wanted)
            return type(value) is type(wanted) and value is not None and compare(value, wanted)

        return test

    def _word(self, holds: Callable[[str, str], bool]) -> Test:
        self._need("(")
        name = self._next()
        self._need(",")
        wanted = _literal(self._next())
        self._need(")")
        if not isinstance(wanted, str):
            raise bad_query("Invalid filter clause: a text was expected.")
        self.names.append(name)
        low = wanted.casefold()
        return lambda get: holds(str(get(name) or "").casefold(), low)

    def _any(self, collection: str) -> Test:
        """``singleValueExtendedProperties/any(p:p/id eq 'String 0x3613' and p/value eq 'IPF.Note')``"""
        if collection.lower() != "singlevalueextendedproperties":
            raise bad_query(f"any() over '{collection}' is not supported.")
        self._need("(")
        variable, colon, first = self._next().partition(":")
        if not colon:
            raise bad_query("Invalid filter clause: any() names no variable.")
        if first:
            self._place -= 1
            self._tokens[self._place] = first
        before, start = len(self.names), self._place
        inner = self.either(1)
        tags = _ids_in(self._tokens[start : self._place])
        self._need(")")
        del self.names[before:]

        def about(tag: str, get: Get) -> bool:
            return inner(lambda path: tag if path == f"{variable}/id" else get(f"extended:{tag}"))

        return lambda get: any(about(tag, get) for tag in tags)

    def _takes(self, word: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place].lower() == word:
            self._place += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._takes(word):
            raise bad_query(f"Invalid filter clause: '{word}' was expected.")

    def _next(self) -> str:
        if self._place >= len(self._tokens):
            raise bad_query("Invalid filter clause: it ends too early.")
        self._place += 1
        return self._tokens[self._place - 1]


def _ids_in(tokens: list[str]) -> list[str]:
    return [token[1:-1] for token in tokens if token.startswith("'") and " 0x" in token.lower()]


def _literal(token: str) -> Value:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token.lower() in ("true", "false"):
        return token.lower() == "true"
    if token.lower() == "null":
        return None
    if token.lstrip("-").isdigit() and token.isascii():
        return int(token)
    if _TIME.fullmatch(token):
        moment = datetime.fromisoformat(token.replace("Z", "+00:00") if "T" in token else f"{token}T00:00:00+00:00")
        if moment.tzinfo is None:
            raise bad_query(f"The time {token} has no zone.")
        return int(moment.timestamp())
    raise bad_query(f"Invalid filter clause: '{token}' is no value.")
