"""The different domains of all recipients, in order, joined by ", ".

Source: To, Cc and Bcc of the mail.
"""

from __future__ import annotations

from exchange_sync.enrich.addresses import domains_of, recipients
from exchange_sync.model.comment import EmailFacts

NAME = "string:Recipient Domain"


def value(facts: EmailFacts) -> str | None:
    """The domains, or None without recipients."""
    return ", ".join(domains_of(recipients(facts))) or None
