"""When an email was received, as far as that can be believed. Imports and broken servers leave 1601, 4501 or 9999."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # before there was mail by the standards of today, or an Exchange
LATEST_AFTER = timedelta(days=2)  # of a server whose clock or zone is wrong


def believable(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment, aware, or None where it is absurd. What has no believable time of receipt goes by its Date."""
    if moment is None or moment < EARLIEST or moment - now > LATEST_AFTER:
        return None
    return moment
