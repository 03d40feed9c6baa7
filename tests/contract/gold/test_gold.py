"""The reply-splitting suites of other projects: how many items come out exactly, and how many words are lost.

The suites contradict each other (a forward is history in one and text in another), so no splitter reaches 100 %.
"""

from __future__ import annotations

import importlib.util

import pytest
from exchange_sync.clean.scoring import split

from tests.conftest import shared_folder

GOLD = shared_folder() / "gold"
EXACT, LOST = 0.955, 0.015


@pytest.fixture(scope="module")
def results() -> list[dict]:
    if not (GOLD / "score.py").is_file():
        pytest.skip("the gold suites (shared/gold) are not here")
    spec = importlib.util.spec_from_file_location("gold_score", GOLD / "score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    return score.run(split, str(GOLD), dedupe=True)


def test_nearly_all_unique_items_come_out_exactly(results):
    assert len(results) >= 250
    assert sum(result["exact"] for result in results) / len(results) >= EXACT


def test_hardly_a_word_is_lost(results):
    assert sum(result["loss"] for result in results) / len(results) <= LOST


def test_every_stated_signature_is_found(results):
    stated = [result["sig"] for result in results if result["sig"] is not None]
    assert len(stated) >= 27
    assert all(stated)


def test_no_item_fails(results):
    assert [result["name"] for result in results if result["err"]] == []
