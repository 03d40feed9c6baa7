"""Staging: what one stage hands to the next, as Parquet parts of a fixed, versioned schema.

``<staging>/<batch>/<stage>/<part>.parquet``; a reference is ``<batch>/<stage>``. Parts hold references to blobs, ids
and headers of at most settings.part_rows rows. Each stage's columns are named here, once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from operator import itemgetter
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from exchange_sync import disk
from exchange_sync.store.durable import Unsynced, close_to_others, make_private

SCHEMA_VERSION = 2

_TIME = pa.timestamp("us", tz="UTC")
_FETCHED = [
    ("origin_id", pa.int64()),
    ("action", pa.string()),  # pipeline.parts: NEW, LINK, ATTACHMENTS
    ("comment_id", pa.string()),  # "" until the MIME has been read, where the server tells no Message-ID
    ("message_id", pa.string()),
    ("mime_sha256", pa.string()),
    ("mime_size", pa.int64()),
    ("properties", pa.string()),  # JSON of model.email.ItemProperties
    ("attachments", pa.string()),  # JSON list for a large email whose MIME comes without them, else null
    ("attachment_mode", pa.string()),
    ("filters", pa.string()),  # JSON of the mailbox's filters of correspondents, null where it has none
    ("mailbox", pa.string()),
    ("folder_path", pa.list_(pa.string())),
    ("sender", pa.string()),
    ("sent_at", _TIME),
]
_IDENTIFIED = [
    ("mark", pa.string()),  # the substitute for its Message-ID, whether it needs one or not
    ("participants", pa.string()),  # JSON of those whom the comment does not show, null where there are none
    ("skipped", pa.string()),  # why the email is left out
]
COLUMNS: dict[str, list[tuple[str, Any]]] = {
    "fetched": _FETCHED,
    "cleaned": [
        *_FETCHED,
        ("cleaned", pa.string()),
        ("stored", pa.string()),
        ("failure", pa.string()),
        *_IDENTIFIED,
    ],
    "enriched": [
        ("origin_id", pa.int64()),
        ("action", pa.string()),
        ("comment_id", pa.string()),
        ("message_id", pa.string()),
        ("mime_sha256", pa.string()),
        ("mime_size", pa.int64()),
        ("sender", pa.string()),
        ("sent_at", _TIME),
        ("properties", pa.string()),
        ("following", pa.string()),  # JSON of the user properties that follow the last synced origin
        ("timestamp", _TIME),
        ("thread_id", pa.string()),
        ("thread_candidates", pa.list_(pa.string())),
        ("user_properties", pa.string()),
        ("messages", pa.string()),
        ("attachments", pa.string()),
        ("subject", pa.string()),
        ("body", pa.string()),
        ("quoted", pa.string()),
        ("clean_version", pa.int32()),
        ("problems", pa.list_(pa.string())),
        ("failure", pa.string()),
        *_IDENTIFIED,
    ],
}
_SAFE = re.compile(r"[A-Za-z0-9._+-]+")


class Staging:
    """Where parts are kept. url: an fsspec URL."""

    def __init__(self, url: str) -> None:
        self._fs: Any
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = root.rstrip("/")
        self._unsynced = Unsynced(self._fs, self._root)

    def write(self, batch_id: str, stage: str, part: int, rows: list[dict[str, Any]]) -> str:
        """Write one part, whole or not at all and on disk, and return the stage's reference.

        Blobs that its rows name are to be synced before. Raises DiskFault where the disk is full or takes nothing.
        """
        schema = pa.schema(COLUMNS[stage], metadata={"exchange_sync_schema": str(SCHEMA_VERSION)})
        table = pa.Table.from_pylist(rows, schema=schema)
        ref = reference(batch_id, stage)
        folder = f"{self._root}/{ref}"
        temporary, path = f"{folder}/.{part:05d}.{os.getpid()}", f"{folder}/{part:05d}.parquet"
        try:
            with disk.writing(self._root):
                make_private(self._fs, self._root)
                self._fs.makedirs(folder, exist_ok=True)
                with self._fs.open(temporary, "wb") as file:
                    pq.write_table(table, file)
                close_to_others(self._fs, temporary)
                self._fs.mv(temporary, path)
                self._unsynced.add(path)
                self._unsynced.sync()
        except BaseException:
            with suppress(OSError):
                self._fs.rm(temporary)
            raise
        return ref

    def parts(self, ref: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """The parts of a reference in order, one at a time in memory. None at all where the reference is gone."""
        folder = f"{self._root}/{ref}"
        if not self._fs.exists(folder):
            return
        for path in sorted(self._fs.ls(folder, detail=False)):
            name = path.rsplit("/", 1)[1]
            if name.endswith(".parquet"):
                with self._fs.open(path, "rb") as file:
                    table = pq.read_table(file)
                yield int(name.split(".")[0]), table.to_pylist()

    def delete(self, batch_id: str) -> None:
        """Remove all of a batch. Harmless when it is gone."""
        folder = f"{self._root}/{_safe(batch_id)}"
        if self._fs.exists(folder):
            with disk.writing(self._root):
                self._fs.rm(folder, recursive=True)

    def batches(self) -> list[str]:
        """The names of the batches that lie here, as directories are called."""
        if not self._fs.exists(self._root):
            return []
        return sorted(path.rsplit("/", 1)[1] for path in self._fs.ls(self._root, detail=False))


class InMemory:
    """Staging of a batch that nobody goes on with: what it held is gone with the process, as for an upload that fails.

    Rows are handed on as they are, by the columns of their stage.
    """

    def __init__(self) -> None:
        self._parts: dict[str, dict[int, list[dict[str, Any]]]] = {}

    def write(self, batch_id: str, stage: str, part: int, rows: list[dict[str, Any]]) -> str:
        """As Staging's, without a disk."""
        ref = reference(batch_id, stage)
        names = [name for name, _ in COLUMNS[stage]]
        self._parts.setdefault(ref, {})[part] = [{name: row.get(name) for name in names} for row in rows]
        return ref

    def parts(self, ref: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """The parts of a reference in order."""
        yield from sorted(self._parts.get(ref, {}).items(), key=itemgetter(0))

    def delete(self, batch_id: str) -> None:
        """Remove all of a batch."""
        for ref in [ref for ref in self._parts if ref.startswith(f"{batch_id}/")]:
            del self._parts[ref]


def reference(batch_id: str, stage: str) -> str:
    """The reference of a batch's stage, as tasks hand it on."""
    return f"{_safe(batch_id)}/{stage}"


def _safe(batch_id: str) -> str:
    if not _SAFE.fullmatch(batch_id) or batch_id.startswith("."):
        raise ValueError(f"batch id {batch_id!r} is not valid: expected letters, digits, '.', '_', '+' and '-'")
    return batch_id
