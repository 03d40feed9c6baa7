"""The mailbox the email was read from.

Source: the integration's configuration.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Mailbox"


def value(facts: EmailFacts) -> str | None:
    """The mailbox's address."""
    return facts.mailbox
