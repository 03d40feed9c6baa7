"""Reading a form: each field converted, each mistake kept beside its field, and all that was typed shown again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.datastructures import FormData

from exchange_sync.errors import BadInput
from exchange_sync.pipeline.yaml_fields import duration
from exchange_sync.web.pages.visiting import text, texts

T = TypeVar("T")
_SIZE = re.compile(r"([0-9](?:[0-9,_ ]*[0-9])?(?:\.[0-9]+)?)\s*(bytes|b|kb|mb|gb|tb)?", re.IGNORECASE)
_UNITS = {"": 1, "bytes": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_MOST = 2**62  # what PostgreSQL's bigint holds with room to spare
TITLE_LIMIT = 256


class Values(dict[str, Any]):
    """What a form shows, by field; "" for what is not there."""

    def __missing__(self, name: str) -> str:
        return ""


class Entered:
    """A form that was sent. faults: by field, one sentence each. problems: by field, where there are several."""

    def __init__(self, form: FormData) -> None:
        self.form = form
        self.faults: dict[str, str] = {}
        self.problems: dict[str, Sequence[str]] = {}

    def value(self, name: str, convert: Callable[[str], T], default: T) -> T:
        """A field's value; the default when it is empty, or wrong: then its fault is kept."""
        given = text(self.form, name)
        if not given:
            return default
        try:
            return convert(given)
        except (BadInput, ValueError) as error:
            self.fault(name, str(error))
            return default

    def lines(self, name: str, convert: Callable[[str], T]) -> tuple[T, ...]:
        """A value for each line of a field, or of several fields of this name; each once."""
        found: list[T] = []
        for line in every_line(texts(self.form, name)):
            try:
                found.append(convert(line))
            except (BadInput, ValueError) as error:
                self.fault(name, f"“{line[:80]}”: {error}")
        return tuple(dict.fromkeys(found))

    def fault(self, name: str, told: str) -> None:
        """Keep the first fault of a field, as a sentence."""
        sentence = told[:1].upper() + told[1:]
        self.faults.setdefault(name, sentence if sentence.endswith((".", "?", "!")) else f"{sentence}.")

    def shown(self) -> Values:
        """What was typed, to be shown again: a text, or a list for a field that was given several times."""
        found = Values()
        for name in self.form:
            given = texts(self.form, name)
            found[name] = given if len(given) > 1 else "".join(given)
        return found


def every_line(values: Iterable[str]) -> list[str]:
    """The lines of texts, trimmed, without empty ones."""
    return [line.strip() for value in values for line in value.splitlines() if line.strip()]


def title(given: str) -> str:
    """A title for people."""
    if len(given) > TITLE_LIMIT:
        raise ValueError(f"at most {TITLE_LIMIT} characters")
    return given


def interval(given: str) -> int:
    """Seconds between runs."""
    return duration(given)


def spoken_interval(seconds: int) -> str:
    """The same as people write it: 60s, 5m, 2h."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0 and seconds > 60:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def start_time(given: str) -> datetime:
    """A moment in UTC, as a browser's field for date and time sends it."""
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise ValueError("expected a date and time in UTC such as 2026-01-31T00:00, or nothing") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def spoken_start(moment: datetime | None) -> str:
    """The same for the browser's field."""
    if moment is None:
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S" if moment.second else "%Y-%m-%dT%H:%M")


def whole(given: str) -> int:
    """A whole number from 0."""
    plain = given.replace(",", "").replace(" ", "").replace("_", "")
    if not plain.isascii() or not plain.isdigit() or int(plain) > _MOST:
        raise ValueError("expected a whole number from 0, or nothing for no limit")
    return int(plain)


def days(given: str) -> int:
    """A whole number of days from 1 to 36,500."""
    if not 1 <= whole(given) <= 36_500:
        raise ValueError("expected a number of days from 1 to 36,500, or nothing to keep everything")
    return whole(given)


def size(given: str) -> int:
    """Bytes: a number, with a unit where one wants: 50 GB."""
    match = _SIZE.fullmatch(given)
    if not match:
        raise ValueError("expected a size such as 50 GB, or nothing for no limit")
    number = float(match[1].replace(",", "").replace("_", "").replace(" ", ""))
    found = round(number * _UNITS[(match[2] or "").lower()])
    if found > _MOST:
        raise ValueError("expected a size below 4,000,000 TB")
    return found


def spoken_size(number: int | None) -> str:
    """The same, exact: in the largest unit that leaves no rest."""
    if number is None:
        return ""
    for unit in ("TB", "GB", "MB", "kB"):
        if number and number % _UNITS[unit.lower()] == 0:
            return f"{number // _UNITS[unit.lower()]} {unit}"
    return f"{number} bytes"


def roles(entered: Entered, name: str) -> tuple[str, ...]:
    """Names of roles: those that were ticked, and others by commas or lines."""
    ticked = texts(entered.form, name)
    typed = [part for line in texts(entered.form, f"{name}_others") for part in re.split(r"[,\n]", line)]
    return tuple(dict.fromkeys(part.strip() for part in (*ticked, *typed) if part.strip()))
