"""The envelope of a journaled mail: which it is, and who sent or got it (decision 130)."""

from __future__ import annotations

from dataclasses import replace

from exchange_sync.clean.envelope import read_envelope
from exchange_sync.clean.journal import Journal
from exchange_sync.clean.mime import Part
from exchange_sync.clean.participants import read_participants
from exchange_sync.model.addresses import address_key
from exchange_sync.model.envelope import Envelope
from exchange_sync.model.identity import usable_message_id


def journaled_envelope(mail: Part, journal: Journal) -> Envelope:
    """Of the mail that a journal report carries: which it is, and everybody who sent or got it.

    Whom the report itself is from and to takes no part, but a deny list heeds them. Never raises.
    """
    own = read_envelope(mail)
    told = [key for _, address in journal.told.people if "@" in (key := address_key(address))]
    around = [read_participants(headers) for headers in journal.headers]
    people = dict.fromkeys((*own.people, *told))
    seen = dict.fromkeys((*own.seen, *told, *(one for who in around for one in (*who.people, *who.seen))))
    shown = set(own.people)
    return replace(
        own,
        message_id=own.message_id or usable_message_id(journal.told.message_id),
        sender=own.sender or (address_key(journal.told.sender) if journal.told.sender else ""),
        people=tuple(people),
        seen=tuple(one for one in seen if one not in shown),
        unreadable=own.unreadable or journal.told.unreadable or any(who.unreadable for who in around),
        journaled=True,
    )
