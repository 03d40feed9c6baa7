"""How many correspondents the Bcc header names.

Source: Bcc of the mail.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "number:Bcc Count"


def value(facts: EmailFacts) -> int:
    """A count."""
    return len(facts.cleaned.bcc)
