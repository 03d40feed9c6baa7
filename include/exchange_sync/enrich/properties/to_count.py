"""How many correspondents the To header names.

Source: To of the mail.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "number:To Count"


def value(facts: EmailFacts) -> int:
    """A count."""
    return len(facts.cleaned.to)
