"""The paths that folders are shown by: no two alike, whatever the server calls them. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One folder on the way down to another. key: which one. rank: the lowest keeps a name that others have, too."""

    key: str
    name: str
    rank: int


@dataclass(frozen=True)
class Place:
    """Where a folder lies. steps: from the top down to it; those of one folder are the same in every place."""

    key: str
    steps: tuple[Step, ...]


def shown_paths(places: Iterable[Place]) -> dict[str, tuple[str, ...]]:
    """Each place's path by its key. Of folders that would have one path, all but the first get a number to their name.

    First is the lower rank, then the lower key: so a folder that comes or goes renumbers few of the others.
    """
    ends: dict[str, str] = {}
    known: set[str] = set()
    below: dict[str | None, list[Step]] = {None: []}
    for place in places:
        ends[place.key] = place.steps[-1].key
        above: str | None = None
        for step in place.steps:
            if step.key not in known:
                known.add(step.key)
                below.setdefault(above, []).append(step)
            above = step.key
    paths: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str | None, tuple[str, ...]]] = [(None, ())]
    while waiting:
        above, path = waiting.pop()
        for step, name in _names(below.get(above, [])):
            paths[step.key] = (*path, name)
            waiting.append((step.key, paths[step.key]))
    return {key: paths[end] for key, end in ends.items()}


def _names(beside: list[Step]) -> list[tuple[Step, str]]:
    """The folders of one place, each with a name that no other of them has."""
    taken: set[str] = set()
    named, late = [], []
    for step in sorted(beside, key=lambda step: (step.rank, step.key)):
        if step.name in taken:
            late.append(step)
        else:
            taken.add(step.name)
            named.append((step, step.name))
    last: dict[str, int] = {}
    for step in late:
        number = last.get(step.name, 1) + 1
        while (name := f"{step.name} ({number})") in taken:
            number += 1
        last[step.name] = number
        taken.add(name)
        named.append((step, name))
    return named
