"""The categories people gave the email in the mailbox, as they were when it was first loaded, joined by ", ".

Source: the server.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Categories"


def value(facts: EmailFacts) -> str | None:
    """The categories, or None without any."""
    return ", ".join(facts.properties.categories) or None
