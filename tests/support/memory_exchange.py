"""An Exchange in memory behind the mail source's port: for tests of what the pipeline does with what a server says.

It behaves as the simulator does where it matters for sync (a move is a deletion and a creation under a new item id,
states are opaque and may expire) and runs the same contract suite; the wire is the simulator's business.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr, parsedate_to_datetime

from exchange_sync.errors import StateExpired
from exchange_sync.model.email import (
    Address,
    ChangePage,
    Folder,
    ItemMime,
    ItemProblem,
    ItemProperties,
    LargeItem,
    ListedItem,
    Sighting,
)
from exchange_sync.source.api import Capabilities, FolderGone, Welcome


@dataclass
class Item:
    folder: str
    mime: bytes
    properties: ItemProperties


@dataclass
class Box:
    folders: dict[str, Folder] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # (folder, "present" | "gone", item id)
    first_seen: dict[tuple[str, str], int] = field(default_factory=dict)  # (folder, item id) → place in changes
    committed: dict[str, int] = field(default_factory=dict)  # folder → the second of its last change

    def change(self, folder: str, kind: str, item_id: str, second: int | None) -> None:
        """One change, in the second that it is now, if there is one."""
        self.changes.append((folder, kind, item_id))
        self.committed[folder] = second or 0


class MemoryExchange:
    """The server: mailboxes, and what people do in them.

    second: the time by which changes are marked, in whole seconds; None marks each change apart, so that no two bear
    one mark.
    """

    def __init__(self) -> None:
        self.second: int | None = None
        self.boxes: dict[str, Box] = {}
        self.calls: list[tuple[str, int]] = []
        self.epoch = 0
        self.fault: Callable[[str, Sequence[str]], None] = lambda operation, ids: None
        self._ids = itertools.count(1)

    def add_mailbox(self, address: str) -> None:
        self.boxes[address] = Box()
        for name, distinguished in (("Inbox", "inbox"), ("Sent Items", "sentitems"), ("Drafts", "drafts")):
            self.add_folder(address, (name,), distinguished=distinguished)

    def add_folder(
        self, address: str, path: tuple[str, ...], *, distinguished: str | None = None, folder_class: str = "IPF.Note"
    ) -> str:
        box = self.boxes[address]
        parent = next((folder.key for folder in box.folders.values() if folder.path == path[:-1]), None)
        key = f"folder-{next(self._ids)}"
        box.folders[key] = Folder(key, parent, path, distinguished, folder_class)
        return key

    def folder(self, address: str, *path: str) -> str:
        return next(folder.key for folder in self.boxes[address].folders.values() if folder.path == path)

    def rename_folder(self, address: str, key: str, path: tuple[str, ...]) -> None:
        box = self.boxes[address]
        box.folders[key] = replace(box.folders[key], path=path)

    def delete_folder(self, address: str, key: str) -> None:
        box = self.boxes[address]
        del box.folders[key]
        for item_id in [item_id for item_id, item in box.items.items() if item.folder == key]:
            del box.items[item_id]

    def deliver(self, address: str, folder: str, mime: bytes, **more: object) -> str:
        return self._put(address, folder, mime, _properties(mime, {"copy_key": f"mail-{next(self._ids)}", **more}))

    def move(self, address: str, item_id: str, folder: str) -> str:
        item = self.boxes[address].items[item_id]
        self.delete(address, item_id)
        return self._put(address, folder, item.mime, item.properties)

    def copy(self, address: str, item_id: str, folder: str) -> str:
        item = self.boxes[address].items[item_id]
        return self._put(address, folder, item.mime, item.properties)

    def delete(self, address: str, item_id: str) -> None:
        box = self.boxes[address]
        item = box.items.pop(item_id)
        box.change(item.folder, "gone", item_id, self.second)

    def edit(self, address: str, item_id: str, **more: object) -> None:
        box = self.boxes[address]
        item = box.items[item_id]
        item.properties = replace(item.properties, **more)  # type: ignore[arg-type]
        box.change(item.folder, "present", item_id, self.second)

    def expire_states(self) -> None:
        self.epoch += 1

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.calls)

    def asked(self, operation: str) -> int:
        """How many items were asked for by an operation."""
        return sum(n for name, n in self.calls if name == operation)

    def _put(self, address: str, folder: str, mime: bytes, properties: ItemProperties) -> str:
        box = self.boxes[address]
        item_id = f"item-{next(self._ids)}"
        box.items[item_id] = Item(folder, mime, replace(properties, item_id=item_id))
        box.first_seen[folder, item_id] = len(box.changes)
        box.change(folder, "present", item_id, self.second)
        return item_id


class MemorySource:
    """The port on a MemoryExchange."""

    def __init__(self, exchange: MemoryExchange, page: int = 512) -> None:
        self.exchange, self.page = exchange, page

    def probe(self, mailbox: str) -> None:
        self._call("probe", [mailbox])

    def sign_in(self) -> None:
        self._call("sign_in", [])

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("ews")

    def welcome(self) -> Welcome:
        return Welcome("basic", access="impersonation")

    def no_mailbox(self, mailbox: str) -> str | None:
        return None

    def counts(self, mailbox: str, folders: Sequence[Folder]) -> dict[str, int]:
        return {folder.key: folder.total for folder in folders}

    def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
        self._call("folders", [mailbox])
        box = self.exchange.boxes[mailbox]
        counts = [item.folder for item in box.items.values()]
        return [
            replace(folder, total=counts.count(key), mark=self._mark(box, key), past=self.exchange.second is None)
            for key, folder in box.folders.items()
        ]

    def change_mark(self, mailbox: str) -> str | None:
        self._call("change_mark", [mailbox])
        box = self.exchange.boxes[mailbox]
        marks = [(key, folder.path, self._mark(box, key)) for key, folder in box.folders.items()]
        return f"{self.exchange.epoch}-{marks}"

    def _mark(self, box: Box, key: str) -> str:
        return str(_last(box, key) if self.exchange.second is None else box.committed.get(key))

    def changes(self, mailbox: str, folder_key: str, state: str | None, limit: int = 512) -> ChangePage:
        self._call("changes", [folder_key])
        box = self.exchange.boxes[mailbox]
        if folder_key not in box.folders:
            raise FolderGone("no such folder")
        since = 0 if state is None else self._since(state)
        named: dict[str, int] = {}
        place = since
        for place in range(since, len(box.changes)):
            folder, _, item_id = box.changes[place]
            if folder == folder_key:
                named[item_id] = place
            if len(named) >= min(limit, self.page):
                break
        upto = place + 1 if box.changes[since:] else since
        here = {item_id for item_id in named if item_id in box.items and box.items[item_id].folder == folder_key}
        return ChangePage(
            state=f"{self.exchange.epoch}:{upto}",
            last=not any(folder == folder_key for folder, _, _ in box.changes[upto:]),
            present=tuple(_listed(box.items[item_id]) for item_id in named if item_id in here),
            gone=tuple(
                item_id for item_id in named if item_id not in here and box.first_seen[folder_key, item_id] < since
            ),  # of what came and went since the state, nothing is told
        )

    def properties(self, mailbox: str, item_ids: Sequence[str]) -> list[ItemProperties | ItemProblem]:
        self._call("properties", item_ids)
        items = self.exchange.boxes[mailbox].items
        return [items[i].properties if i in items else ItemProblem(i, True, "ErrorItemNotFound") for i in item_ids]

    def mimes(
        self, mailbox: str, item_ids: Sequence[str], sizes: Mapping[str, int] | None = None
    ) -> Iterator[ItemMime | ItemProblem]:
        self._call("mimes", item_ids)
        items = self.exchange.boxes[mailbox].items
        for i in item_ids:
            yield ItemMime(i, items[i].mime) if i in items else ItemProblem(i, True, "ErrorItemNotFound")

    def large(self, mailbox: str, item_id: str) -> LargeItem | ItemProblem:
        self._call("large", [item_id])
        items = self.exchange.boxes[mailbox].items
        if item_id not in items:
            return ItemProblem(item_id, True, "ErrorItemNotFound")
        return LargeItem(item_id, items[item_id].mime)

    def attachment(self, mailbox: str, key: str) -> Iterator[bytes]:
        raise NotImplementedError("no test asks for attachments in memory")

    def find(
        self, mailbox: str, folder_key: str, since: datetime | None, until: datetime | None
    ) -> Iterator[ListedItem]:
        self._call("find", [mailbox, folder_key])
        found = [_listed(item) for item in self.exchange.boxes[mailbox].items.values() if item.folder == folder_key]
        for item in sorted(found, key=lambda item: (item.received or _NEVER, item.item_id)):
            when = item.received or _NEVER
            if (since is None or when >= since) and (until is None or when < until):
                yield item

    def named(
        self, mailbox: str, message_ids: Sequence[str], folder_keys: Sequence[str]
    ) -> tuple[list[Sighting], list[str]]:
        self._call("named", [mailbox, *folder_keys])
        box = self.exchange.boxes[mailbox]
        found = [
            Sighting(item.folder, item_id, item.properties.received, item.properties.size)
            for item_id, item in box.items.items()
            if item.folder in folder_keys and item.properties.message_id in message_ids
        ]
        return found, [key for key in folder_keys if key not in box.folders]

    def close(self) -> None:
        return None

    def _call(self, operation: str, ids: Sequence[str]) -> None:
        self.exchange.calls.append((operation, len(ids)))
        self.exchange.fault(operation, ids)

    def _since(self, state: str) -> int:
        epoch, _, place = state.partition(":")
        if int(epoch) != self.exchange.epoch:
            raise StateExpired("the server forgot it")
        return int(place)


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _last(box: Box, key: str) -> int:
    return max((place for place, (folder, _, _) in enumerate(box.changes) if folder == key), default=-1)


def _listed(item: Item) -> ListedItem:
    return ListedItem(item.properties.item_id, item.properties.received, item.properties.size)


def _properties(mime: bytes, more: dict[str, object]) -> ItemProperties:
    message = BytesHeaderParser().parsebytes(mime)
    name, address = parseaddr(str(message.get("From", "")))
    try:
        sent = parsedate_to_datetime(str(message.get("Date"))).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        sent = None
    values: dict[str, object] = {
        "item_id": "",
        "item_class": "IPM.Note",
        "message_id": message.get("Message-ID"),
        "size": len(mime),
        "received": sent,
        "sent": sent,
        "sender": Address(name, address),
        "subject": str(message.get("Subject", "")),
    }
    return ItemProperties(**{**values, **more})  # type: ignore[arg-type]
