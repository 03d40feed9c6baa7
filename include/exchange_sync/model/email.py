"""What a mail source tells of folders and items. Frozen values; standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Folder:
    """One folder of a mailbox.

    key: the server's id; kept on rename and move.
    path: display names from the message root, localised, e.g. ``("Inbox", "Claims")``; the archive's begin with
    folder_path.ARCHIVE. No two folders of a mailbox have one path: of those that would, all but one get a number.
    distinguished: Exchange's distinguished id ("inbox", "sentitems", "drafts", …) or None for a user folder.
    folder_class: e.g. ``IPF.Note``; None counts as mail.
    root: "primary" (under msgfolderroot), "archive", or "recoverable".
    total: items in it of every kind, as the server counts. mark: a value that changes whenever the folder's content
    may have changed, or None where the server offers none. A mark may be as coarse as a second, so that two changes
    within one leave it as it is. past: that second has passed, by the server's own clock: no later change can bear
    this mark.
    """

    key: str
    parent_key: str | None
    path: tuple[str, ...]
    distinguished: str | None = None
    folder_class: str | None = None
    root: str = "primary"
    is_search: bool = False
    total: int = 0
    mark: str | None = None
    past: bool = False


@dataclass(frozen=True)
class ListedItem:
    """An item that a folder listing names. received: aware, UTC. size: bytes as the server counts. None: not told."""

    item_id: str
    received: datetime | None
    size: int | None


@dataclass(frozen=True)
class Sighting:
    """An item that bears a Message-ID somebody asked for, and its folder. size in bytes."""

    folder_key: str
    item_id: str
    received: datetime | None
    size: int


@dataclass(frozen=True)
class ChangePage:
    """One page of a folder's changes. present: created or updated; gone: ids deleted or moved away.

    elsewhere: items that have left this folder and lie in another now, each with that one's key, where the source can
    tell; whatever the other folder's own listing says, they are filed there at once.
    state is the opaque sync state after this page; it never passes anything that the page does not name.
    last: True when the listing has reached the end of the folder.
    """

    state: str
    last: bool
    present: tuple[ListedItem, ...] = ()
    gone: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    """A correspondent. address: SMTP where the server resolves it; routing "SMTP" or "EX"."""

    name: str = ""
    address: str = ""
    routing: str = "SMTP"


@dataclass(frozen=True)
class ItemProperties:
    """The small properties of one item: everything but its content. Times are aware, UTC, to the second.

    text_mark: identity.text_mark of the first words of the text, where the server tells them beside the properties.
    copy_key: what a mailbox's copies of one delivered mail share, moved, copied or edited; "" where it tells none.
    """

    item_id: str
    item_class: str  # "" where the server tells none: then it is mail
    message_id: str | None
    is_draft: bool = False
    size: int = 0
    received: datetime | None = None
    sent: datetime | None = None
    sender: Address = Address()
    subject: str = ""
    importance: str = "Normal"
    sensitivity: str = "Normal"
    categories: tuple[str, ...] = ()
    has_attachments: bool = False
    conversation_id: str | None = None
    text_mark: str = ""
    copy_key: str = ""


@dataclass(frozen=True)
class ItemMime:
    """The MIME of one item, as the server made it (it differs between mailboxes: never hash it for identity)."""

    item_id: str
    mime: bytes


@dataclass(frozen=True)
class NoMime:
    """The server makes no MIME of this one item, and never will; it is read as LargeItem instead, whatever its size."""

    item_id: str


@dataclass(frozen=True)
class ItemProblem:
    """One item that could not be read. gone: it moved or was deleted; else code says what went wrong."""

    item_id: str
    gone: bool
    code: str


@dataclass(frozen=True)
class SourceAttachment:
    """Metadata of one attachment of a large item, as the server lists it. size in bytes."""

    key: str
    name: str
    content_type: str
    size: int
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True)
class LargeItem:
    """An email read in parts, too large for one MIME download or without: a MIME of headers and body only, and the
    attachments apart."""

    item_id: str
    mime: bytes
    attachments: Sequence[SourceAttachment] = field(default_factory=tuple)
