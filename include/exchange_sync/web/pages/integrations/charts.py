"""Charts as figures that a template draws in SVG, each with its sentence and its table for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from exchange_sync.web.pages.shell import span

HOUR = timedelta(hours=1)
HEIGHT = 100.0  # of a chart's drawing, in its own units; a bar's place takes one unit of width


@dataclass(frozen=True)
class Step:
    """One bar. start: of its time. mean, slowest: seconds from arrival to comment; None: nothing fresh came."""

    start: datetime
    emails: int
    mean: float | None
    slowest: float | None

    @property
    def told(self) -> tuple[str, str]:
        """mean and slowest in words; "–" where nothing fresh came."""
        return _told(self.mean), _told(self.slowest)


@dataclass(frozen=True)
class Bar:
    """A rectangle in the drawing's units; title: what a pointer over it shows."""

    x: float
    y: float
    height: float
    title: str


@dataclass(frozen=True)
class Chart:
    """bars: to draw, width units wide and HEIGHT high. marks: a second value as short lines. text: the sentence."""

    bars: tuple[Bar, ...]
    marks: tuple[Bar, ...]
    width: int
    top: str
    text: str


def steps(rows: Iterable[Mapping[str, Any]], now: datetime, hours: int, each: int = 1) -> list[Step]:
    """The last hours up to the one that runs, in steps of each hours. rows: of store.arrivals, with delays or without;
    gaps are filled."""
    by_hour = {row["hour"]: row for row in rows}
    first = now.replace(minute=0, second=0, microsecond=0) - HOUR * (hours - 1)
    return [_step(by_hour, first + HOUR * place, each) for place in range(0, hours, each)]


def _step(by_hour: Mapping[datetime, Mapping[str, Any]], start: datetime, each: int) -> Step:
    found = [by_hour[start + HOUR * n] for n in range(each) if start + HOUR * n in by_hour]
    fresh = [row for row in found if row.get("fresh")]
    mean = sum(row["fresh_seconds"] for row in fresh) / sum(row["fresh"] for row in fresh) if fresh else None
    slowest = max((row["slowest_seconds"] for row in fresh), default=None)
    return Step(start, sum(row["emails"] for row in found), mean, slowest)


def emails(found: Sequence[Step]) -> Chart:
    """How many emails became comments, a bar a step."""
    most = max((step.emails for step in found), default=0)
    total = sum(step.emails for step in found)
    bars = tuple(_bar(n, step.emails, most, f"{_at(step)}: {step.emails:,} emails") for n, step in enumerate(found))
    if not total:
        return Chart(bars, (), len(found), "0", "No new email.")
    top = next(step for step in found if step.emails == most)
    return Chart(bars, (), len(found), f"{most:,}", f"{total:,} new emails; most, {most:,}, from {_at(top)}.")


def delays(found: Sequence[Step]) -> Chart:
    """How long an email took from its arrival to its comment: bars for the mean, marks for the slowest."""
    most = max((step.slowest or 0.0 for step in found), default=0.0)
    bars = tuple(_bar(n, step.mean or 0.0, most, _delay(step)) for n, step in enumerate(found))
    marks = tuple(_bar(n, step.slowest, most, "") for n, step in enumerate(found) if step.slowest is not None)
    known = [step for step in found if step.mean is not None]
    if not known:
        return Chart(bars, (), len(found), "", "No email arrived while the sync was up to date.")
    worst = max(known, key=lambda step: step.slowest or 0.0)
    low, high = min(step.mean or 0.0 for step in known), max(step.mean or 0.0 for step in known)
    usual = _span(low) if _span(low) == _span(high) else f"{_span(low)} to {_span(high)}"
    text = f"On average {usual}; the slowest took {_span(most)}, from {_at(worst)}."
    return Chart(bars, marks, len(found), _span(most), text)


def _bar(place: int, value: float, most: float, title: str) -> Bar:
    height = round(HEIGHT * value / most, 2) if most else 0.0
    return Bar(place + 0.1, round(HEIGHT - height, 2), height, title)


def _delay(step: Step) -> str:
    if step.mean is None:
        return f"{_at(step)}: nothing fresh"
    return f"{_at(step)}: {_span(step.mean)} on average, {_span(step.slowest or 0.0)} at most"


def _told(seconds: float | None) -> str:
    return "–" if seconds is None else _span(seconds)


def _span(seconds: float) -> str:
    return span(timedelta(seconds=seconds))


def _at(step: Step) -> str:
    return f"{step.start:%a %H:%M}"
