"""The hostile inputs beside the checkout: no exception, at most a second, and each keeps and loses what it should."""

from __future__ import annotations

import json
import tarfile

import pytest
from exchange_sync.clean.safety import CleanFailure, clean_many

from tests.conftest import shared_folder

ARCHIVE = shared_folder() / "nasty.tar.gz"
HEADS = {
    "txt": b"Subject: s\nContent-Type: text/plain; charset=utf-8\n\n",
    "html": b"Subject: s\nContent-Type: text/html; charset=utf-8\n\n",
    "eml": b"",
}


def cases() -> list[dict]:
    """Each input with its bytes; none where the archive is absent."""
    if not ARCHIVE.is_file():
        return []
    with tarfile.open(ARCHIVE) as tar:
        index = json.load(tar.extractfile("nasty/index.json"))
        return [case | {"bytes": tar.extractfile(f"nasty/{case['file']}").read()} for case in index]


CASES = cases()


def test_the_hostile_inputs_are_all_here():
    if not CASES:
        pytest.skip("the hostile inputs (shared/nasty.tar.gz) are not here")
    assert len(CASES) == 92


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why'][:50]}" for case in CASES])
def test_a_hostile_input_holds(case):
    mime = HEADS[case["kind"]] + case["bytes"]
    ((_, email),) = clean_many([(case["id"], mime)])
    assert not isinstance(email, CleanFailure), email
    assert "cleaner_failed" not in email.problems
    texts = (email.subject, email.body, email.signature, email.quoted)
    whole = "\n".join(texts)
    assert "\0" not in whole
    whole.encode("utf-8")
    for wanted in case["expect"].get("contains", []):
        assert wanted in whole
    for unwanted in case["expect"].get("excludes", []):
        assert unwanted not in email.body
