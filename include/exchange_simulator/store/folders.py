"""Folders: made, found, renamed, moved, deleted. A FolderId stays the same through all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from exchange_simulator.errors import UsageError
from exchange_simulator.store.database import Database
from exchange_simulator.store.ids import folder_key
from exchange_simulator.store.model import Folder, FolderRef, Mailbox
from exchange_simulator.store.names import ARCHIVE_BORN, BORN, ROLES, Birth

UNREAD_SEARCH_SQL = (
    "SELECT i.row FROM items i JOIN folders f ON f.row = i.folder WHERE i.mailbox = ? AND i.is_read = 0"
    " AND f.archive = 0 AND f.folder_class LIKE 'IPF.Note%' AND i.is_draft = 0"
    " AND coalesce(f.role, '') NOT IN ('deleteditems', 'junkemail', 'outbox', 'drafts')"
)
"""What the search folder "Unread Mail" finds."""


@dataclass(frozen=True)
class Counts:
    """A folder's figures."""

    total: int
    unread: int
    children: int


class Folders:
    """The folder trees of all mailboxes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def be_born(self, mailbox: Mailbox) -> None:
        """Make the folders every mailbox has."""
        self._bear(mailbox, BORN, archive=False)

    def bear_archive(self, mailbox: Mailbox) -> None:
        """Make the folders of an archive mailbox."""
        self._bear(mailbox, ARCHIVE_BORN, archive=True)

    def _bear(self, mailbox: Mailbox, births: Iterable[Birth], *, archive: bool) -> None:
        rows: dict[str | None, int | None] = {None: None}
        for birth in births:
            rows[birth.role] = self._insert(
                mailbox, rows[birth.parent], birth.role, birth.name(mailbox.language), birth.folder_class,
                kind=birth.kind, archive=archive, hidden=birth.hidden,
            )  # fmt: skip

    def _insert(
        self, mailbox: Mailbox, parent: int | None, role: str | None, name: str, folder_class: str | None,
        *, kind: str = "folder", archive: bool = False, hidden: bool = False,
    ) -> int:  # fmt: skip
        seq = self._db.next_seq()
        return self._db.run(
            "INSERT INTO folders (key, mailbox, parent, role, name, folder_class, kind, archive, hidden, created_seq,"
            " changed_seq, commit_time, deleted_total) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            folder_key(mailbox.guid, seq), mailbox.row, parent, role, name, folder_class, kind, archive, hidden,
            seq, seq, self._db.now(),
        )  # fmt: skip

    def all(self, mailbox: Mailbox, *, deleted: bool = False) -> list[Folder]:
        """Every folder of a mailbox and its archive, parents made before children; with the deleted ones if asked."""
        alive = "" if deleted else " AND deleted_seq IS NULL"
        return [_folder(row) for row in self._db.all(f"SELECT * FROM folders WHERE mailbox = ?{alive}", mailbox.row)]

    def by_role(self, mailbox: Mailbox, role: str) -> Folder | None:
        """The folder with a distinguished id."""
        row = self._db.one(
            "SELECT * FROM folders WHERE mailbox = ? AND role = ? AND deleted_seq IS NULL", mailbox.row, role
        )
        return None if row is None else _folder(row)

    def by_key(self, key: str) -> Folder | None:
        """The folder with a FolderId, unless it has been deleted."""
        row = self._db.one("SELECT * FROM folders WHERE key = ? AND deleted_seq IS NULL", key)
        return None if row is None else _folder(row)

    def by_row(self, row: int) -> Folder:
        """The folder with a row number, alive or deleted."""
        found = self._db.one("SELECT * FROM folders WHERE row = ?", row)
        if found is None:
            raise UsageError(f"there is no folder in row {row}")
        return _folder(found)

    def child(self, parent: Folder, name: str) -> Folder | None:
        """The folder of this name beneath a parent. Case does not matter, as in Exchange."""
        rows = self._db.all("SELECT * FROM folders WHERE parent = ? AND deleted_seq IS NULL", parent.row)
        return next((_folder(row) for row in rows if row["name"].casefold() == name.casefold()), None)

    def find(self, mailbox: Mailbox, reference: FolderRef) -> Folder | None:
        """The folder a caller means, or None when there is none."""
        if isinstance(reference, str):
            folder = self.by_role(mailbox, reference) if reference in ROLES else self.by_key(reference)
            return folder if folder is not None and folder.mailbox == mailbox.row else None
        folder, names = self._start(mailbox, reference)
        for name in names:
            if folder is None:
                return None
            folder = self.child(folder, name)
        return folder

    def get(self, mailbox: Mailbox, reference: FolderRef) -> Folder:
        """The folder a caller means. Raises UsageError when there is none."""
        folder = self.find(mailbox, reference)
        if folder is None:
            raise UsageError(
                f"the mailbox {mailbox.address} has no folder {reference!r}; expected a distinguished id such as "
                "inbox, a FolderId, or a list of names beneath the message root"
            )
        return folder

    def ensure(self, mailbox: Mailbox, reference: FolderRef, folder_class: str | None = "IPF.Note") -> Folder:
        """The folder a caller means; the missing parts of a path are made. A lone name must be a distinguished id."""
        if isinstance(reference, str):
            return self.get(mailbox, reference)
        folder, names = self._start(mailbox, reference)
        if folder is None:
            raise UsageError(f"the mailbox {mailbox.address} has no folder {reference[0]}")
        for name in names:
            folder = self.child(folder, name) or self.create(mailbox, folder, name, folder_class=folder_class)
        return folder

    def _start(self, mailbox: Mailbox, path: tuple[str, ...]) -> tuple[Folder | None, tuple[str, ...]]:
        if path and path[0] in ROLES:
            return self.by_role(mailbox, path[0]), path[1:]
        return self.by_role(mailbox, "msgfolderroot"), path

    def create(
        self,
        mailbox: Mailbox,
        parent: Folder,
        name: str,
        *,
        folder_class: str | None = "IPF.Note",
        kind: str = "folder",
    ) -> Folder:
        """A new folder. Raises UsageError when the parent has one of that name."""
        self._check_name(parent, name)
        return self.by_row(
            self._insert(mailbox, parent.row, None, name, folder_class, kind=kind, archive=parent.archive)
        )

    def rename(self, folder: Folder, name: str) -> None:
        """Give a folder another name; its id stays."""
        if folder.parent is not None:
            self._check_name(self.by_row(folder.parent), name, folder)
        self._db.run(
            "UPDATE folders SET name = ?, changed_seq = ? WHERE row = ?", name, self._db.next_seq(), folder.row
        )

    def move(self, folder: Folder, parent: Folder) -> None:
        """Put a folder with all beneath it under another parent; its id stays."""
        above: Folder | None = parent
        while above is not None:
            if above.row == folder.row:
                raise UsageError(f"the folder {folder.name!r} cannot be moved into itself")
            above = None if above.parent is None else self.by_row(above.parent)
        self._check_name(parent, folder.name, folder)
        self._db.run(
            "UPDATE folders SET parent = ?, changed_seq = ? WHERE row = ?", parent.row, self._db.next_seq(), folder.row
        )

    def delete(self, folder: Folder) -> None:
        """Delete a folder for ever, with its subfolders and items. Distinguished folders stay: raises UsageError."""
        if folder.role is not None:
            raise UsageError(f"{folder.role} is a distinguished folder; Exchange does not let it be deleted")
        for row in self._db.all("SELECT * FROM folders WHERE parent = ? AND deleted_seq IS NULL", folder.row):
            self.delete(_folder(row))
        self._db.run("DELETE FROM items WHERE folder = ?", folder.row)
        self._db.run("UPDATE folders SET deleted_seq = ? WHERE row = ?", self._db.next_seq(), folder.row)

    def touch(self, row: int, *, deleted: int = 0) -> None:
        """Note that a folder's contents changed, and how many items left it."""
        self._db.run(
            "UPDATE folders SET commit_time = ?, deleted_total = deleted_total + ? WHERE row = ?",
            self._db.now(), deleted, row,
        )  # fmt: skip

    def announce(self, folder: Folder) -> None:
        """Let the folder show up in the next hierarchy sync, as after a change of rights."""
        self._db.run("UPDATE folders SET changed_seq = ? WHERE row = ?", self._db.next_seq(), folder.row)

    def counts(self, mailbox: Mailbox) -> dict[int, Counts]:
        """The figures of every folder of a mailbox, by row number."""
        totals = {
            row["folder"]: (row["total"], row["unread"])
            for row in self._db.all(
                "SELECT i.folder, count(*) AS total, sum(i.is_read = 0) AS unread FROM items i"
                " JOIN folders f ON f.row = i.folder WHERE f.mailbox = ? GROUP BY i.folder", mailbox.row,
            )
        }  # fmt: skip
        folders = self.all(mailbox)
        children: dict[int | None, int] = {}
        for folder in folders:
            children[folder.parent] = children.get(folder.parent, 0) + 1
            if folder.kind == "search":
                found = self._db.one(f"SELECT count(*) AS n FROM ({UNREAD_SEARCH_SQL})", mailbox.row)
                totals[folder.row] = (found["n"], found["n"]) if found is not None else (0, 0)
        return {f.row: Counts(*totals.get(f.row, (0, 0)), children.get(f.row, 0)) for f in folders}

    def sizes(self, mailbox: Mailbox) -> dict[int, int]:
        """Bytes in every folder that holds any, by row number."""
        rows = self._db.all(
            "SELECT folder, sum(size) AS size FROM items WHERE mailbox = ? GROUP BY folder", mailbox.row
        )
        return {row["folder"]: row["size"] for row in rows}

    def path(self, folder: Folder) -> tuple[str, ...]:
        """The display names from the message root (or the mailbox's root) down to the folder."""
        names: list[str] = []
        above: Folder | None = folder
        while (
            above is not None
            and above.parent is not None
            and above.role not in ("msgfolderroot", "archivemsgfolderroot")
        ):
            names.insert(0, above.name)
            above = self.by_row(above.parent)
        return tuple(names)

    def _check_name(self, parent: Folder, name: str, folder: Folder | None = None) -> None:
        if not name or len(name) > 255:
            raise UsageError("a folder's name has 1 to 255 characters")
        taken = self.child(parent, name)
        if taken is not None and (folder is None or taken.row != folder.row):
            raise UsageError(f"{parent.name!r} already has a folder {name!r}; choose another name")


def _folder(row: sqlite3.Row) -> Folder:
    values = dict(row)
    return Folder(**{**values, "archive": bool(values["archive"]), "hidden": bool(values["hidden"])})
