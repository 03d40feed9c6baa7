"""The Date header of a server's answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime  # noqa: TID251 - of HTTP headers, not of mail


def http_date(text: str | None) -> datetime | None:
    """Its moment, aware, UTC; None where there is none that can be read."""
    try:
        read = parsedate_to_datetime(text) if text else None
        return None if read is None else (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
