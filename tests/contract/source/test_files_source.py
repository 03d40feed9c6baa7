"""The contract over directories of files: a third kind of source, to prove that the port fits one (decision 82)."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from tests.contract.source.suite import START, MailSourceContract
from tests.support.files_source import FilesSource

Ref = str | Sequence[str]


class Directory:
    """What people do to their files, by the names of the simulator's control."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = itertools.count(1)

    def add_mailbox(self, address: str, name: str = "", **_: object) -> None:
        self._folder(address, ("Posteingang",)).mkdir(parents=True)

    def create_folder(self, mailbox: str, path: Ref) -> str:
        self._folder(mailbox, path).mkdir(parents=True)
        return "/".join(path)

    def delete_folder(self, mailbox: str, folder: Ref) -> None:
        shutil.rmtree(self._folder(mailbox, folder))

    def deliver(
        self, mailbox: str, mime: bytes, *, received: datetime = START, folder: Ref = ("Posteingang",)
    ) -> dict[str, str]:
        path = self._folder(mailbox, folder) / f"{next(self._names)}.eml"
        path.write_bytes(mime)
        os.utime(path, (received.timestamp(), received.timestamp()))
        return {mailbox: path.name}

    def move(self, item_id: str, folder: Ref) -> str:
        path = self._file(item_id)
        path.rename(self._root / path.relative_to(self._root).parts[0] / self._tail(folder) / item_id)
        return item_id

    def edit(self, item_id: str, *, subject: str) -> None:
        path = self._file(item_id)
        path.write_bytes(path.read_bytes().replace(b"Hello", subject.encode()))

    def delete(self, item_id: str) -> None:
        self._file(item_id).unlink()

    def _file(self, item_id: str) -> Path:
        return next(self._root.rglob(item_id))

    def _folder(self, mailbox: str, folder: Ref) -> Path:
        return self._root / mailbox / self._tail(folder)

    @staticmethod
    def _tail(folder: Ref) -> Path:
        return Path(folder) if isinstance(folder, str) else Path(*folder)


@pytest.fixture
def control(tmp_path: Path) -> Directory:
    return Directory(tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> FilesSource:
    return FilesSource(tmp_path)


class TestFilesSource(MailSourceContract):
    """The contract over files."""
