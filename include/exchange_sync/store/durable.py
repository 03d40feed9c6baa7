"""On disk: files and their directories are forced to a local disk before a transaction refers to them (decision 77).

An object store is durable when it answers; only a local file system keeps what was written in memory for a while.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileSystem

AT_ONCE = 8  # a disk commits its journal once for all that wait for it
_FEW = 2  # files for which starting a thread costs more than waiting


def make_private(filesystem: Any, folder: str) -> None:
    """A directory that its owner alone may enter, whatever the process's umask; one that is there stays as it is."""
    if isinstance(filesystem, LocalFileSystem):
        path = Path(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    else:
        filesystem.makedirs(folder, exist_ok=True)


def close_to_others(filesystem: Any, path: str) -> None:
    """A file is its owner's alone. An object store has no modes."""
    if isinstance(filesystem, LocalFileSystem):
        Path(path).chmod(0o600)


class Unsynced:
    """The files written, or found, below a root since the last sync. Threads may share it."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self.local = isinstance(filesystem, LocalFileSystem)
        self._root = Path(root)
        self._paths: set[str] = set()
        self._one_at_a_time = threading.Lock()

    def add(self, path: str) -> None:
        """A file below the root that a transaction is going to refer to."""
        if self.local:
            self._paths.add(path)

    def sync(self) -> None:
        """All that was added is on disk, by name and content. Raises OSError; then it is tried again by the next call.

        Who comes while another thread syncs waits, for that one may have taken his files along.
        """
        with self._one_at_a_time:
            paths = _taken(self._paths)
            if not paths:
                return
            try:
                _each(_force, paths)
                _each(_force, _folders(paths, self._root))
            except BaseException:
                self._paths.update(paths)
                raise


def _taken(paths: set[str]) -> list[str]:
    """Everything out of the set, one by one: another thread may add meanwhile, and what it adds stays."""
    taken: list[str] = []
    while paths:
        taken.append(paths.pop())
    return taken


def _folders(paths: Iterable[str], root: Path) -> list[str]:
    """The directories that name the files, from the deepest up to the one that names the root."""
    found = {root, root.parent}
    for path in paths:
        above = Path(path).parent
        while above not in found and above != above.parent:
            found.add(above)
            above = above.parent
    return [str(one) for one in sorted(found, key=lambda one: -len(one.parts)) if one.is_dir()]


def _each(act: Callable[[str], None], paths: Sequence[str]) -> None:
    if len(paths) <= _FEW:
        for path in paths:
            act(path)
        return
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fsync") as pool:
        for _ in pool.map(act, paths):
            pass


def _force(path: str) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return  # erased meanwhile: whatever refers to it is told so when it looks
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
