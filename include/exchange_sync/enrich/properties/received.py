"""When the mailbox received the email, ISO 8601, UTC.

Source: the server.
"""

from __future__ import annotations

from exchange_sync.enrich.moment import to_iso
from exchange_sync.model.comment import EmailFacts

NAME = "string:Received"


def value(facts: EmailFacts) -> str | None:
    """Such as ``2026-01-31T08:00:00Z``; None if the server does not say."""
    received = facts.properties.received
    return to_iso(received) if received else None
