"""What the store holds, as values. Times are whole seconds since the epoch, UTC: EWS tells no finer ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

FolderId = NewType("FolderId", str)  # survives rename and move
ItemId = NewType("ItemId", str)  # new on every move

FolderRef = str | tuple[str, ...]
"""How a caller names a folder: a distinguished id (``inbox``), a FolderId, or a path of display names beneath the
message root, whose first part may be a distinguished id: ``("inbox", "Claims")``."""


@dataclass(frozen=True)
class Mailbox:
    """One mailbox. guid: what its ids are built from. state_epoch: sync states of an older one have expired."""

    row: int
    address: str
    display_name: str
    language: str
    guid: str
    legacy_dn: str
    has_archive: bool
    state_epoch: int


@dataclass(frozen=True)
class Folder:
    """One folder. role: its distinguished id, or None. kind: ``folder`` or ``search``.

    seqs: the mailbox's change number at which it was made, last changed, and deleted (None while it lives).
    """

    row: int
    key: FolderId
    mailbox: int
    parent: int | None
    role: str | None
    name: str
    folder_class: str | None
    kind: str
    archive: bool
    hidden: bool
    created_seq: int
    changed_seq: int
    deleted_seq: int | None
    commit_time: int
    deleted_total: int


@dataclass(frozen=True)
class Item:
    """One item's properties; its MIME lies apart and is read only when asked for.

    routing: ``SMTP`` or ``EX``, how the sender's address is told. size: bytes of the MIME as delivered.
    seqs: change numbers of its creation in this folder, last edit, last read-flag change (0: never). born: of its
    coming into this mailbox (its archive is another), which stays when it is moved within.
    """

    row: int
    key: ItemId
    mailbox: int
    folder: int
    content: int
    item_class: str
    subject: str
    message_id: str | None
    received: int
    sent: int
    created: int
    modified: int
    size: int
    importance: str
    sensitivity: str
    categories: tuple[str, ...]
    is_read: bool
    is_draft: bool
    has_attachments: bool
    from_name: str
    from_address: str
    sender_name: str
    sender_address: str
    routing: str
    display_to: str
    display_cc: str
    in_reply_to: str
    created_seq: int
    changed_seq: int
    read_seq: int
    born: int
