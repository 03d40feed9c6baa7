"""Folders as Graph tells them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from exchange_simulator.graph.errors import not_found
from exchange_simulator.graph.filters import Value
from exchange_simulator.graph.filters import read as read_filter
from exchange_simulator.graph.ids import ews, rest
from exchange_simulator.graph.query import Query
from exchange_simulator.graph.values import of_folder, told
from exchange_simulator.store import Folder, Mailbox, MailboxStore
from exchange_simulator.store.folders import Counts

WELL_KNOWN = {"archive": "archivefolder"} | {
    name: name
    for name in (
        "conflicts", "conversationhistory", "deleteditems", "drafts", "inbox", "junkemail", "localfailures",
        "msgfolderroot", "outbox", "recoverableitemsdeletions", "searchfolders", "sentitems", "serverfailures",
        "syncissues",
    )
}  # fmt: skip
"""Graph's names for folders, in any case; others that it knows (clutter, scheduled) no mailbox has here."""

_NAMES = ("displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "isHidden")


class FolderView:
    """The folders of one mailbox as one request sees them."""

    def __init__(self, store: MailboxStore, mailbox: Mailbox) -> None:
        self._store, self._mailbox = store, mailbox
        self.all = {folder.row: folder for folder in store.folders.all(mailbox) if not folder.archive}
        self._counts = store.folders.counts(mailbox)
        self._sizes: dict[int, int] | None = None

    def find(self, name: str) -> Folder:
        """The folder that a path names, by id or well-known name. Raises GraphError 404: the archive has none."""
        role = WELL_KNOWN.get(name.lower())
        folder = self._store.folders.by_role(self._mailbox, role) if role else self._store.folders.by_key(ews(name))
        if folder is None or folder.row not in self.all:
            raise not_found("The specified folder could not be found in the store.")
        return folder

    def children(self, parent: Folder, *, hidden: bool) -> list[Folder]:
        """The folders right below one."""
        return [one for one in self.all.values() if one.parent == parent.row and (hidden or not one.hidden)]

    def below(self, parent: Folder) -> list[Folder]:
        """All of them, at all depths, parents first."""
        found = []
        for child in self.children(parent, hidden=True):
            found += [child, *self.below(child)]
        return found

    def chosen(self, folders: Sequence[Folder], query: Query) -> list[Folder]:
        """Those that the filter lets through."""
        text = query.options.get("filter")
        if not text:
            return list(folders)
        test = read_filter(text).test
        return [folder for folder in folders if test(partial(self._value, folder))]

    def json(self, folder: Folder, query: Query) -> dict[str, Any]:
        """One folder."""
        names = query.select or _NAMES
        made: dict[str, Any] = {"id": rest(folder.key)}
        if folder.kind == "search":
            made = {"@odata.type": "#microsoft.graph.mailSearchFolder", **made}
        made |= {name: self._value(folder, name) for name in names if name in _NAMES}
        if query.extended:
            values = of_folder(folder, self._figures(folder), self._size(folder))
            found = told(query.extended, values)
            if found:
                made["singleValueExtendedProperties"] = found
        return made

    def _figures(self, folder: Folder) -> Counts:
        return self._counts.get(folder.row, Counts(0, 0, 0))

    def _size(self, folder: Folder) -> int:
        if self._sizes is None:
            self._sizes = self._store.folders.sizes(self._mailbox)
        return self._sizes.get(folder.row, 0)

    def _value(self, folder: Folder, path: str) -> Value:
        counts = self._figures(folder)
        if path.startswith("extended:"):
            kind, _, tag = path.removeprefix("extended:").partition(" 0x")
            return of_folder(folder, counts, 0).get((int(tag, 16), kind.lower()))
        parent = self.all.get(folder.parent or 0)
        return {
            "id": rest(folder.key), "displayName": folder.name, "isHidden": folder.hidden,
            "parentFolderId": rest(parent.key) if parent else None, "childFolderCount": counts.children,
            "unreadItemCount": counts.unread, "totalItemCount": counts.total,
        }.get(path)  # type: ignore[return-value]  # fmt: skip
