"""The watermark: what an operator reads and may write."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from exchange_sync.errors import BadInput
from exchange_sync.model.names import split_name, variable_key
from exchange_sync.model.watermark import Watermark


def test_it_is_small_readable_json_and_reads_back() -> None:
    mark = Watermark(3, datetime(2026, 3, 2, 12, tzinfo=UTC), 7, "catching up")
    assert json.loads(mark.to_json()) == {
        "generation": 3, "synced_until": "2026-03-02T12:00:00Z", "pending": 7, "note": "catching up",
    }  # fmt: skip
    assert Watermark.from_json(mark.to_json()) == mark


def test_an_operator_may_leave_all_but_one_key_out() -> None:
    mark = Watermark.from_json('{"synced_until": "2026-03-02T14:00:00+02:00"}')
    assert mark == Watermark(0, datetime(2026, 3, 2, 12, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "null", "[]", '{"synced_until": "2026-03-02"}', '{"generation": "x"}', "{"])
def test_what_does_not_fit_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput, match="expected JSON such as"):
        Watermark.from_json(text)


@pytest.mark.parametrize("name", ["acme", "a/b/c", "Acme/x", "acme/", "a b/c", "acme/é"])
def test_a_name_that_is_not_owner_slash_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="expected owner/name"):
        split_name(name, "integration")


def test_a_variable_key_names_integration_and_mailbox() -> None:
    assert variable_key("acme", "exchange", "ann@x.example") == "exchange.acme.exchange.ann@x.example"
