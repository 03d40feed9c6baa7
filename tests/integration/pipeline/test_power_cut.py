"""Power cut: what a transaction refers to is on disk before it commits (decision 77)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from exchange_sync.disk import DiskFault
from exchange_sync.model.config import IntegrationConfig, MailboxConfig
from exchange_sync.pipeline import load
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import extract
from exchange_sync.store import comments
from exchange_sync.store.attachments import STORED
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.staging import Staging

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail


class Disk:
    """What has been forced to it, by inode, since a name may be opened by any path."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.forced: set[int] = set()
        really = os.fsync

        def fsync(handle: int) -> None:
            really(handle)
            self.forced.add(os.fstat(handle).st_ino)

        monkeypatch.setattr(os, "fsync", fsync)

    def holds(self, path: Path) -> bool:
        """Whether the file and every directory that leads to it from below the test's own were forced."""
        return path.stat().st_ino in self.forced


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk, watched."""
    return Disk(monkeypatch)


def _with_file(mime: bytes, content: bytes) -> bytes:
    made = message_from_bytes(mime, policy=default)
    assert isinstance(made, EmailMessage)
    made.add_attachment(content, maintype="application", subtype="pdf", filename="a.pdf")
    return made.as_bytes()


def _put(blobs: Blobs, data: bytes) -> str:
    return blobs.put(data, lambda sha256, size: None)


def _path(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256[2:4] / sha256


def test_all_that_a_load_refers_to_is_on_disk_before_it(
    world: World, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.configure(
        IntegrationConfig(
            "acme", "exchange", "exchange_acme", mailboxes=(MailboxConfig(SUPPORT, "acme", "mail", attachments="all"),)
        )
    )
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    world.exchange.deliver(SUPPORT, inbox, _with_file(mail(1), b"%PDF-1.4 one"))
    world.exchange.deliver(SUPPORT, inbox, mail(2))
    root = Path(urlparse(world.settings.blob_url).path)
    staging = Path(urlparse(world.settings.staging_url).path)
    lost: list[str] = []
    looked = 0
    load_part = comments.load_part

    def watched(db: Any, batch: Any, rows: Sequence[Any], *others: Any) -> dict[str, int]:
        nonlocal looked
        named = [row.mime_sha256 for row in rows]
        named += [one[STORED] for row in rows for one in row.content["attachments"] if one.get(STORED)]
        files = [_path(root, sha256) for sha256 in named] + list(staging.rglob("*.parquet"))
        looked += len(files)
        above = {folder for file in files for folder in file.parents if root in folder.parents or folder == root}
        lost.extend(str(path) for path in [*files, *above] if not disk.holds(path))
        return load_part(db, batch, rows, *others)

    monkeypatch.setattr(load.comments, "load_part", watched)
    # each stage in a context of its own, as it is a process of its own in Airflow
    ref = extract(world.make_context(), SUPPORT, "power-cut").ref
    assert ref
    cleaned = clean(world.make_context(), ref)
    assert load.load(world.make_context(), SUPPORT, enrich(world.make_context(), cleaned)).counts["created"] == 2
    assert lost == []
    assert looked == 2 + 1 + 3  # two mails, an attachment, and a part of each stage


def test_one_that_lay_there_already_is_forced_too(tmp_path: Path, disk: Disk) -> None:
    """Another process may have written it a moment ago, and be about to lose it."""
    _put(Blobs(tmp_path.as_uri()), b"mail")
    again = Blobs(tmp_path.as_uri())
    sha256 = _put(again, b"mail")
    assert not disk.holds(_path(tmp_path, sha256))
    again.sync()
    assert disk.holds(_path(tmp_path, sha256))


@pytest.mark.parametrize("left", [b"", b"ma", b"\0\0\0\0", b"mail and more"])
def test_a_name_that_a_power_cut_left_without_its_content_is_written_again(tmp_path: Path, left: bytes) -> None:
    path = _path(tmp_path, hashlib.sha256(b"mail").hexdigest())
    path.parent.mkdir(parents=True)
    path.write_bytes(left)
    _put(Blobs(tmp_path.as_uri()), b"mail")
    assert path.read_bytes() == b"mail"


def test_a_streamed_one_is_forced(tmp_path: Path, disk: Disk) -> None:
    blobs = Blobs(tmp_path.as_uri())
    sha256, _ = blobs.put_stream([b"ma", b"il"], lambda sha256, size: None)
    blobs.sync()
    assert disk.holds(_path(tmp_path, sha256))
    assert disk.holds(_path(tmp_path, sha256).parent)


def test_a_disk_that_fails_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = Blobs(tmp_path.as_uri())
    sha256 = _put(blobs, b"mail")

    def broken(handle: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(DiskFault, match="fails to read or write"):
            blobs.sync()
    disk = Disk(monkeypatch)
    blobs.sync()
    assert disk.holds(_path(tmp_path, sha256))


def test_one_that_was_erased_meanwhile_stops_nobody(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path.as_uri())
    blobs.delete(_put(blobs, b"mail"))
    blobs.sync()


def test_an_object_store_is_durable_when_it_answers(disk: Disk) -> None:
    blobs = Blobs("memory://power-cut/blobs")
    _put(blobs, b"mail")
    blobs.sync()
    Staging("memory://power-cut/staging").write("b", "fetched", 0, [])
    assert not disk.forced
