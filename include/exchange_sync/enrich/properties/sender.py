"""The SMTP address of the sender.

Source: From (else Sender) of the mail; the server's answer where that is an Exchange address.
"""

from __future__ import annotations

from exchange_sync.enrich.addresses import sender_address
from exchange_sync.model.comment import EmailFacts

NAME = "string:Sender"


def value(facts: EmailFacts) -> str | None:
    """The address, or None if neither names one."""
    return sender_address(facts) or None
