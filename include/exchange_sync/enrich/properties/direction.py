"""in, out, or internal: who wrote to whom, seen from the mailbox's organisation (its domain).

Source: sender, recipients and the mailbox's address.
"""

from __future__ import annotations

from exchange_sync.enrich.addresses import recipients, same_organisation, sender_address
from exchange_sync.model.comment import EmailFacts

NAME = "string:Direction"


def value(facts: EmailFacts) -> str:
    """out: ours to others; internal: ours to ours only; in: all else."""
    sender = sender_address(facts)
    if not same_organisation(sender, facts.mailbox):
        return "in"
    others = recipients(facts)
    if all(same_organisation(person.address, facts.mailbox) for person in others):
        return "internal"
    return "out"
