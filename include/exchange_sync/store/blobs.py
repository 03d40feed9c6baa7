"""The blob store: MIME and attachments by SHA-256, in any place that fsspec can write."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, BinaryIO

import fsspec

from exchange_sync import disk
from exchange_sync.store.database import Database
from exchange_sync.store.durable import Unsynced, close_to_others, make_private

_STEP = 1024 * 1024  # bytes of a blob read at once to see whether it is whole


class Blobs:
    """Content-addressed storage. What writes raises DiskFault where the disk is full or takes nothing.

    url: an fsspec URL, for example ``file:///var/lib/exchange-sync/blobs``.
    """

    def __init__(self, url: str) -> None:
        self._fs: Any
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = root.rstrip("/")
        self._unsynced = Unsynced(self._fs, self._root)

    def put(self, data: bytes, remember: Callable[[str, int], None]) -> str:
        """Store bytes and return their SHA-256 in hex. Whole or not at all; harmless when they are there already.

        remember: records SHA-256 and size first, so that housekeeping (forget) neither misses nor removes them.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        remember(sha256, len(data))
        path = self._path(sha256)
        if not self._is_whole(path, sha256, len(data)):
            folder = path.rsplit("/", 1)[0]
            with self._writing(f"{folder}/.{sha256}.{os.getpid()}") as temporary:
                make_private(self._fs, self._root)
                self._fs.makedirs(folder, exist_ok=True)
                with self._fs.open(temporary, "wb") as file:
                    file.write(data)
                close_to_others(self._fs, temporary)
                self._fs.mv(temporary, path)
        self._unsynced.add(path)
        return sha256

    def put_stream(self, chunks: Iterable[bytes], remember: Callable[[str, int], None]) -> tuple[str, int]:
        """Store bytes that come in chunks, none of which is kept in memory; their SHA-256 in hex and size."""
        digest, size = hashlib.sha256(), 0
        with self._writing(f"{self._root}/.stream.{os.getpid()}.{secrets.token_hex(8)}") as temporary:
            make_private(self._fs, self._root)
            with self._fs.open(temporary, "wb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
            close_to_others(self._fs, temporary)
            sha256 = digest.hexdigest()
            remember(sha256, size)
            path = self._path(sha256)
            self._fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            self._fs.mv(temporary, path)
            self._unsynced.add(path)
        return sha256, size

    def sync(self) -> None:
        """All that was put is on disk: to be called before a transaction, or staging, refers to it."""
        with disk.writing(self._root):
            self._unsynced.sync()

    def get(self, sha256: str) -> bytes:
        """The bytes. Raises FileNotFoundError."""
        with self._fs.open(self._path(sha256), "rb") as file:
            data: bytes = file.read()
        return data

    def open(self, sha256: str) -> tuple[BinaryIO, int]:
        """A file to read them from, in part where wanted, and their size. Raises FileNotFoundError."""
        path = self._path(sha256)
        size = int(self._fs.size(path))
        file: BinaryIO = self._fs.open(path, "rb")
        return file, size

    def exists(self, sha256: str) -> bool:
        """Whether they are there."""
        return bool(self._fs.exists(self._path(sha256)))

    def delete(self, sha256: str) -> None:
        """Remove them. Harmless when they are gone."""
        path = self._path(sha256)
        if self._fs.exists(path):
            with disk.writing(self._root):
                self._fs.rm(path)

    @contextmanager
    def _writing(self, temporary: str) -> Iterator[str]:
        """Around what fills a temporary file and gives it its name: where that fails, nothing of it stays."""
        try:
            with disk.writing(self._root):
                yield temporary
        except BaseException:
            with suppress(OSError):
                self._fs.rm(temporary)
            raise

    def _is_whole(self, path: str, sha256: str, size: int) -> bool:
        """Whether it is there, all of it: a power cut may have left a name with nothing, or half of it, behind."""
        if not self._fs.exists(path):
            return False
        if not self._unsynced.local:
            return True  # an object store has no halves
        if self._fs.size(path) != size:
            return False
        digest = hashlib.sha256()
        with self._fs.open(path, "rb") as file:
            while chunk := file.read(_STEP):
                digest.update(chunk)
        return digest.hexdigest() == sha256

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def remember(db: Database, sha256: str, size: int, now: datetime) -> None:
    """Record a blob that is about to be stored, or asked for again."""
    with db.transaction() as cursor:
        cursor.execute(
            """INSERT INTO blobs (sha256, size, created_at) VALUES (%s, %s, %s)
            ON CONFLICT (sha256) DO UPDATE SET created_at = excluded.created_at""",
            (sha256, size, now),
        )


def orphans(db: Database, before: datetime, limit: int) -> list[str]:
    """Blobs last asked for before then that no comment and no quarantined item refers to."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT b.sha256 FROM blobs b WHERE b.created_at < %s
                AND NOT EXISTS (SELECT 1 FROM comments c WHERE c.mime_sha256 = b.sha256)
                AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.mime_sha256 = b.sha256)
                AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.sha256 = b.sha256)
            ORDER BY b.created_at LIMIT %s""",
            (before, limit),
        )
        return [row["sha256"] for row in cursor.fetchall()]


def forget(db: Database, blobs: Blobs, sha256s: list[str], before: datetime) -> int:
    """Remove those that are still orphans, record and bytes; returns how many.

    The bytes go while the record is still locked: who stores the same bytes at this moment waits in remember(), finds
    them gone, and writes them.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """DELETE FROM blobs b WHERE b.sha256 = ANY(%s) AND b.created_at < %s
                AND NOT EXISTS (SELECT 1 FROM comments c WHERE c.mime_sha256 = b.sha256)
                AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.mime_sha256 = b.sha256)
                AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.sha256 = b.sha256)
            RETURNING b.sha256""",
            (sha256s, before),
        )
        dropped = [row["sha256"] for row in cursor.fetchall()]
        for sha256 in dropped:
            blobs.delete(sha256)
    return len(dropped)
