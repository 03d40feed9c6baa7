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
    zone = timezone(timedelta(seconds=fields[9] or 0))
    return datetime(*fields[:5], min(fields[5], 59), tzinfo=zone)  # a leap second has no place in datetime
