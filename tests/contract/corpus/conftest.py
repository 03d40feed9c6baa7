"""The corpus of real mail beside the checkout, read into memory once a run; tests that need it skip where it is not."""

from __future__ import annotations

import tarfile

import pytest

from tests.conftest import shared_folder


@pytest.fixture(scope="session")
def corpus() -> list[tuple[str, bytes]]:
    """Name and bytes of every message, sorted by name."""
    archive = shared_folder() / "corpus/dev.tar.gz"
    if not archive.is_file():
        pytest.skip("the corpus of real mail (shared/corpus/dev.tar.gz) is not here")
    with tarfile.open(archive) as tar:
        found = [(entry.name, tar.extractfile(entry).read()) for entry in tar if entry.name.endswith(".eml")]
    return sorted(found)
