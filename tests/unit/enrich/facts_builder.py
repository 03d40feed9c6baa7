"""Facts for the tests: an ordinary email of a mailbox, and what differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from exchange_sync.model.cleaned import CleanedEmail, Person
from exchange_sync.model.comment import EmailFacts
from exchange_sync.model.email import Address, ItemProperties

RECEIVED = datetime(2025, 6, 2, 10, 0, 5, tzinfo=UTC)
SENT = datetime(2025, 6, 2, 10, 0, 0, tzinfo=UTC)
OWN_ID = "<m1@example.com>"

CLEANED = CleanedEmail(
    subject="Claim 7",
    body="The roof of the warehouse was damaged by the storm last night.",
    sender=Person("Ann Lee", "ann@example.com"),
    to=(Person("Bob", "bob@firm.example"),),
    sent=SENT,
    message_id=OWN_ID,
)
PROPERTIES = ItemProperties(
    item_id="i1",
    item_class="IPM.Note",
    message_id=OWN_ID,
    size=2_048,
    received=RECEIVED,
    sender=Address("Lee, Ann", "ann@example.com"),
)


def facts(**changes: Any) -> EmailFacts:
    """Facts with changes: fields of CleanedEmail, of ItemProperties (as ``server_…``), or of EmailFacts."""
    server = {name.removeprefix("server_"): changes.pop(name) for name in list(changes) if name.startswith("server_")}
    own = {name: changes.pop(name) for name in ("mailbox", "folder", "message_id") if name in changes}
    base = EmailFacts(CLEANED, PROPERTIES, "bob@firm.example", ("Inbox", "Claims"), OWN_ID)
    return replace(base, cleaned=replace(CLEANED, **changes), properties=replace(PROPERTIES, **server), **own)
