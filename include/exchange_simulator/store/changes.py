"""What changed since a sync state: the pages of SyncFolderItems and SyncFolderHierarchy.

A state says how far a client has come, and nothing is kept for it here: it holds its place, and dies when its mailbox's
states are expired. Every page costs as much as the page, whatever the folder holds.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

from exchange_simulator.errors import EwsError
from exchange_simulator.store.database import Database
from exchange_simulator.store.folders import Folders
from exchange_simulator.store.items import item_from
from exchange_simulator.store.model import Folder, Item, Mailbox

MAX_CHANGES = 512
_STATE_BYTES = 240  # the size of a small state of Exchange's; padded so that clients meet long ones


@dataclass(frozen=True)
class Change:
    """One change. kind: ``create``, ``update``, ``read`` or ``delete``; item is None for a delete. born: the item's."""

    kind: str
    key: str
    item: Item | None
    born: int


@dataclass(frozen=True)
class Page:
    """Changes, the state after them, and whether nothing more is waiting."""

    changes: list[Change]
    state: str
    last: bool


@dataclass(frozen=True)
class FolderChange:
    """One change of the folder tree. kind: ``create``, ``update`` or ``delete``."""

    kind: str
    folder: Folder


@dataclass(frozen=True)
class _Place:
    """A decoded state. seq: told up to this change. cursor: (received, row) while the first listing still runs."""

    seq: int
    cursor: tuple[int, int] | None = None


class Changes:
    """Answers sync requests."""

    def __init__(self, database: Database, folders: Folders) -> None:
        self._db = database
        self._folders = folders

    def items(
        self, mailbox: Mailbox, folder: Folder, state: str | None, limit: int, *, newest_first: bool = True
    ) -> Page:
        """One page of a folder's changes. Raises EwsError ErrorInvalidSyncStateData for a state not of this folder."""
        limit = max(1, min(limit, MAX_CHANGES))
        place = _decode(state, mailbox, folder.key) if state else None
        if place is None or place.cursor is not None:
            return self._listing(mailbox, folder, place, limit, newest_first=newest_first)
        return self._since(mailbox, folder, place.seq, limit)

    @property
    def now(self) -> int:
        """The number of the latest change."""
        return self._db.seq

    def newest(self, folder: Folder, seq: int, before: tuple[int, int] | None, limit: int) -> tuple[list[Item], bool]:
        """Items that came up to a change, newest first; before: (received, row) of the last one told. And: do more
        follow?"""
        received, row = before or (2**62, 2**62)
        rows = self._db.all(
            "SELECT * FROM items INDEXED BY items_newest WHERE folder = ? AND created_seq <= ?"
            " AND (received, row) < (?, ?) ORDER BY received DESC, row DESC LIMIT ?",
            folder.row, seq, received, row, limit + 1,
        )  # fmt: skip
        return [item_from(one) for one in rows[:limit]], len(rows) > limit

    def since(self, folder: Folder, seq: int, limit: int) -> tuple[list[Change], int, bool]:
        """Changes after one, in order; the number that they reach; whether there are no more."""
        events = self._events(folder, seq, limit + 1)
        last = len(events) <= limit
        return [change for _, change in events[:limit]], self._db.seq if last else events[limit - 1][0], last

    def left(self, folder: Folder, seq: int) -> dict[int, int]:
        """Items, by their number of birth, that were there at a change and left after it: when."""
        rows = self._db.all(
            "SELECT born, min(removed_seq) AS seq FROM removed WHERE folder = ? AND removed_seq > ?"
            " AND created_seq <= ? GROUP BY born", folder.row, seq, seq,
        )  # fmt: skip
        return {row["born"]: row["seq"] for row in rows}

    def _listing(
        self, mailbox: Mailbox, folder: Folder, place: _Place | None, limit: int, *, newest_first: bool
    ) -> Page:
        seq = self._db.seq if place is None else place.seq
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        after, values = "", [folder.row, seq]
        if place is not None and place.cursor is not None:
            after, values = f" AND (received, row) {sign} (?, ?)", [*values, *place.cursor]
        rows = self._db.all(
            f"SELECT * FROM items INDEXED BY items_newest WHERE folder = ? AND created_seq <= ?{after}"
            f" ORDER BY received {order}, row {order} LIMIT ?", *values, limit + 1,
        )  # fmt: skip
        items = [item_from(row) for row in rows[:limit]]
        last = len(rows) <= limit
        cursor = None if last else (items[-1].received, items[-1].row)
        changes = [Change("create", item.key, item, item.born) for item in items]
        # A change made while the listing ran is told after it; only then is the client up to date.
        last = last and self._db.seq == seq
        return Page(
            changes, _encode(mailbox, folder.key, _Place(seq, cursor)), last or not self._more(folder, seq, cursor)
        )

    def _more(self, folder: Folder, seq: int, cursor: tuple[int, int] | None) -> bool:
        return cursor is not None or bool(self._events(folder, seq, 1))

    def _since(self, mailbox: Mailbox, folder: Folder, seq: int, limit: int) -> Page:
        events = self._events(folder, seq, limit + 1)
        last = len(events) <= limit
        changes = [change for _, change in events[:limit]]
        reached = self._db.seq if last else events[limit - 1][0]
        return Page(changes, _encode(mailbox, folder.key, _Place(reached)), last)

    def _events(self, folder: Folder, seq: int, limit: int) -> list[tuple[int, Change]]:
        events: list[tuple[int, Change]] = []
        for kind, order, condition in (  # each walks an index of its own, from the state on
            ("create", "created_seq", "created_seq > ?1"),
            ("update", "changed_seq", "changed_seq > ?1 AND changed_seq > 0 AND created_seq <= ?1"),
            ("read", "read_seq", "read_seq > ?1 AND read_seq > 0 AND created_seq <= ?1 AND changed_seq <= ?1"),
        ):
            rows = self._db.all(
                f"SELECT * FROM items INDEXED BY items_{kind} WHERE folder = ?2 AND {condition}"
                f" ORDER BY {order} LIMIT ?3",
                seq, folder.row, limit,
            )  # fmt: skip
            events += [(row[order], Change(kind, row["key"], item_from(row), row["born"])) for row in rows]
        rows = self._db.all(
            "SELECT * FROM removed WHERE folder = ? AND removed_seq > ? AND created_seq <= ?"
            " ORDER BY removed_seq LIMIT ?",
            folder.row, seq, seq, limit,
        )  # fmt: skip
        events += [(row["removed_seq"], Change("delete", row["key"], None, row["born"])) for row in rows]
        return sorted(events, key=lambda event: event[0])[:limit]

    def folders(self, mailbox: Mailbox, root: Folder, state: str | None) -> tuple[list[FolderChange], str]:
        """The folder tree's changes beneath a root, parents first. Raises as items() does."""
        name = f"tree {root.key}"
        seq = _decode(state, mailbox, name).seq if state else -1
        everything = {folder.row: folder for folder in self._folders.all(mailbox, deleted=True)}
        changes = [
            FolderChange(kind, folder)
            for folder in sorted(everything.values(), key=lambda f: (_depth(f, everything), f.row))
            if (kind := _folder_change(folder, seq, inside=_inside(folder, root, everything)))
        ]
        return changes, _encode(mailbox, name, _Place(self._db.seq))


def _folder_change(folder: Folder, seq: int, *, inside: bool) -> str | None:
    known = folder.created_seq <= seq
    if folder.deleted_seq is not None:
        return "delete" if known and folder.deleted_seq > seq else None
    if not inside:
        # It may have been moved out from under the root; telling a folder that never was inside does no harm.
        return "delete" if known and folder.changed_seq > seq else None
    if not known:
        return "create"
    return "update" if folder.changed_seq > seq else None


def _depth(folder: Folder, everything: dict[int, Folder]) -> int:
    depth = 0
    while folder.parent is not None and folder.parent in everything:
        depth, folder = depth + 1, everything[folder.parent]
    return depth


def _inside(folder: Folder, root: Folder, everything: dict[int, Folder]) -> bool:
    while folder.parent is not None and folder.parent in everything:
        if folder.parent == root.row:
            return True
        folder = everything[folder.parent]
    return False


def _encode(mailbox: Mailbox, name: str, place: _Place) -> str:
    body = json.dumps([mailbox.guid, mailbox.state_epoch, name, place.seq, place.cursor]).encode()
    body = body.ljust(_STATE_BYTES)
    return base64.b64encode(b"H4sI" + zlib.crc32(body).to_bytes(4, "big") + body[::-1]).decode("ascii")


def _decode(state: str, mailbox: Mailbox, name: str) -> _Place:
    try:
        raw = base64.b64decode(state, validate=True)
        body = raw[8:][::-1]
        if raw[:4] != b"H4sI" or raw[4:8] != zlib.crc32(body).to_bytes(4, "big"):
            raise ValueError
        guid, epoch, owner, seq, cursor = json.loads(body)
        if (guid, epoch, owner) != (mailbox.guid, mailbox.state_epoch, name):
            raise ValueError
        return _Place(seq, None if cursor is None else (cursor[0], cursor[1]))
    except (ValueError, TypeError):
        raise EwsError(
            "ErrorInvalidSyncStateData", "The synchronization state data is corrupt or otherwise invalid."
        ) from None
