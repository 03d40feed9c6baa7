"""The Date header (RFC 5322 section 3.3, its obsolete forms, and what broken programs write)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

EARLIEST_YEAR, LATEST_YEAR = 1980, 2100


def read_date(text: str) -> datetime | None:
    """The moment a Date header names, aware, in UTC; None if unreadable or absurd. No zone counts as UTC."""
    text = text[:200].strip()
    try:
        moment = _internet(text) or datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None


def _internet(text: str) -> datetime | None:
    fields = parsedate_tz(text)
    if fields is None:
        return None
    year, month, day, hour, minute, second = fields[:6]
    if 100 <= year < 200:  # years since 1900 (RFC 5322 section 4.3), which programs wrote for some time after 1999
        year += 1900
    zone = timezone(timedelta(seconds=fields[9] or 0))
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)  # no leap second in datetime
