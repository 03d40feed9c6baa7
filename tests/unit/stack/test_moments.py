"""The days on which `make soak` runs the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stack.faketime import variables
from stack.moments import BEFORE, moments

NOW = datetime(2026, 11, 30, 18, 25, tzinfo=UTC)


def of(name: str, now: datetime = NOW) -> datetime:
    [found] = [moment for moment in moments(now) if moment.name == name]
    return found.at


def test_all_lie_ahead() -> None:
    for now in (NOW, datetime(2027, 12, 31, 23, 59, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)):
        assert all(moment.at > now for moment in moments(now))


@pytest.mark.parametrize(
    ("name", "crossed"),
    [
        ("the turn of a year", datetime(2027, 1, 1, tzinfo=UTC)),
        ("29 February", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_the_day_changes_while_the_tests_run(name: str, crossed: datetime) -> None:
    assert of(name) + BEFORE == crossed


def test_the_clocks_of_berlin_change_while_the_tests_run() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begins = of("summer time begins")
    assert begins.astimezone(berlin).utcoffset() == timedelta(hours=1)
    assert (begins + BEFORE).astimezone(berlin).utcoffset() == timedelta(hours=2)


def test_a_program_is_told_how_far_its_clock_is_off() -> None:
    assert variables(Path("/lib/libfaketime.so.1"), timedelta(hours=1))["FAKETIME"] == "+3600s"
    assert variables(Path("/lib/libfaketime.so.1"), timedelta(hours=-1))["FAKETIME"] == "-3600s"
