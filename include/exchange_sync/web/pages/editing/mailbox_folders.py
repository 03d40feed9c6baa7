"""A mailbox's folders as rows to tick: which there are, what they hold, and which are listed already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from exchange_sync.model.config import Filters
from exchange_sync.model.email import Folder
from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.rules import folders_left_out, names_of
from exchange_sync.store.database import Row

SHOWN = 2_000  # folders: more are typed by path
DEPTH = 5  # further levels are not moved in any more
_NO_MAIL = ("not mail", "search folder", "recoverable items")


@dataclass(frozen=True)
class Branch:
    """One folder. path, also: what a list may call it. off: why it is not synced whatever is ticked, "" where it is."""

    path: str
    also: str
    name: str
    depth: int
    total: int
    off: str
    allowed: bool
    denied: bool


@dataclass(frozen=True)
class Tree:
    """The folders that hold mail, parents before children. told: why there are none. more: how many are not shown."""

    branches: Sequence[Branch] = ()
    told: str = ""
    more: int = 0
    known: frozenset[tuple[str, ...]] = frozenset()

    def others(self, box: Row, name: Literal["folder_allow", "folder_deny"]) -> list[str]:
        """The listed paths of a mailbox that are none of these folders."""
        paths = getattr(Filters.from_dict(box["filters"]), name)
        return [folder_text(path) for path in paths if _folded(path) not in self.known]


def tree(folders: Iterable[Folder], filters: Filters) -> Tree:
    """The tree with what the filters list ticked."""
    found = sorted(folders, key=lambda folder: _folded(folder.path))
    off = folders_left_out(found, Filters(include=filters.include, archive=filters.archive))
    mail = [folder for folder in found if off.get(folder.key) not in _NO_MAIL]
    ticked = tuple({_folded(path) for path in paths} for paths in (filters.folder_allow, filters.folder_deny))
    shown = mail[:SHOWN]
    branches = tuple(
        Branch(
            path=folder_text(folder.path),
            also=(folder.distinguished or "") if len(folder.path) <= _top(folder) else "",
            name=folder_text(folder.path) if len(folder.path) == _top(folder) > 1 else folder.path[-1],
            depth=min(max(0, len(folder.path) - _top(folder)), DEPTH),
            total=folder.total,
            off=off.get(folder.key, ""),
            allowed=bool(set(names_of(folder)) & ticked[0]),
            denied=bool(set(names_of(folder)) & ticked[1]),
        )
        for folder in shown
    )
    known = frozenset(name for folder in shown for name in names_of(folder))
    return Tree(branches, "" if branches else "Exchange names no mail folder here.", len(mail) - len(shown), known)


def _top(folder: Folder) -> int:
    """How many names the path of a top folder has: the archive's lie below what stands for it."""
    return 2 if folder.root == "archive" else 1


def _folded(path: Iterable[str]) -> tuple[str, ...]:
    return tuple(step.casefold() for step in path)
