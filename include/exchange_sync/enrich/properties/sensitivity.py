"""Normal, Personal, Private or Confidential, as the sender set it.

Source: the server.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Sensitivity"


def value(facts: EmailFacts) -> str | None:
    """The server's word, or None if it has none."""
    return facts.properties.sensitivity or None
