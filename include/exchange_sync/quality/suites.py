"""The suites of Great Expectations, one for each boundary between stages: raw, clean, comment.

Each part is validated once at each boundary. Results name rows and expectations, never values: a value would be mail.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from exchange_sync.errors import SoftwareFault
from exchange_sync.quality.few import failing_rows
from exchange_sync.quality.rules import BETWEEN, CLEAN, COMMENT, LENGTHS, PRESENT, RAW, REGEX, RULES, Rule

__all__ = ["CLEAN", "COMMENT", "RAW", "Outcome", "Validation", "validate", "validate_many"]

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

FEW = 64  # rows up to which the rules are checked one after the other (quality.few)


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


def validate(suite: str, rows: Sequence[dict[str, Any]]) -> Validation:
    """Check a part's rows, each with its origin_id, against a suite: RAW, CLEAN or COMMENT.

    Raises SoftwareFault when an expectation could not be checked at all.
    """
    return _validate_few(suite, rows) if len(rows) <= FEW else validate_many(suite, pd.DataFrame(list(rows)))


def _validate_few(suite: str, rows: Sequence[dict[str, Any]]) -> Validation:
    failing: dict[int, str] = {}
    outcomes = []
    for rule in RULES[suite] if rows else ():
        try:
            bad = failing_rows(rule, rows)
        except (KeyError, TypeError):
            raise _unchecked(rule.name) from None
        outcomes.append(Outcome(rule.name, len(rows), len(bad)))
        for origin_id in bad:
            failing.setdefault(origin_id, rule.name)
    return Validation(failing, tuple(outcomes))


def _unchecked(name: str) -> SoftwareFault:
    return SoftwareFault(f"the expectation {name} could not be checked: nothing of this part is loaded")


def validate_many(suite: str, frame: pd.DataFrame) -> Validation:
    """The same by Great Expectations. frame: the rows."""
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
            raise _unchecked(name)
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

    return _context().suites.add(
        gx.ExpectationSuite(name=name, expectations=[_expectation(gx.expectations, rule) for rule in RULES[name]])
    )


def _expectation(x: Any, rule: Rule) -> Any:
    made = {
        PRESENT: lambda: x.ExpectColumnValuesToNotBeNull(column=rule.column),
        REGEX: lambda: x.ExpectColumnValuesToMatchRegex(column=rule.column, regex=rule.regex),
        BETWEEN: lambda: x.ExpectColumnValuesToBeBetween(column=rule.column, min_value=rule.least, max_value=rule.most),
        LENGTHS: lambda: x.ExpectColumnValueLengthsToBeBetween(
            column=rule.column, min_value=rule.least, max_value=rule.most
        ),
    }
    return made[rule.expectation]()
