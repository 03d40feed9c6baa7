"""Where the comment's timestamp is from: date (the mail's own) or, where that is missing or absurd, received,
server or unknown.

Source: Date of the mail, held against the receipt.
"""

from __future__ import annotations

from exchange_sync.enrich.moment import timestamp
from exchange_sync.model.comment import EmailFacts

NAME = "string:Timestamp Source"


def value(facts: EmailFacts) -> str:
    """One word."""
    return timestamp(facts)[1]
