"""The comment suite: what it refuses, and that it names rows and expectations, never values."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from exchange_sync.errors import SoftwareFault
from exchange_sync.quality import suites
from exchange_sync.quality.suites import CLEAN, COMMENT, FEW, RAW, Validation, validate, validate_many
from hypothesis import given, settings
from hypothesis import strategies as st


def one_by_one(suite: str, frame: pd.DataFrame) -> Validation:
    """As a small part is checked."""
    assert len(frame) <= FEW
    return validate(suite, frame.to_dict("records"))


@pytest.fixture(params=[one_by_one, validate_many], ids=["a few rows", "Great Expectations"])
def check(request: pytest.FixtureRequest) -> Check:
    """Both ways of checking a part say the same."""
    return request.param  # type: ignore[no-any-return]


Check = Callable[[str, pd.DataFrame], Validation]
GOOD = {
    "comment_id": "3c613e",
    "message_id": "<a>",
    "timestamp": pd.Timestamp("2026-03-02T12:00:00Z"),
    "thread_id": "<a>",
    "user_properties": "{}",
    "messages": "[]",
    "attachments": "[]",
    "subject": "Hello",
    "body": "text\nof two lines",
    "quoted": "",
}


def part(*changes: dict[str, object]) -> pd.DataFrame:
    rows = [{**GOOD, "origin_id": 100 + place, **change} for place, change in enumerate(({}, *changes, {}))]
    frame = pd.DataFrame(rows)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    return frame


@pytest.mark.parametrize(
    ("change", "expectation"),
    [
        ({"comment_id": "XYZ"}, "expect_column_values_to_match_regex(comment_id)"),
        ({"comment_id": None}, "expect_column_values_to_not_be_null(comment_id)"),
        ({"body": "a\x00b"}, "expect_column_values_to_match_regex(body)"),
        ({"body": "x" * 65_537}, "expect_column_value_lengths_to_be_between(body)"),
        ({"subject": "a\x00b"}, "expect_column_values_to_match_regex(subject)"),
        ({"timestamp": None}, "expect_column_values_to_not_be_null(timestamp)"),
        ({"timestamp": pd.Timestamp("1969-12-31T00:00:00Z")}, "expect_column_values_to_be_between(timestamp)"),
        ({"messages": None}, "expect_column_values_to_not_be_null(messages)"),
    ],
)
def test_a_row_that_does_not_fit_is_named_with_its_expectation(
    check: Check, change: dict[str, object], expectation: str
) -> None:
    assert check(COMMENT, part(change)).failing == {101: expectation}


def test_a_part_that_fits_and_an_empty_one_pass(check: Check) -> None:
    assert check(COMMENT, part({"comment_id": "3c613e-0123456789abcdef", "body": "x" * 65_536})).failing == {}
    assert check(COMMENT, part().iloc[:0]).failing == {}


def test_two_bad_rows_are_both_named_once(check: Check) -> None:
    failing = check(COMMENT, part({"comment_id": "X", "body": "\x00"}, {"body": "\x00"})).failing
    assert set(failing) == {101, 102}


def test_an_id_of_the_apis_longest_passes_and_a_longer_one_does_not(check: Check) -> None:
    assert check(COMMENT, part({"comment_id": "ab" * 512})).failing == {}
    assert check(COMMENT, part({"comment_id": "ab" * 513})).failing == {
        101: "expect_column_value_lengths_to_be_between(comment_id)"
    }


def test_an_expectation_that_cannot_be_checked_stops_the_part(check: Check) -> None:
    with pytest.raises(SoftwareFault, match="could not be checked"):
        check(COMMENT, part().drop(columns="quoted"))


def test_results_hold_no_values(
    check: Check, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    told = str(check(COMMENT, part({"body": "secret words\x00"})).failing)
    out = capfd.readouterr()
    assert "secret" not in told + caplog.text + out.out + out.err


def test_each_boundary_has_its_suite(check: Check) -> None:
    raw = {
        "comment_id": "3c613e", "message_id": "<a>", "mime_sha256": "0" * 64, "mime_size": 9, "properties": "{}",
        "mailbox": "a@b.example", "folder_path": ["Inbox"],
    }  # fmt: skip
    frame = pd.DataFrame([{**raw, "origin_id": 1}, {**raw, "origin_id": 2, "mime_sha256": "x"}])
    assert check(RAW, frame).failing == {2: "expect_column_values_to_match_regex(mime_sha256)"}
    texts = {"subject": "", "body": "", "signature": "", "quoted": ""}
    frame = pd.DataFrame([{**texts, "origin_id": 1}, {**texts, "origin_id": 2, "signature": "\x00"}])
    assert check(CLEAN, frame).failing == {2: "expect_column_values_to_match_regex(signature)"}


def test_outcomes_count_rows_by_expectation(check: Check) -> None:
    outcomes = {
        found.expectation: (found.checked, found.failed) for found in check(COMMENT, part({"body": None})).outcomes
    }
    assert outcomes["expect_column_values_to_not_be_null(body)"] == (3, 1)
    assert outcomes["expect_column_values_to_not_be_null(messages)"] == (3, 0)


def test_a_large_part_is_checked_by_great_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(suites, "validate_many", lambda suite, frame: asked.append(len(frame)))
    rows = [{**GOOD, "origin_id": place} for place in range(FEW + 1)]
    validate(COMMENT, rows)
    validate(COMMENT, rows[:FEW])
    assert asked == [FEW + 1]


_TEXT = st.one_of(
    st.none(), st.text(max_size=4), st.sampled_from(["", "ab", "AB", "ab-0123456789abcdef", "a\n", "\x00"])
)
_ROW = st.fixed_dictionaries(
    {name: _TEXT for name in GOOD if name != "timestamp"}
    | {
        "timestamp": st.sampled_from(
            [None, *map(pd.Timestamp, ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2200-01-01T00:00:01Z"))]
        )
    }
)


@settings(max_examples=8, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=6))
def test_any_rows_are_judged_alike_both_ways(rows: list[dict[str, object]]) -> None:
    frame = pd.DataFrame([{**row, "origin_id": place} for place, row in enumerate(rows, 1)], dtype=object)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    few, many = one_by_one(COMMENT, frame), validate_many(COMMENT, frame)
    assert few.failing.keys() == many.failing.keys()
    assert set(few.outcomes) == set(many.outcomes)
