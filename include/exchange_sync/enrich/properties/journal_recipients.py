"""Who got the email, as its journal report tells: blind copies, members of lists and forwardings too.

Source: the report's text.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Journal Recipients"


def value(facts: EmailFacts) -> str | None:
    """Addresses with commas between them; None without a report."""
    return ", ".join(facts.cleaned.journal_recipients) or None
