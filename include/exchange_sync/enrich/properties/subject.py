"""The subject without reply, forward and warning prefixes.

Source: Subject of the mail.
"""

from __future__ import annotations

from exchange_sync.enrich.subject import without_prefixes
from exchange_sync.model.comment import EmailFacts

NAME = "string:Subject"


def value(facts: EmailFacts) -> str | None:
    """The bare subject, or None if there is none."""
    return without_prefixes(facts.cleaned.subject) or None
