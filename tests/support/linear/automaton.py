"""A pattern as an automaton over its positions: which place of the pattern may take the next character.

Over-approximates: a lookaround of more than a character holds always, a repetition of many times is one of a few.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

BOUNDED = 256  # a repetition of at most so many times costs a constant
_COPIES = 3  # of a bounded repetition: enough for what stands side by side
_SAMPLES = (
    "\0\t\n\r\x0b\x0c\x1c\x1f\x85\xa0 !\"'()*+,-./0159:;<=>?@AMZ[\\]^_`amz{|}~\xad\xb5\xbf\xdf\xe9\u0130\u017f"
    "\u0301\u0391\u03b1\u0416\u05d0\u0660\u0e01\u200b\u2028\u202e\u2212\u3000\u3042\u4e00\uac00\ufeff\U0001f600"
)
Flags = int
_FOLDED, _ASCII, _DOTALL, _LINES = int(re.IGNORECASE), int(re.ASCII), int(re.DOTALL), int(re.MULTILINE)


@dataclass(frozen=True)
class Condition:
    """On the characters before and behind a place, as sets of letters (bit masks)."""

    before: int
    behind: int


@dataclass
class Automaton:
    """takes: by position the letters it takes. letters: how many there are; two more bits stand for the text's ends.

    alphabet: a character for each letter.

    follows(position, letter, next letter) → position → in how many ways (2: two or more). accepts: those after which
    the match is certain.
    """

    takes: list[int]
    alphabet: list[str]
    accepts: frozenset[int]
    anywhere: int | None
    free: Callable[[int], list[tuple[int, tuple[Condition, ...]]]] = field(repr=False)
    _known: dict[tuple[int, int, int], dict[int, int]] = field(default_factory=dict, repr=False)

    @property
    def letters(self) -> int:
        """How many letters there are."""
        return len(self.alphabet)

    def follows(self, position: int, letter: int, then: int) -> dict[int, int]:
        """The positions that may take the letter ``then`` after this one took ``letter``."""
        key = position, letter, then
        if key not in self._known:
            found: dict[int, int] = defaultdict(int)
            for target, conditions in self.free(position):
                if self.takes[target] >> then & 1 and all(
                    one.before >> letter & 1 and one.behind >> then & 1 for one in conditions
                ):
                    found[target] = min(2, found[target] + 1)
            self._known[key] = dict(found)
        return self._known[key]


def automaton(pattern: str | bytes, flags: Flags = 0, *, search: bool) -> Automaton:
    """The automaton of a pattern. search: it may begin anywhere. Raises ValueError for what cannot be judged."""
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    tree = parser.parse(text, int(flags) & ~int(re.UNICODE) if isinstance(pattern, bytes) else int(flags))
    build = _Build(_letters(tree, tree.state.flags))
    start, end = build.node(), build.node()
    build.sequence(tree, start, end, tree.state.flags)
    return build.finish(start, end, search=search)


class _Build:
    def __init__(self, letters: Sequence[str]) -> None:
        self.letters = letters
        self.any = (1 << len(letters)) - 1
        self.first, self.last = 1 << len(letters), 1 << len(letters) + 1  # the text's beginning and end
        self.all = self.any | self.first | self.last
        self.edges: dict[int, list[tuple[int, Condition | None]]] = defaultdict(list)
        self.takes: list[int] = []
        self.source: dict[int, int] = {}  # node → the position that is left from there
        self.target: list[int] = []  # position → the node behind it
        self.nodes = 0

    def node(self) -> int:
        self.nodes += 1
        return self.nodes - 1

    def link(self, start: int, end: int, condition: Condition | None = None) -> None:
        self.edges[start].append((end, condition))

    def take(self, start: int, end: int, mask: int) -> None:
        own = self.node()
        self.link(start, own)
        self.source[own] = len(self.takes)
        self.takes.append(mask)
        self.target.append(end)

    def sequence(self, items: Iterable[Any], start: int, end: int, flags: Flags) -> None:
        for code, value in items:
            behind = self.node()
            self.item(code, value, start, behind, flags)
            start = behind
        self.link(start, end)

    def item(self, code: Any, value: Any, start: int, end: int, flags: Flags) -> None:
        mask = _mask(code, value, flags, self.letters)
        if mask is not None:
            self.take(start, end, mask)
        elif code is sre.SUBPATTERN:
            _, added, removed, inner = value
            self.sequence(inner, start, end, (flags | added) & ~removed)
        elif code is sre.ATOMIC_GROUP:
            self.sequence(value, start, end, flags)
        elif code is sre.BRANCH:
            for branch in value[1]:
                self.sequence(branch, start, end, flags)
        elif code in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            self.repeat(*value, start, end, flags, possessive=code is sre.POSSESSIVE_REPEAT)
        elif code is sre.AT:
            for condition in self.place(value, flags):
                self.link(start, end, condition)
        elif code in (sre.ASSERT, sre.ASSERT_NOT):
            self.look(value, start, end, flags, wanted=code is sre.ASSERT)
        else:
            raise ValueError(f"{code} cannot be judged")

    def repeat(
        self, least: int, most: int, inner: Any, start: int, end: int, flags: Flags, *, possessive: bool
    ) -> None:
        here, left = start, None
        if possessive and len(inner) == 1 and most is sre.MAXREPEAT:
            only = _mask(*inner[0], flags, self.letters)
            left = None if only is None else Condition(self.all, self.all & ~only)
        for _ in range(min(least, _COPIES)):
            behind = self.node()
            self.sequence(inner, here, behind, flags)
            here = behind
        if most is not sre.MAXREPEAT and most <= BOUNDED:
            for _ in range(min(most - least, _COPIES)):
                self.link(here, end)
                behind = self.node()
                self.sequence(inner, here, behind, flags)
                here = behind
        else:
            loop, body = self.node(), self.node()
            self.link(here, body)
            self.link(loop, body)  # not by way of the entry: an outer loop that comes in again is another way
            self.sequence(inner, body, loop, flags)
            self.link(loop, end, left)
        self.link(here, end, left)

    def place(self, where: Any, flags: Flags) -> list[Condition]:
        word = _of(lambda char: char.isalnum() or char == "_", self.letters)
        line = _of(lambda char: char == "\n", self.letters)
        other = self.all & ~word
        if where in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            many = flags & _LINES and where is sre.AT_BEGINNING
            return [Condition(self.first | (line if many else 0), self.all)]
        if where in (sre.AT_END, sre.AT_END_STRING):
            return [Condition(self.all, self.last | (line if where is sre.AT_END else 0))]
        if where is sre.AT_BOUNDARY:
            return [Condition(word, other), Condition(other, word)]
        return [Condition(word, word), Condition(other, other)]

    def look(self, value: Any, start: int, end: int, flags: Flags, *, wanted: bool) -> None:
        direction, inner = value
        mask = _mask(*inner[0], flags, self.letters) if len(inner) == 1 else None
        if mask is None:
            self.link(start, end)
            if direction > 0:  # what is looked at is read, and leads nowhere
                self.sequence(inner, start, self.node(), flags)
            return
        met = mask if wanted else self.all & ~mask
        self.link(start, end, Condition(self.all, met) if direction > 0 else Condition(met, self.all))

    def finish(self, start: int, end: int, *, search: bool) -> Automaton:
        anywhere = None
        if search:
            anywhere = len(self.takes)
            around = self.node()
            self.take(around, around, self.any)
            self.link(around, start)
        first = len(self.takes)  # before the text, where nothing was taken yet
        self.takes.append(0)
        self.target.append(around if search else start)
        accepts = frozenset(p for p in range(first) if self._certain(self.target[p], end))
        known: dict[int, list[tuple[int, tuple[Condition, ...]]]] = {}

        def free(position: int) -> list[tuple[int, tuple[Condition, ...]]]:
            if position not in known:
                known[position] = list(self._reached(self.target[position], (), frozenset()))
            return known[position]

        return Automaton(self.takes, list(self.letters), accepts, anywhere, free)

    def _reached(self, node: int, conditions: tuple[Condition, ...], seen: frozenset[int]) -> Iterable[Any]:
        if node in self.source:
            yield self.source[node], conditions
            return
        for behind, condition in self.edges[node]:
            if behind not in seen:
                yield from self._reached(
                    behind, conditions if condition is None else (*conditions, condition), seen | {node}
                )

    def _certain(self, node: int, end: int) -> bool:
        seen, rest = {node}, [node]
        while rest:
            here = rest.pop()
            if here == end:
                return True
            for behind, condition in self.edges[here]:
                if condition is None and behind not in seen:
                    seen.add(behind)
                    rest.append(behind)
        return False


def _of(test: Callable[[str], bool], letters: Sequence[str]) -> int:
    return sum(1 << place for place, char in enumerate(letters) if test(char))


def _mask(code: Any, value: Any, flags: Flags, letters: Sequence[str]) -> int | None:
    """The letters that one place takes; None for what is no single place."""
    if code is sre.ANY:
        return _of(lambda char: bool(flags & _DOTALL) or char != "\n", letters)
    if code is sre.LITERAL:
        return _of(lambda char: _within(char, value, value, flags), letters)
    if code is sre.NOT_LITERAL:
        return _of(lambda char: not _within(char, value, value, flags), letters)
    if code is sre.IN:
        negated = value[0][0] is sre.NEGATE
        return _of(lambda char: negated != any(_member(char, one, flags) for one in value), letters)
    return None


def _member(char: str, one: tuple[Any, Any], flags: Flags) -> bool:
    code, value = one
    if code is sre.LITERAL:
        return _within(char, value, value, flags)
    if code is sre.RANGE:
        return _within(char, *value, flags)
    if code is sre.CATEGORY:
        shape = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(value).rpartition("_")[2]]
        met = re.match(shape, char, flags & _ASCII) is not None
        return met != ("NOT" in str(value))
    return False


def _within(char: str, low: int, high: int, flags: Flags) -> bool:
    if low <= ord(char) <= high:
        return True
    return bool(flags & _FOLDED) and any(low <= ord(one) <= high for one in _cases(ord(char)))


def _letters(tree: Any, flags: Flags) -> list[str]:
    """One character for each set of them that no place of the pattern tells apart."""
    places: list[tuple[Any, Any, Flags]] = []
    points = {ord(char) for char in _SAMPLES}
    _gather(tree, flags, places, points)
    chars = sorted({chr(one) for one in points if 0 <= one < 0x110000 and not 0xD800 <= one < 0xE000})
    kinds: dict[tuple[object, ...], str] = {}
    unique = list({repr(place): place for place in places}.values())
    for char in chars:
        told = tuple(_mask(code, value, own, [char]) for code, value, own in unique)
        kinds.setdefault((*told, char == "\n", char.isalnum() or char == "_"), char)
    return list(kinds.values())


def _gather(items: Any, flags: Flags, places: list[tuple[Any, Any, Flags]], points: set[int]) -> None:
    for code, value in items:
        if code in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
            places.append((code, value, flags))
            for low, high in _ranges(code, value):
                for end in (low, high):
                    points |= {end - 1, end, end + 1, *map(ord, _cases(end))}
        elif code is sre.SUBPATTERN:
            _gather(value[3], (flags | value[1]) & ~value[2], places, points)
        elif code is sre.BRANCH:
            for branch in value[1]:
                _gather(branch, flags, places, points)
        elif code in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            _gather(value[2], flags, places, points)
        elif code in (sre.ASSERT, sre.ASSERT_NOT):
            _gather(value[1], flags, places, points)
        elif code is sre.ATOMIC_GROUP:
            _gather(value, flags, places, points)


@cache
def _cases(point: int) -> list[str]:
    char = chr(min(max(point, 0), 0x10FFFF))
    return [one for one in (char.lower(), char.upper()) if len(one) == 1]


def _ranges(code: Any, value: Any) -> list[tuple[int, int]]:
    if code in (sre.LITERAL, sre.NOT_LITERAL):
        return [(value, value)]
    if code is sre.IN:
        return [(one, one) if kind is sre.LITERAL else one for kind, one in value if kind in (sre.LITERAL, sre.RANGE)]
    return []
