"""The mailbox store: what the simulated Exchange holds. ``MailboxStore`` is the way in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from exchange_simulator.store.accounts import Accounts
from exchange_simulator.store.changes import Changes
from exchange_simulator.store.database import Clock, Database, utc_now
from exchange_simulator.store.folders import Folders
from exchange_simulator.store.items import Arrival, Items
from exchange_simulator.store.mailboxes import Mailboxes
from exchange_simulator.store.model import Folder, FolderId, FolderRef, Item, ItemId, Mailbox

__all__ = ["Folder", "FolderId", "FolderRef", "Item", "ItemId", "Mailbox", "MailboxStore"]


class MailboxStore:
    """All mailboxes of one simulated Exchange, in one SQLite file or in memory. Thread-safe.

    path: the file, or None for memory. clock: tells the time (aware). Loading much mail is quick inside one
    ``with store.transaction()``.
    """

    def __init__(self, path: Path | None = None, *, clock: Clock = utc_now) -> None:
        self._db = Database(path, clock)
        self.mailboxes = Mailboxes(self._db)
        self.folders = Folders(self._db)
        self.items = Items(self._db, self.mailboxes, self.folders)
        self.changes = Changes(self._db, self.folders)
        self.accounts = Accounts(self._db)

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens together or not at all; readers wait."""
        return self._db.transaction()

    def add_mailbox(self, address: str, display_name: str, *, language: str = "en", archive: bool = False) -> Mailbox:
        """A new mailbox with all distinguished folders, named in its language (en, de, fr).

        Raises UsageError when it exists or the language is unknown.
        """
        with self._db.transaction():
            mailbox = self.mailboxes.add(address, display_name, language=language, archive=archive)
            self.folders.be_born(mailbox)
            if archive:
                self.folders.bear_archive(mailbox)
            return mailbox

    def enable_archive(self, address: str) -> None:
        """Give a mailbox an archive, if it has none."""
        with self._db.transaction():
            mailbox = self.mailboxes.get(address)
            if not mailbox.has_archive:
                self.mailboxes.set_archive(mailbox)
                self.folders.bear_archive(mailbox)

    def remove_mailbox(self, address: str) -> None:
        """Remove a mailbox and all it holds. Raises UsageError when there is none."""
        with self._db.transaction():
            self.mailboxes.remove(self.mailboxes.get(address))

    def ensure_folder(self, address: str, path: FolderRef, *, folder_class: str | None = "IPF.Note") -> FolderId:
        """The FolderId of a folder: a distinguished id such as ``inbox``, or a path of names beneath the message root
        whose first part may be a distinguished id, as in ``("inbox", "Claims")``; missing parts are made."""
        with self._db.transaction():
            return self.folders.ensure(self.mailboxes.get(address), path, folder_class).key

    def deliver(
        self, address: str, folder: FolderRef, mime: bytes, *, received: datetime, draft: bool = False,
        item_class: str = "IPM.Note", sender_routing: str = "SMTP", read: bool = False,
        categories: Sequence[str] = (), importance: str | None = None, born: int | None = None,
    ) -> ItemId:  # fmt: skip
        """Put one mail into a folder, which must exist, and return its ItemId.

        received: aware time. item_class: the MAPI class, such as IPM.Schedule.Meeting.Request or REPORT.IPM.Note.NDR.
        sender_routing: EX tells the sender by its legacy DN, as Exchange does for internal mail; ResolveNames knows it.
        importance: Low, Normal, High, or None for what the MIME says.
        born: as Arrival has it. Raises UsageError when something does not fit.
        """
        with self._db.transaction():
            mailbox = self.mailboxes.get(address)
            arrival = Arrival(received, draft, item_class, sender_routing, read, tuple(categories), importance, born)
            return self.items.deliver(mailbox, self.folders.get(mailbox, folder), mime, arrival)

    def meta(self, name: str, default: str = "") -> str:
        """A value remembered with the mail, such as the name of the seed it was filled from."""
        return self._db.meta(f"user.{name}", default)

    def set_meta(self, name: str, value: str) -> None:
        """Remember a value with the mail."""
        self._db.set_meta(f"user.{name}", value)

    def close(self) -> None:
        """Close the file."""
        self._db.close()
