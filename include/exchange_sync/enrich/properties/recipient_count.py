"""How many different recipients the email has.

Source: To, Cc and Bcc of the mail.
"""

from __future__ import annotations

from exchange_sync.enrich.addresses import recipients
from exchange_sync.model.comment import EmailFacts

NAME = "number:Recipient Count"


def value(facts: EmailFacts) -> int:
    """A count, 0 for undisclosed recipients."""
    return len(recipients(facts))
