"""Validation: a part against its boundary's suite; failing rows are marked for the quarantine, counts are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exchange_sync.pipeline import unexpected
from exchange_sync.pipeline.context import Stores
from exchange_sync.quality.suites import validate
from exchange_sync.store import quality


def mark_failing(context: Stores, batch_id: str, suite: str, rows: list[dict[str, Any]]) -> None:
    """Set ``failure`` of the rows that a suite refuses; rows that failed before, and links, are not checked again.

    A row that the suite cannot be run on is marked by what was raised.
    """

    def check(some: Sequence[dict[str, Any]]) -> None:
        found = validate(suite, some)
        for row in some:
            expectation = found.failing.get(row["origin_id"])
            if expectation:
                row["failure"] = f"quality: {suite}: {expectation}"
        counts = [(outcome.expectation, outcome.checked, outcome.failed) for outcome in found.outcomes]
        quality.record(context.db, batch_id, suite, counts, context.clock())

    def refuse(row: dict[str, Any], error: Exception) -> None:
        row["failure"] = f"quality: {suite}: {unexpected.code_of(error)}"

    checked = [row for row in rows if row.get("failure") is None]
    unexpected.isolate(checked, check, refuse)
