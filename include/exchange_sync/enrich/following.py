"""The user properties that follow the last synced origin of an email (design decision 7).

Folder and Mailbox: where it lies. All others stay as first loaded, so that copies and moves change nothing else.
"""

from __future__ import annotations

from exchange_sync.enrich.properties import folder, mailbox
from exchange_sync.model.folder_path import folder_text


def following_properties(address: str, path: tuple[str, ...]) -> dict[str, str]:
    """The values for an email that was last seen in this mailbox and folder."""
    return {folder.NAME: folder_text(path), mailbox.NAME: address}
