"""Low, Normal or High, as the sender set it.

Source: the server.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Importance"


def value(facts: EmailFacts) -> str | None:
    """The server's word, or None if it has none."""
    return facts.properties.importance or None
