"""The user properties that follow the last synced origin of an email (design decision 7).

Folder and Mailbox: where it lies. All others stay as first loaded, so that copies and moves change nothing else; but
that a journal report brought an email is said whichever of its copies came first (decision 130).
"""

from __future__ import annotations

from exchange_sync.enrich.limits import PROPERTY_LIMIT
from exchange_sync.enrich.properties import folder, journal_recipients, journaled, mailbox
from exchange_sync.model.comment import EmailFacts
from exchange_sync.model.folder_path import folder_text

JOURNAL = (journaled, journal_recipients)


def following_properties(address: str, path: tuple[str, ...]) -> dict[str, str]:
    """The values for an email that was last seen in this mailbox and folder."""
    return {folder.NAME: folder_text(path), mailbox.NAME: address}


def journal_properties(facts: EmailFacts) -> dict[str, str]:
    """What a journal report adds to an email that is known already; nothing of other mail."""
    found = {prop.NAME: prop.value(facts) for prop in JOURNAL}
    return {name: value[:PROPERTY_LIMIT] for name, value in found.items() if value}
