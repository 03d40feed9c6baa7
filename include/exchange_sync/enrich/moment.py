"""The comment's timestamp: when the email was sent, as far as its Date can be believed (issue 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from exchange_sync.model.comment import EmailFacts

LATEST_AFTER = timedelta(hours=24)
EARLIEST_BEFORE = timedelta(days=30)
DATE, RECEIVED, SERVER, UNKNOWN = "date", "received", "server", "unknown"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def timestamp(facts: EmailFacts) -> tuple[datetime, str]:
    """The moment, aware, in UTC, and where it is from.

    The Date header if it lies at most 24 h after and 30 days before the receipt ("date"), else the receipt
    ("received"). Without a receipt: Date, else the server's sent time ("server"), else 1970 ("unknown").
    """
    sent, received = _possible(facts.cleaned.sent), _possible(facts.properties.received)
    if received is None:
        if sent is not None:
            return sent, DATE
        told = _possible(facts.properties.sent)
        return (told, SERVER) if told else (_NEVER, UNKNOWN)
    if sent is not None and received - EARLIEST_BEFORE <= sent <= received + LATEST_AFTER:
        return sent, DATE
    return received, RECEIVED


def _possible(moment: datetime | None) -> datetime | None:
    """None for what nobody can have meant: 1601, 4501, 9999."""
    return moment if moment is not None and _NEVER <= moment < _LATEST else None


def to_iso(moment: datetime) -> str:
    """A moment as the API writes it: ISO 8601, UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
