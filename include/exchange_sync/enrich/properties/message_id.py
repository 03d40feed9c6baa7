"""The identity of the email; the comment's id is its hex.

Source: the server's InternetMessageId, or a substitute (design decision 6).
"""

from __future__ import annotations

from exchange_sync.model.comment import EmailFacts

NAME = "string:Message ID"


def value(facts: EmailFacts) -> str:
    """The Message-ID with its brackets."""
    return facts.message_id
