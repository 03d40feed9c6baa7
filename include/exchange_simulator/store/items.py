"""Items: delivered, moved, copied, edited, marked read, removed. Each of these is one change that a sync tells."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange_simulator.errors import UsageError
from exchange_simulator.store import mime as mimes
from exchange_simulator.store.database import Database, seconds
from exchange_simulator.store.folders import UNREAD_SEARCH_SQL, Folders
from exchange_simulator.store.ids import item_key
from exchange_simulator.store.mailboxes import Mailboxes
from exchange_simulator.store.model import Folder, Item, ItemId, Mailbox

_COLUMNS = tuple(name for name in Item.__dataclass_fields__ if name != "row")
_INSERT = f"INSERT INTO items ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


@dataclass(frozen=True)
class Arrival:
    """How an item comes into a folder, beside its MIME.

    received: aware time. sender_routing: ``SMTP`` or ``EX``. importance: ``Low``, ``Normal``, ``High``; None takes the
    MIME's word. born: of the item whose immutable id this one takes over; None: it has one of its own.
    """

    received: datetime
    draft: bool = False
    item_class: str = "IPM.Note"
    sender_routing: str = "SMTP"
    read: bool = False
    categories: tuple[str, ...] = ()
    importance: str | None = None
    born: int | None = None


class Items:
    """The items of all folders."""

    def __init__(self, database: Database, mailboxes: Mailboxes, folders: Folders) -> None:
        self._db = database
        self._mailboxes = mailboxes
        self._folders = folders

    def deliver(self, mailbox: Mailbox, folder: Folder, mime: bytes, arrival: Arrival) -> ItemId:
        """Put a mail into a folder. Raises UsageError for a search folder or an unknown word."""
        self._check_target(folder)
        if arrival.sender_routing not in ("SMTP", "EX"):
            raise UsageError(f"unknown routing {arrival.sender_routing!r}; expected SMTP or EX")
        if arrival.importance not in (None, "Low", "Normal", "High"):
            raise UsageError(f"unknown importance {arrival.importance!r}; expected Low, Normal or High")
        found = mimes.properties(mime)
        if arrival.sender_routing == "EX" and found.from_address:
            self._mailboxes.person(found.from_address, found.from_name)
        received, now, seq = seconds(arrival.received), self._db.now(), self._db.next_seq()
        key = item_key(mailbox.guid, seq)
        self._db.run(
            _INSERT, key, mailbox.row, folder.row, self._content(mime), arrival.item_class, found.subject,
            found.message_id, received, received if found.sent is None else found.sent, now, now, len(mime),
            arrival.importance or found.importance, "Normal", json.dumps(arrival.categories), arrival.read,
            arrival.draft, found.has_attachments, found.from_name, found.from_address, found.sender_name,
            found.sender_address, arrival.sender_routing, found.display_to, found.display_cc, found.in_reply_to,
            seq, 0, 0, arrival.born or seq,
        )  # fmt: skip
        self._folders.touch(folder.row)
        return key

    def born(self, mailbox: Mailbox, number: int) -> Item | None:
        """The item of a mailbox that was born with this change number, wherever it lies now."""
        row = self._db.one("SELECT * FROM items WHERE mailbox = ? AND born = ?", mailbox.row, number)
        return None if row is None else item_from(row)

    def get(self, key: str) -> Item | None:
        """The item with an ItemId, or None."""
        row = self._db.one("SELECT * FROM items WHERE key = ?", key)
        return None if row is None else item_from(row)

    def need(self, key: str) -> Item:
        """The item with an ItemId. Raises UsageError when there is none."""
        item = self.get(key)
        if item is None:
            raise UsageError(
                "there is no item with this id; it may have been moved (which gives it a new id) or deleted"
            )
        return item

    def mime(self, item: Item) -> bytes:
        """The MIME as it was delivered, before the mailbox regenerates it."""
        row = self._db.one("SELECT mime FROM contents WHERE row = ?", item.content)
        return b"" if row is None else bytes(row["mime"])

    def of_folder(self, folder: Folder) -> list[Item]:
        """Every item of a folder, newest first."""
        rows = self._db.all("SELECT * FROM items WHERE folder = ? ORDER BY received DESC, row DESC", folder.row)
        return [item_from(row) for row in rows]

    def count(self, folder: Folder | Mailbox, condition: str, values: tuple[object, ...]) -> int:
        """How many items of a folder, or of a mailbox without its archive, fulfil an SQL condition on their columns."""
        scope, scoped = _scope(folder)
        row = self._db.one(f"SELECT count(*) AS n FROM items WHERE {scope} AND ({condition})", scoped, *values)
        return 0 if row is None else int(row["n"])

    def select(
        self, folder: Folder | Mailbox, condition: str, values: tuple[object, ...], order: str, offset: int, limit: int
    ) -> list[Item]:
        """A part of a folder's or mailbox's items in an order; as count() otherwise."""
        scope, scoped = _scope(folder)
        rows = self._db.all(
            f"SELECT * FROM items WHERE {scope} AND ({condition}) ORDER BY {order} LIMIT ? OFFSET ?",
            scoped, *values, limit, offset,
        )  # fmt: skip
        return [item_from(row) for row in rows]

    def move(self, item: Item, folder: Folder) -> ItemId:
        """Move an item; it gets a new id. Exchange tells it as a delete here and a create there."""
        stays = item.mailbox == folder.mailbox and self._folders.by_row(item.folder).archive == folder.archive
        key = self.copy(item, folder, born=item.born if stays else None)
        self.remove(item)
        return key

    def copy(self, item: Item, folder: Folder, *, born: int | None = None) -> ItemId:
        """Copy an item into a folder of any mailbox. born: None makes it another item."""
        self._check_target(folder)
        mailbox = self._mailboxes.by_row(folder.mailbox)
        seq = self._db.next_seq()
        key = item_key(mailbox.guid, seq)
        changes: dict[str, object] = {
            "key": key, "mailbox": mailbox.row, "folder": folder.row, "modified": self._db.now(),
            "created_seq": seq, "changed_seq": 0, "read_seq": 0, "born": born or seq,
        }  # fmt: skip
        names = [f"? AS {name}" if name in changes else name for name in _COLUMNS]
        self._db.run(
            f"INSERT INTO items ({', '.join(_COLUMNS)}) SELECT {', '.join(names)} FROM items WHERE row = ?",
            *[changes[name] for name in _COLUMNS if name in changes], item.row,
        )  # fmt: skip
        self._folders.touch(folder.row)
        return key

    def remove(self, item: Item) -> None:
        """Delete an item for ever."""
        self._db.run("DELETE FROM items WHERE row = ?", item.row)
        self._db.run(
            "INSERT INTO removed (folder, key, created_seq, removed_seq, born) VALUES (?, ?, ?, ?, ?)",
            item.folder, item.key, item.created_seq, self._db.next_seq(), item.born,
        )  # fmt: skip
        self._folders.touch(item.folder, deleted=1)

    def edit(
        self, item: Item, *, subject: str | None = None, mime: bytes | None = None,
        categories: Sequence[str] | None = None, draft: bool | None = None, received: datetime | None = None,
    ) -> None:  # fmt: skip
        """Change an item in place: the id stays, the ChangeKey is new, a sync tells an update."""
        changes: dict[str, object] = {}
        if mime is not None:
            found = mimes.properties(mime)
            changes |= {
                "content": self._content(mime), "size": len(mime), "subject": found.subject,
                "has_attachments": found.has_attachments, "message_id": found.message_id,
                "display_to": found.display_to, "display_cc": found.display_cc,
            }  # fmt: skip
        if subject is not None:
            changes["subject"] = subject
        if categories is not None:
            changes["categories"] = json.dumps(tuple(categories))
        if draft is not None:
            changes["is_draft"] = draft
        if received is not None:
            changes["received"] = seconds(received)
        changes |= {"modified": self._db.now(), "changed_seq": self._db.next_seq()}
        assignments = ", ".join(f"{name} = ?" for name in changes)
        self._db.run(f"UPDATE items SET {assignments} WHERE row = ?", *changes.values(), item.row)
        self._folders.touch(item.folder)

    def mark_read(self, item: Item, *, read: bool) -> None:
        """Set the read flag; a sync tells a read-flag change, not an update."""
        self._db.run(
            "UPDATE items SET is_read = ?, read_seq = ?, modified = ? WHERE row = ?",
            read, self._db.next_seq(), self._db.now(), item.row,
        )  # fmt: skip
        self._folders.touch(item.folder)

    def _content(self, mime: bytes) -> int:
        digest = hashlib.sha256(mime).digest()
        row = self._db.one("SELECT row FROM contents WHERE sha256 = ?", digest)
        if row is not None:
            return int(row["row"])
        return self._db.run("INSERT INTO contents (sha256, mime) VALUES (?, ?)", digest, mime)

    @staticmethod
    def _check_target(folder: Folder) -> None:
        if folder.kind == "search":
            raise UsageError(f"{folder.name!r} is a search folder: it holds no items of its own")


def _scope(folder: Folder | Mailbox) -> tuple[str, int]:
    if isinstance(folder, Mailbox):
        return (
            "folder IN (SELECT row FROM folders WHERE mailbox = ? AND archive = 0 AND deleted_seq IS NULL)",
            folder.row,
        )
    if folder.kind == "search":
        return f"row IN ({UNREAD_SEARCH_SQL})", folder.mailbox
    return "folder = ?", folder.row


def item_from(row: sqlite3.Row) -> Item:
    """An item from its row."""
    values = dict(row)
    values["categories"] = tuple(json.loads(values["categories"]))
    for name in ("is_read", "is_draft", "has_attachments"):
        values[name] = bool(values[name])
    return Item(**values)
