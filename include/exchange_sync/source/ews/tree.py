"""From folders as the server lists them to the tree of a mailbox. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from exchange_sync.model.email import Folder
from exchange_sync.model.folder_path import ARCHIVE
from exchange_sync.source.ews.distinguished import RSS, RSS_CLASS, root_of
from exchange_sync.source.ews.names import moment, number, t, text_of
from exchange_sync.source.ews.queries import COMMIT_TIME, DELETED_COUNT
from exchange_sync.source.ews.shown import Place, Step, shown_paths

_LONG_PASSED = timedelta(seconds=5)  # more than the clocks of one Exchange's servers differ by
_IN_TREE, _IN_ARCHIVE, _NAMED, _IN_NO_TREE = range(4)  # who keeps a name that others bear, too
_ARCHIVE_STEP = Step("", ARCHIVE, _IN_ARCHIVE)
_DEEPEST = 300  # Exchange's own limit of depth


@dataclass(frozen=True)
class RawFolder:
    """One folder as listed. commit: when its content last changed; deleted: items ever deleted from it.

    asked: when the server answered, by its own clock; None where it does not tell.
    """

    key: str
    parent: str | None
    name: str
    folder_class: str | None
    total: int
    is_search: bool
    commit: str | None = None
    deleted: str | None = None
    asked: datetime | None = None

    @property
    def mark(self) -> str | None:
        """Changes whenever the folder's content may have changed; None where the server does not tell."""
        if self.commit is None or self.deleted is None:
            return None
        return f"{self.commit}/{self.deleted}/{self.total}"

    @property
    def past(self) -> bool:
        """Whether the second of the last change had long passed when the server answered."""
        committed = moment(self.commit)
        return committed is not None and self.asked is not None and self.asked - committed >= _LONG_PASSED


def read_folder(node: etree._Element, asked: datetime | None = None) -> RawFolder | None:
    """One folder element; None where it has no id."""
    found = node.find(t("FolderId"))
    key = None if found is None else found.get("Id")
    if not key:
        return None
    parent = node.find(t("ParentFolderId"))
    extended = extended_properties(node)
    return RawFolder(
        key=key,
        parent=None if parent is None else parent.get("Id"),
        name=text_of(node, t("DisplayName")) or "",
        folder_class=text_of(node, t("FolderClass")) or None,
        total=number(text_of(node, t("TotalCount"))),
        is_search=node.tag == t("SearchFolder"),
        commit=extended.get(int(COMMIT_TIME, 16)),
        deleted=extended.get(int(DELETED_COUNT, 16)),
        asked=asked,
    )


def extended_properties(node: etree._Element) -> dict[int, str]:
    """The extended properties of a folder or item by tag number; the server may write a tag in any notation."""
    found: dict[int, str] = {}
    for one in node.findall(t("ExtendedProperty")):
        uri, value = one.find(t("ExtendedFieldURI")), text_of(one, t("Value"))
        if uri is None or value is None:
            continue
        try:
            found[int(uri.get("PropertyTag", ""), 0)] = value
        except ValueError:
            continue  # a named property, which was not asked for
    return found


def build_tree(
    listed: Iterable[RawFolder], distinguished: Mapping[str, str], roots: Iterable[RawFolder]
) -> list[Folder]:
    """The folders with their paths. distinguished: name by key.

    roots: they are no part of a path, but for the archive's, whose folders lie below ARCHIVE. One that holds items
    itself is a folder too, beside those below it.
    """
    by_key = {raw.key: raw for raw in listed}
    tops = {raw.key: raw for raw in roots}
    below = [raw for raw in by_key.values() if raw.key not in tops]
    lines = {raw.key: _ancestry(raw, by_key, tops) for raw in below}
    kinds = {raw.key: _kind(lines[raw.key], distinguished, tops) for raw in below}
    own = [raw for raw in tops.values() if raw.total]
    places = [_place_of_root(raw, distinguished) for raw in own]
    places += [_place(lines[raw.key], kinds[raw.key], _rank(lines[raw.key][0], distinguished, tops)) for raw in below]
    paths = shown_paths(places)
    return [_root(raw, distinguished, paths[raw.key]) for raw in own] + [
        _folder(raw, distinguished, kinds[raw.key], paths[raw.key]) for raw in below
    ]


def _place_of_root(raw: RawFolder, distinguished: Mapping[str, str]) -> Place:
    name = distinguished.get(raw.key)
    if root_of(name) == "archive":
        return Place(raw.key, (_ARCHIVE_STEP,))
    return Place(raw.key, (Step(raw.key, raw.name or name or "", _IN_NO_TREE),))


def _place(line: list[RawFolder], kind: str, rank: int) -> Place:
    steps = tuple(Step(one.key, one.name, rank) for one in line)
    return Place(line[-1].key, (_ARCHIVE_STEP, *steps) if kind == "archive" else steps)


def _rank(first: RawFolder, distinguished: Mapping[str, str], tops: Mapping[str, RawFolder]) -> int:
    """Of a line that begins with this folder."""
    if first.parent in tops:
        return _IN_TREE
    return _NAMED if first.key in distinguished else _IN_NO_TREE


def _kind(line: list[RawFolder], distinguished: Mapping[str, str], tops: Mapping[str, RawFolder]) -> str:
    """What the folder at the end of a line lies under (model.email.Folder.root)."""
    top = distinguished.get(line[0].parent or "") if line[0].parent in tops else None
    kinds = [root_of(distinguished.get(one.key)) for one in line] + [root_of(top)]
    return next((kind for kind in kinds if kind != "primary"), "primary")


def _root(raw: RawFolder, distinguished: Mapping[str, str], path: tuple[str, ...]) -> Folder:
    name = distinguished.get(raw.key)
    return Folder(
        key=raw.key,
        parent_key=None,
        path=path,
        distinguished=name,
        folder_class=raw.folder_class,
        root=root_of(name),
        total=raw.total,
        mark=raw.mark,
        past=raw.past,
    )


def _folder(raw: RawFolder, distinguished: Mapping[str, str], kind: str, path: tuple[str, ...]) -> Folder:
    name = distinguished.get(raw.key)
    if name is None and raw.folder_class == RSS_CLASS:
        name = RSS
    return Folder(
        key=raw.key,
        parent_key=raw.parent,
        path=path,
        distinguished=name,
        folder_class=raw.folder_class,
        root=kind,
        is_search=raw.is_search,
        total=raw.total,
        mark=raw.mark,
        past=raw.past,
    )


def _ancestry(raw: RawFolder, by_key: Mapping[str, RawFolder], tops: Mapping[str, RawFolder]) -> list[RawFolder]:
    """From just below the root down to the folder. A parent that is hidden from us ends the way up."""
    line, seen = [raw], {raw.key}
    while len(line) < _DEEPEST and line[0].parent not in tops:
        above = by_key.get(line[0].parent or "")
        if above is None or above.key in seen:
            break
        seen.add(above.key)
        line.insert(0, above)
    return line


def mark_of(listed: Iterable[RawFolder]) -> str | None:
    """One value over all folders; None when a folder does not tell of its changes (a search folder need not)."""
    folders = sorted((raw for raw in listed if not raw.is_search), key=lambda raw: raw.key)
    if not folders or any(raw.mark is None for raw in folders):
        return None
    digest = hashlib.sha256()
    for raw in folders:
        row = (raw.key, raw.parent or "", raw.name, raw.folder_class or "", raw.mark or "")
        digest.update("\x1f".join(row).encode("utf-8", "replace") + b"\x1e")
    return digest.hexdigest()
