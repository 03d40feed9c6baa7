"""The display name of the sender.

Source: From (else Sender) of the mail; else the server's.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Sender Name"


def value(facts: EmailFacts) -> str | None:
    """The name, or None if there is none."""
    written = facts.cleaned.sender.name if facts.cleaned.sender else ""
    return written or facts.properties.sender.name or None
