"""The clock of real runs. Entry points take it from here and pass it on; nobody else asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


def now_utc() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)
