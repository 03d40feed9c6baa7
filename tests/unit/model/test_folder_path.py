"""Paths as text: no two paths have one text, and the text can be taken apart again (decision 5)."""

from __future__ import annotations

import itertools

import pytest
from exchange_sync.model.folder_path import folder_path, folder_text

LETTERS = ("A", "/", "\\")
NAMES = ["".join(one) for size in (1, 2, 3) for one in itertools.product(LETTERS, repeat=size)]
PATHS = [(name,) for name in NAMES] + list(itertools.product(NAMES[:12], repeat=2))


def test_every_path_has_a_text_of_its_own_that_can_be_taken_apart() -> None:
    texts = {folder_text(path): path for path in PATHS}
    assert len(texts) == len(PATHS)
    assert all(folder_path(text) == path for text, path in texts.items())


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Inbox/Claims", ("Inbox", "Claims")),
        ("/Inbox/Claims/", ("Inbox", "Claims")),
        (" Inbox / Claims ", ("Inbox", "Claims")),
        (r"A\/B", ("A/B",)),
        (r"A\/B/C", ("A/B", "C")),
        (r"A\\/B", ("A\\", "B")),
        (r"Old\New", (r"Old\New",)),  # as people wrote it before there was anything to escape
        ("Old\\\\", ("Old\\",)),
        (r"\/", ("/",)),
    ],
)
def test_what_people_write(text: str, path: tuple[str, ...]) -> None:
    assert folder_path(text) == path


@pytest.mark.parametrize("text", ["", "/", "//", " ", "A//B", "A/ /B", "Old\\"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a folder's path such as Inbox/Claims"):
        folder_path(text)
