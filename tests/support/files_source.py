"""A mail source over directories of ``.eml`` files: the proof that the port fits what is no Exchange (decision 82).

``root/address/Folder/Subfolder/name.eml``. A file keeps its name on a move within its mailbox, and that is its id.
There are no classes, no distinguished folders and no change marks; the tree counts nothing, a folder's state is what it
held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from exchange_sync.errors import MailboxFault, Reason, StateExpired
from exchange_sync.model.email import (
    Address,
    ChangePage,
    Folder,
    ItemMime,
    ItemProblem,
    ItemProperties,
    LargeItem,
    ListedItem,
    NoMime,
    Sighting,
    SourceAttachment,
)
from exchange_sync.source.api import PAGE_LIMIT, Capabilities, FolderGone, Welcome

_CHUNK = 64 * 1024


class FilesSource:
    """The port over a directory."""

    capabilities = Capabilities("files", frozenset({"primary"}), keeps_ids=True)

    def __init__(self, root: Path) -> None:
        self._root = root

    def welcome(self) -> Welcome:
        return Welcome("none", "a directory")

    def probe(self, mailbox: str) -> None:
        self._box(mailbox)

    def sign_in(self) -> None:
        return None

    def no_mailbox(self, mailbox: str) -> str | None:
        return None

    def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
        box = self._box(mailbox)
        paths = [path.relative_to(box) for path in sorted(box.rglob("*")) if path.is_dir()]
        return [Folder(str(path), str(path.parent) if path.parent.name else None, path.parts) for path in paths]

    def counts(self, mailbox: str, folders: Sequence[Folder]) -> dict[str, int]:
        return {folder.key: len(list(self._files(mailbox, folder.key))) for folder in folders}

    def change_mark(self, mailbox: str) -> str | None:
        return None

    def changes(self, mailbox: str, folder_key: str, state: str | None, limit: int = PAGE_LIMIT) -> ChangePage:
        known: dict[str, int] = {} if state is None else _state(state)
        now = {path.name: path.stat().st_ctime_ns for path in self._files(mailbox, folder_key)}
        changed = [name for name in now if known.get(name) != now[name]]
        left = [name for name in known if name not in now]
        told = [*left, *sorted(changed, key=lambda name: now[name], reverse=True)][:limit]
        known = {name: when for name, when in {**known, **{one: now.get(one, 0) for one in told}}.items() if when}
        where = {name: self._find(mailbox, name) for name in told if name not in now}
        return ChangePage(
            json.dumps(known),
            last=len(told) == len(left) + len(changed),
            present=tuple(self._listed(self._path(mailbox, folder_key) / name) for name in told if name in now),
            gone=tuple(name for name, path in where.items() if path is None),
            elsewhere={name: self._key(mailbox, path.parent) for name, path in where.items() if path is not None},
        )

    def properties(self, mailbox: str, item_ids: Sequence[str]) -> list[ItemProperties | ItemProblem]:
        return [self._properties(path) if (path := self._find(mailbox, one)) else _gone(one) for one in item_ids]

    def mimes(
        self, mailbox: str, item_ids: Sequence[str], sizes: Mapping[str, int] | None = None
    ) -> Iterator[ItemMime | NoMime | ItemProblem]:
        for one in item_ids:
            path = self._find(mailbox, one)
            yield ItemMime(one, path.read_bytes()) if path else _gone(one)

    def large(self, mailbox: str, item_id: str) -> LargeItem | ItemProblem:
        path = self._find(mailbox, item_id)
        if path is None:
            return _gone(item_id)
        whole = BytesParser(policy=policy.SMTP).parsebytes(path.read_bytes())
        files = [
            SourceAttachment(
                f"{item_id}/{place}", part.get_filename() or "", part.get_content_type(), len(_content(part))
            )
            for place, part in enumerate(whole.iter_attachments())
        ]
        if body := whole.get_body(("html", "plain")) if whole.is_multipart() else None:
            text, kind = body.get_content(), body.get_content_subtype()
            whole.clear_content()
            whole.set_content(text, subtype=kind)
        return LargeItem(item_id, whole.as_bytes(), files)

    def attachment(self, mailbox: str, key: str) -> Iterator[bytes]:
        name, _, place = key.rpartition("/")
        path = self._find(mailbox, name)
        assert path is not None
        content = _content(
            list(BytesParser(policy=policy.SMTP).parsebytes(path.read_bytes()).iter_attachments())[int(place)]
        )
        return (content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK))

    def find(
        self, mailbox: str, folder_key: str, since: datetime | None, until: datetime | None
    ) -> Iterator[ListedItem]:
        found = sorted(map(self._listed, self._files(mailbox, folder_key)), key=lambda one: one.received or _NEVER)
        for one in found:
            when = one.received or _NEVER
            if (since is None or when >= since) and (until is None or when < until):
                yield one

    def named(
        self, mailbox: str, message_ids: Sequence[str], folder_keys: Sequence[str]
    ) -> tuple[list[Sighting], list[str]]:
        found: list[Sighting] = []
        self._box(mailbox)
        there = [key for key in folder_keys if self._path(mailbox, key).is_dir()]
        for key in there:
            for path in self._files(mailbox, key):
                if self._properties(path).message_id in message_ids:
                    item = self._listed(path)
                    found.append(Sighting(key, item.item_id, item.received, item.size or 0))
        return found, [key for key in folder_keys if key not in there]

    def close(self) -> None:
        return None

    def _box(self, mailbox: str) -> Path:
        box = self._root / mailbox
        if not box.is_dir():
            reason = Reason("mailbox_not_found", "NoDirectory", "Make a directory of the mailbox's name.")
            raise MailboxFault(f"{mailbox}: there is no such directory", reason)
        return box

    def _path(self, mailbox: str, key: str) -> Path:
        return self._box(mailbox) / key

    def _key(self, mailbox: str, folder: Path) -> str:
        return str(folder.relative_to(self._box(mailbox)))

    def _files(self, mailbox: str, key: str) -> Iterator[Path]:
        if not self._path(mailbox, key).is_dir():
            raise FolderGone(f"{mailbox}: a directory is gone")
        return self._path(mailbox, key).glob("*.eml")

    def _find(self, mailbox: str, name: str) -> Path | None:
        return next((path for path in self._box(mailbox).rglob("*.eml") if path.name == name), None)

    def _listed(self, path: Path) -> ListedItem:
        there = path.stat()
        return ListedItem(path.name, datetime.fromtimestamp(int(there.st_mtime), UTC), there.st_size)

    def _properties(self, path: Path) -> ItemProperties:
        with path.open("rb") as file:
            head = BytesHeaderParser(policy=policy.SMTP).parse(file)
        people = head["From"].addresses if head["From"] else ()
        sender = Address(people[0].display_name, people[0].addr_spec) if people else Address()
        item = self._listed(path)
        return ItemProperties(
            path.name, "", str(head["Message-ID"]) if head["Message-ID"] else None, size=item.size or 0,
            received=item.received, sent=parsedate_to_datetime(head["Date"]).astimezone(UTC) if head["Date"] else None,
            sender=sender, subject=str(head["Subject"] or ""),
        )  # fmt: skip


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _content(part: object) -> bytes:
    return part.get_payload(decode=True) or b""  # type: ignore[attr-defined, no-any-return]


def _gone(item_id: str) -> ItemProblem:
    return ItemProblem(item_id, gone=True, code="NoFile")


def _state(state: str) -> dict[str, int]:
    try:
        found = json.loads(state)
    except ValueError:
        raise StateExpired("no state of a directory") from None
    if not isinstance(found, dict):
        raise StateExpired("no state of a directory")
    return found
