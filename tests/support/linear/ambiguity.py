"""How ambiguous an automaton is: in finitely many ways, or in ever more with the length of the text."""

from __future__ import annotations

import re
from collections import deque

from tests.support.linear.automaton import Automaton, Flags, automaton

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
    for letter in _letters(machine, position):
        start = position, position, letter, False
        seen, rest = {start}, deque([start])
        while rest:
            one, other, before, apart = rest.popleft()
            for then in range(machine.letters):
                ways, others = machine.follows(one, before, then), machine.follows(other, before, then)
                for left, times in ways.items():
                    for right in others.keys() - without if left not in without else ():
                        split = apart or left != right or (one == other and times > 1)
                        state = left, right, then, split
                        if split and state == (position, position, letter, True):
                            return True
                        if state not in seen:
                            seen.add(state)
                            rest.append(state)
            if len(seen) > _STATES:
                return True
    return False


def _both(machine: Automaton, first: int, second: int, without: frozenset[int]) -> bool:
    """Whether one word loops at both positions, and leads from the first to the second."""
    for letter in set(_letters(machine, first)) & set(_letters(machine, second)):
        start = first, first, second, letter
        seen, rest = {start}, deque([start])
        while rest:
            one, between, other, before = rest.popleft()
            for then in range(machine.letters):
                thirds = machine.follows(other, before, then).keys() - without
                seconds = machine.follows(between, before, then) if thirds else {}
                firsts = machine.follows(one, before, then).keys() - without if seconds else set()
                for state in ((x, y, z, then) for x in firsts for y in seconds for z in thirds):
                    if state == (first, second, second, letter):
                        return True
                    if state not in seen:
                        seen.add(state)
                        rest.append(state)
            if len(seen) > _STATES:
                return True
    return False
