"""What is kept of mail on a disk is its owner's alone, whatever the umask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.extract import extract

from tests.integration.pipeline.conftest import SUPPORT, World
from tests.support.mail import mail


@pytest.fixture
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_to_all")
def test_blobs_and_staging_are_closed_to_others(world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1))
    clean(world.context, str(extract(world.context, SUPPORT, "first").ref))
    for url in (world.settings.blob_url, world.settings.staging_url):
        root = Path(urlsplit(url).path)
        files = [path for path in root.rglob("*") if path.is_file()]
        assert files
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        assert root.stat().st_mode & 0o777 == 0o700
    kept = world.context.blobs.put_stream([b"some", b"thing"], remember=lambda sha256, size: None)[0]
    path = next(Path(urlsplit(world.settings.blob_url).path).rglob(kept))
    assert path.stat().st_mode & 0o777 == 0o600
