"""auto-reply, bounce, calendar or bulk for what no person wrote; none for the rest.

Source: headers, item class, and the subjects of automatic replies.
"""

from __future__ import annotations

from exchange_sync.enrich.automatic import kind_of
from exchange_sync.model.comment import EmailFacts

NAME = "string:Automatic"


def value(facts: EmailFacts) -> str:
    """One of the five words."""
    return kind_of(facts)
