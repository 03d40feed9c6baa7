"""The size of the email in bytes, as the server counts.

Source: the server.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "number:Size"


def value(facts: EmailFacts) -> int:
    """Bytes."""
    return facts.properties.size
