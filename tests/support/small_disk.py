"""Real small file systems, for tests of what a full or read-only disk does."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOM = 1_048_576  # bytes


class SmallDisk:
    """A file system of one mebibyte, mounted at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, leave: int = 0) -> None:
        """Take all of its room but so many bytes."""
        filler = self.path / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):  # full, as was wished
            while True:
                file.write(b"x" * 4096)
        os.truncate(filler, max(0, filler.stat().st_size - leave))

    def make_room(self) -> None:
        """What fill took."""
        (self.path / "filler").unlink()

    def remount(self, option: str) -> None:
        """option: ``ro`` or ``rw``."""
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.path)], check=True)

    def files(self) -> list[str]:
        """The names of all files on it, the filler apart."""
        return sorted(file.name for file in self.path.rglob("*") if file.is_file() and file.name != "filler")


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """Mounted for as long as the block lasts. Skips the test where nothing may be mounted."""
    path = Path(tempfile.mkdtemp(prefix="exchange-sync-disk-", dir="/tmp"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(path)], capture_output=True)
    if done.returncode != 0:
        path.rmdir()
        pytest.skip("mounting a small file system needs root and the right to mount")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()
