"""Reading one mapping of a configuration file: each value checked, each mistake told with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from exchange_sync.errors import BadInput
from exchange_sync.model.folder_path import folder_path

T = TypeVar("T")
_REQUIRED: Any = object()
SHOWN = 100  # mistakes of one file
_DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)?")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_ZONED = re.compile(r"(Z|z|[+-]\d{2}:?\d{2})$")


class Mistakes:
    """What is wrong with a file, each with its line, so that all of it is told at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, told: object) -> None:
        """One more. line: from 1."""
        self._found.append((line, str(told)))

    def require_none(self) -> None:
        """Raises BadInput with all of them by line, SHOWN at most."""
        found = sorted(dict.fromkeys(self._found))
        lines = [f"{self.path}:{line}: {told}" for line, told in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"… and {len(found) - SHOWN} more")
        if len(found) > 1:
            lines.insert(0, f"{self.path} has {len(found)} mistakes, and nothing of it was applied:")
        if lines:
            raise BadInput("\n".join(lines))


class Fields:
    """A mapping at a place in a file. what: how messages call it. What is wrong is put down, and reading goes on."""

    def __init__(self, mistakes: Mistakes, mapping: CommentedMap, what: str) -> None:
        self.mistakes = mistakes
        self.what = what
        self.line = mapping.lc.line + 1
        self._mapping = mapping
        self._read: list[str] = []

    def value(self, key: str, convert: Callable[[object], T], default: Any = _REQUIRED) -> Any:
        """The value of a key, converted; when it is absent or unfit the default, or None where there is none."""
        self._read.append(key)
        instead = None if default is _REQUIRED else default
        if self._mapping.get(key) is None:
            if default is _REQUIRED:
                self.mistakes.add(self.line, f"{self.what} lacks {key}:")
            return instead
        try:
            return convert(self._mapping[key])
        except (BadInput, ValueError) as error:
            self.mistakes.add(self.line_of(key), f"{key}: {error}")
            return instead

    def values(self, key: str, convert: Callable[[object], T]) -> tuple[T, ...]:
        """The values of a list, each once; what is unfit is put down with its own line. None when absent."""
        self._read.append(key)
        found = self._mapping.get(key)
        if found is None:
            return ()
        if not isinstance(found, CommentedSeq):
            self.mistakes.add(self.line_of(key), f"{key}: expected a list such as [a, b], found {_shown(found)}")
            return ()
        good: dict[T, None] = {}
        for place, entry in enumerate(found):
            try:
                good[convert(entry)] = None
            except (BadInput, ValueError) as error:
                self.mistakes.add(found.lc.item(place)[0] + 1, f"{key}: {error}")
        return tuple(good)

    def inner(self, key: str) -> Fields:
        """The mapping under a key; an empty one when absent."""
        self._read.append(key)
        found = self._mapping.get(key)
        if found is not None and not isinstance(found, CommentedMap):
            self.mistakes.add(self.line_of(key), f"{key}: expected a mapping such as {{a: 1}}")
        if not isinstance(found, CommentedMap):
            found = CommentedMap()
            found.lc.line = self.line - 1
        return Fields(self.mistakes, found, key)

    def each(self, key: str, build: Callable[[Fields], T]) -> Iterator[T]:
        """Build one value for each mapping of the list under a key; none when absent."""
        self._read.append(key)
        found = self._mapping.get(key)
        if found is None:
            return
        if not isinstance(found, CommentedSeq):
            self.mistakes.add(
                self.line_of(key), f"{key}: expected a list, each entry beginning with '- ', found {_shown(found)}"
            )
            return
        for place, entry in enumerate(found):
            if isinstance(entry, CommentedMap):
                yield build(Fields(self.mistakes, entry, f"an entry of {key}"))
            else:
                self.mistakes.add(found.lc.item(place)[0] + 1, f"{key}: expected entries such as '- name: value'")

    def no_others(self) -> None:
        """Puts down each key that nobody asked for, naming those that there are."""
        known = ", ".join(sorted(set(self._read)))
        for key in self._mapping:
            if key not in self._read:
                self.mistakes.add(self.line_of(key), f"{self.what} has no key {key!r}: expected one of {known}")

    def line_of(self, key: object) -> int:
        """The line of a key, or of the mapping where it is absent."""
        return int(self._mapping.lc.key(key)[0]) + 1 if key in self._mapping else self.line


def text(value: object) -> str:
    """A text, not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected a text, found {_shown(value)}")
    return value.strip()


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise ValueError(f"expected a list of texts, found {_shown(value)}")
    return tuple(text(found) for found in value)


def paths(value: object) -> tuple[tuple[str, ...], ...]:
    r"""A list of folder paths: "Inbox/Claims", or a list of names; in a text, a slash of a name is written ``\/``."""
    if not isinstance(value, list):
        raise ValueError(f"expected a list of folder paths such as [Inbox/Claims], found {_shown(value)}")
    return tuple(texts(found) if isinstance(found, list) else folder_path(text(found)) for found in value)


def whole(value: object) -> int:
    """A whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"expected a whole number from 0, found {_shown(value)}")
    return int(value)


def days(value: object) -> int:
    """A whole number of days from 1."""
    if whole(value) < 1:
        raise ValueError(f"expected a number of days from 1, found {_shown(value)}")
    return whole(value)


def yes_no(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, found {_shown(value)}")
    return value


def one_of(allowed: tuple[str, ...]) -> Callable[[object], str]:
    """One of a few words."""

    def convert(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}, found {_shown(value)}")
        return str(value)

    return convert


def duration(value: object) -> int:
    """A duration such as 60s, 5m or 1h, in seconds; a bare number counts seconds. From 5 seconds to a day."""
    match = _DURATION.fullmatch(str(value).strip())
    seconds = int(match[1]) * _UNITS[match[2] or "s"] if match else 0
    if not 5 <= seconds <= 86_400:
        raise ValueError(f"expected a duration from 5s to 1d such as 60s or 5m, found {_shown(value)}")
    return seconds


def moment(value: object) -> datetime:
    """A moment with its zone, such as 2026-01-31T00:00:00Z, quoted or not; in UTC."""
    when = value if isinstance(value, datetime) else None
    if isinstance(value, str) and _ZONED.search(value):
        when = datetime.fromisoformat(value)
    if when is None or when.tzinfo is None:
        raise ValueError(f"expected a time with its zone such as 2026-01-31T00:00:00Z, found {_shown(value)}")
    return when.astimezone(UTC)


def _shown(value: object) -> str:
    return repr(str(value))[:80]
