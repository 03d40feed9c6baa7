"""The comment suite: what it refuses, and that it names rows and expectations, never values."""

from __future__ import annotations

import pandas as pd
import pytest
from exchange_sync.errors import SoftwareFault
from exchange_sync.quality.suites import CLEAN, COMMENT, RAW, validate


def failing_rows(frame: pd.DataFrame) -> dict[int, str]:
    return validate(COMMENT, frame).failing


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
def test_a_row_that_does_not_fit_is_named_with_its_expectation(change: dict[str, object], expectation: str) -> None:
    assert failing_rows(part(change)) == {101: expectation}


def test_a_part_that_fits_and_an_empty_one_pass() -> None:
    assert failing_rows(part({"comment_id": "3c613e-0123456789abcdef", "body": "x" * 65_536})) == {}
    assert failing_rows(part().iloc[:0]) == {}


def test_two_bad_rows_are_both_named_once() -> None:
    failing = failing_rows(part({"comment_id": "X", "body": "\x00"}, {"body": "\x00"}))
    assert set(failing) == {101, 102}


def test_an_id_of_the_apis_longest_passes_and_a_longer_one_does_not() -> None:
    assert failing_rows(part({"comment_id": "ab" * 512})) == {}
    assert failing_rows(part({"comment_id": "ab" * 513})) == {
        101: "expect_column_value_lengths_to_be_between(comment_id)"
    }


def test_an_expectation_that_cannot_be_checked_stops_the_part() -> None:
    with pytest.raises(SoftwareFault, match="could not be checked"):
        failing_rows(part().drop(columns="quoted"))


def test_results_hold_no_values(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    told = str(failing_rows(part({"body": "secret words\x00"})))
    out = capfd.readouterr()
    assert "secret" not in told + caplog.text + out.out + out.err


def test_each_boundary_has_its_suite() -> None:
    raw = {
        "comment_id": "3c613e", "message_id": "<a>", "mime_sha256": "0" * 64, "mime_size": 9, "properties": "{}",
        "mailbox": "a@b.example", "folder_path": ["Inbox"],
    }  # fmt: skip
    frame = pd.DataFrame([{**raw, "origin_id": 1}, {**raw, "origin_id": 2, "mime_sha256": "x"}])
    assert validate(RAW, frame).failing == {2: "expect_column_values_to_match_regex(mime_sha256)"}
    texts = {"subject": "", "body": "", "signature": "", "quoted": ""}
    frame = pd.DataFrame([{**texts, "origin_id": 1}, {**texts, "origin_id": 2, "signature": "\x00"}])
    assert validate(CLEAN, frame).failing == {2: "expect_column_values_to_match_regex(signature)"}


def test_outcomes_count_rows_by_expectation() -> None:
    outcomes = {
        found.expectation: (found.checked, found.failed) for found in validate(COMMENT, part({"body": None})).outcomes
    }
    assert outcomes["expect_column_values_to_not_be_null(body)"] == (3, 1)
    assert outcomes["expect_column_values_to_not_be_null(messages)"] == (3, 0)
