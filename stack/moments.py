"""Days on which programs that are right on others have failed. The tests run on them by faketime (`make soak`).

The embedded PostgreSQL keeps the machine's own clock meanwhile: what asked it for the time would be seen at once.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BEFORE = timedelta(minutes=2)  # so long before the change the tests begin, that it comes while they run


@dataclass(frozen=True)
class Moment:
    """When the tests believe to begin. variables: added to their environment."""

    name: str
    at: datetime
    variables: Mapping[str, str] = field(default_factory=dict)


def moments(now: datetime) -> list[Moment]:
    """Far ahead, and about to cross the next of each: a year, 29 February, the change to summer time in Berlin."""
    year, berlin = (now + 2 * BEFORE).year + 1, {"TZ": "Europe/Berlin"}
    return [
        Moment("in 400 days", now + timedelta(days=400)),
        Moment("the turn of a year", datetime(year, 1, 1, tzinfo=UTC) - BEFORE),
        Moment("29 February", datetime(_leap_year(year), 2, 29, tzinfo=UTC) - BEFORE),
        Moment("summer time begins", _last_sunday_of_march(year) - BEFORE, berlin),
    ]


def _leap_year(year: int) -> int:
    return next(found for found in range(year, year + 9) if calendar.isleap(found))


def _last_sunday_of_march(year: int) -> datetime:
    """01:00 UTC of that day, when the clocks of the European Union go forward."""
    last = datetime(year, 3, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
