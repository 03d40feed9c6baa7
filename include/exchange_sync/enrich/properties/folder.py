"""The folder the email lies in, as a path from the message root, its segments joined by "/".

Source: the mailbox; changes when the email is moved.
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Folder"


def value(facts: EmailFacts) -> str | None:
    """The path, or None for an email outside all folders."""
    return "/".join(facts.folder) or None
