"""How many correspondents the Cc header names.

Source: Cc of the mail.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "number:Cc Count"


def value(facts: EmailFacts) -> int:
    """A count."""
    return len(facts.cleaned.cc)
