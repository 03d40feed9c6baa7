"""How ambiguous an automaton is: in finitely many ways, or in ever more with the length of the text."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tests.support.linear.automaton import Automaton, Flags, automaton

State = TypeVar("State", bound=tuple[int, ...])
_STATES = 400_000  # of a product that are looked at


def more_than_linear(pattern: str | bytes, flags: Flags = 0, *, search: bool, whole: bool = False) -> str:
    """Why the pattern may take more than linear time, or "".

    search: used by search, finditer, findall, sub, split. whole: by fullmatch, where no match is certain before the
    end.
    """
    try:
        machine = automaton(pattern, flags, search=search)
    except (ValueError, re.error) as error:
        return str(error)
    certain = frozenset() if whole else machine.accepts
    # Where each turn of a loop passes a place behind which the match is certain, nothing is ever tried again.
    loops, doubtful = _looping(machine), _looping(machine, certain)
    for position in doubtful:
        if position != machine.anywhere and _twice(machine, position, certain):
            return f"exponential: {_place(position)} leads back to itself in two ways"
    for first in loops:
        for second in doubtful - {first}:
            if second != machine.anywhere and _both(machine, first, second, certain):
                if first == machine.anywhere:
                    return f"quadratic: a search begins anew within {_place(second)}, which goes on without end"
                return f"polynomial: {_place(first)} and {_place(second)} take the same text"
    return ""


def _place(position: int) -> str:
    return f"place {position + 1}"


def _letters(machine: Automaton, position: int) -> list[int]:
    return [letter for letter in range(machine.letters) if machine.takes[position] >> letter & 1]


def _looping(machine: Automaton, without: frozenset[int] = frozenset()) -> frozenset[int]:
    """The positions that can be reached again from themselves, by way of others than those."""
    count = len(machine.takes)
    ahead = [
        set() if position in without else {target for target, _ in machine.free(position)} - without
        for position in range(count)
    ]
    return frozenset(position for position in range(count) if position in _ahead(ahead, position))


def _ahead(ahead: list[set[int]], position: int) -> set[int]:
    seen: set[int] = set()
    rest = list(ahead[position])
    while rest:
        here = rest.pop()
        if here not in seen:
            seen.add(here)
            rest.extend(ahead[here])
    return seen


def _twice(machine: Automaton, position: int, without: frozenset[int]) -> bool:
    """Whether one word leads from a position back to it in two ways."""

    def steps(state: tuple[int, int, int, bool]) -> Iterator[tuple[int, int, int, bool]]:
        one, other, before, apart = state
        for then in range(machine.letters):
            ways, others = machine.follows(one, before, then), machine.follows(other, before, then)
            for left in ways.keys() - without:
                for right in others.keys() - without:
                    yield left, right, then, apart or left != right or (one == other and ways[left] > 1)

    return any(
        _reaches((position, position, letter, False), (position, position, letter, True), steps)
        for letter in _letters(machine, position)
    )


def _both(machine: Automaton, first: int, second: int, without: frozenset[int]) -> bool:
    """Whether one word loops at both positions, and leads from the first to the second."""

    def steps(state: tuple[int, int, int, int]) -> Iterator[tuple[int, int, int, int]]:
        one, between, other, before = state
        for then in range(machine.letters):
            thirds = machine.follows(other, before, then).keys() - without
            seconds = machine.follows(between, before, then) if thirds else {}
            firsts = machine.follows(one, before, then).keys() - without if seconds else set()
            yield from ((x, y, z, then) for x in firsts for y in seconds for z in thirds)

    return any(
        _reaches((first, first, second, letter), (first, second, second, letter), steps)
        for letter in set(_letters(machine, first)) & set(_letters(machine, second))
    )


def _reaches(start: State, goal: State, steps: Callable[[State], Iterable[State]]) -> bool:
    """Whether steps lead from start to the goal; True also where that is more than can be looked at."""
    seen, rest = {start}, deque([start])
    while rest:
        for state in steps(rest.popleft()):
            if state == goal:
                return True
            if state not in seen:
                seen.add(state)
                rest.append(state)
        if len(seen) > _STATES:
            return True
    return False
