"""Yes where a journal report brought the email: the comment is the mail that was journaled. "Report only" for a report
in which no mail can be read. Absent from all others.

Source: the report's header and text.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Journaled"


def value(facts: EmailFacts) -> str | None:
    """Yes, Report only or None."""
    return facts.cleaned.journal or None
