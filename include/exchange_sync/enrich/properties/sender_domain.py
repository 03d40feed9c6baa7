"""The domain of the sender's address, in lower case.

Source: see Sender.
"""

from __future__ import annotations

from exchange_sync.enrich.addresses import domain_of, sender_address
from exchange_sync.model.comment import EmailFacts

NAME = "string:Sender Domain"


def value(facts: EmailFacts) -> str | None:
    """The domain, or None without an SMTP address."""
    return domain_of(sender_address(facts)) or None
