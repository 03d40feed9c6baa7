"""How many files the email carries, pictures shown inside the text not counted.

Source: the mail's parts.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "number:Attachment Count"


def value(facts: EmailFacts) -> int:
    """A count."""
    return sum(not file.inline for file in facts.cleaned.attachments)
