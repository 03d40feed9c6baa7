"""How many characters the newest text has.

Source: cleaning.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "number:Body Length"


def value(facts: EmailFacts) -> int:
    """A count."""
    return len(facts.cleaned.body)
