"""The suites of Great Expectations, one for each boundary between stages: raw, clean, comment.

Each part is validated once at each boundary. Results name rows and expectations, never values: a value would be mail.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from exchange_sync.errors import SoftwareFault
from exchange_sync.model.cleaned import TEXT_LIMIT
from exchange_sync.model.identity import MESSAGE_ID_LIMIT

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

RAW, CLEAN, COMMENT = "raw", "clean", "comment"
ID_LIMIT = 1_024  # the mirrored API's (reference 2.1)
_ID = r"^(?:[0-9a-f][0-9a-f])+(?:-[0-9a-f]{16})?$"
_SHA256 = r"^[0-9a-f]{64}$"
_NO_NUL = "^[^\\x00]*$"
_EARLIEST = pd.Timestamp("1970-01-01", tz="UTC")
_LATEST = pd.Timestamp("2200-01-01", tz="UTC")


@dataclass(frozen=True)
class Outcome:
    """What one expectation came to: how many rows were checked, and how many failed. No values."""

    expectation: str
    checked: int
    failed: int


@dataclass(frozen=True)
class Validation:
    """failing: origin_id → the first expectation that its row failed. outcomes: of every expectation of the suite."""

    failing: dict[int, str]
    outcomes: tuple[Outcome, ...]


def validate(suite: str, frame: pd.DataFrame) -> Validation:
    """Check a part (with its origin_id column) against a suite: RAW, CLEAN or COMMENT.

    Raises SoftwareFault when an expectation could not be checked at all.
    """
    if frame.empty:
        return Validation({}, ())
    indexed = frame.set_index(frame["origin_id"].astype("int64").rename(None))
    batch = _definition().get_batch(batch_parameters={"dataframe": indexed})
    failing: dict[int, str] = {}
    outcomes = []
    for outcome in batch.validate(_suite(suite), result_format="COMPLETE").results:
        config = outcome.expectation_config
        name = f"{config.type}({config.kwargs.get('column')})"
        if not outcome.result:  # it raised: whether the rows fit is not known
            raise SoftwareFault(f"the expectation {name} could not be checked: nothing of this part is loaded")
        bad = [] if outcome.success else list(outcome.result.get("unexpected_index_list") or [])
        outcomes.append(Outcome(name, len(frame), len(bad)))
        for origin_id in bad:
            failing.setdefault(int(origin_id), name)
    return Validation(failing, tuple(outcomes))


@cache
def _context() -> Any:
    import great_expectations as gx

    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


@cache
def _definition() -> Any:
    source = _context().data_sources.add_pandas("parts")
    return source.add_dataframe_asset("part").add_batch_definition_whole_dataframe("whole")


@cache
def _suite(name: str) -> Any:
    import great_expectations as gx

    build = {RAW: _raw, CLEAN: _clean, COMMENT: _comment}[name]
    return _context().suites.add(gx.ExpectationSuite(name=name, expectations=build(gx.expectations)))


def _raw(x: Any) -> list[Any]:
    """What extract hands to clean: where the MIME lies, and what the server said of it."""
    return [
        *_present(x, "mime_sha256", "mime_size", "properties", "mailbox", "folder_path"),
        x.ExpectColumnValuesToMatchRegex(column="mime_sha256", regex=_SHA256),
        x.ExpectColumnValuesToBeBetween(column="mime_size", min_value=1),
    ]


def _clean(x: Any) -> list[Any]:
    """What clean hands to enrich: texts within their limits, without NUL."""
    return [*_present(x, "subject", "body", "signature", "quoted"), *_texts(x, "subject", "body", "signature")]


def _comment(x: Any) -> list[Any]:
    """What enrich hands to load: well-formed ids, times with zone in a believable span, complete JSON."""
    return [
        *_present(
            x,
            "comment_id",
            "message_id",
            "timestamp",
            "thread_id",
            "user_properties",
            "messages",
            "attachments",
            "body",
        ),
        x.ExpectColumnValueLengthsToBeBetween(column="message_id", min_value=1, max_value=MESSAGE_ID_LIMIT),
        x.ExpectColumnValuesToMatchRegex(column="comment_id", regex=_ID),
        x.ExpectColumnValueLengthsToBeBetween(column="comment_id", max_value=ID_LIMIT),
        x.ExpectColumnValuesToBeBetween(column="timestamp", min_value=_EARLIEST, max_value=_LATEST),
        *_texts(x, "body", "subject", "quoted"),
    ]


def _present(x: Any, *columns: str) -> list[Any]:
    return [x.ExpectColumnValuesToNotBeNull(column=column) for column in columns]


def _texts(x: Any, *columns: str) -> list[Any]:
    lengths = [x.ExpectColumnValueLengthsToBeBetween(column=column, max_value=TEXT_LIMIT) for column in columns]
    return lengths + [x.ExpectColumnValuesToMatchRegex(column=column, regex=_NO_NUL) for column in columns]
