"""Validation: a part against its boundary's suite; failing rows are marked for the quarantine, counts are kept."""

from __future__ import annotations

from typing import Any

import pandas as pd

from exchange_sync.pipeline.context import Stores
from exchange_sync.quality.suites import validate
from exchange_sync.store import quality


def mark_failing(context: Stores, batch_id: str, suite: str, rows: list[dict[str, Any]]) -> None:
    """Set ``failure`` of the rows that a suite refuses; rows that failed before, and links, are not checked again.

    Raises SoftwareFault when an expectation could not be checked.
    """
    checked = [row for row in rows if row.get("failure") is None]
    found = validate(suite, pd.DataFrame(checked))
    for row in checked:
        expectation = found.failing.get(row["origin_id"])
        if expectation:
            row["failure"] = f"quality: {suite}: {expectation}"
    counts = [(outcome.expectation, outcome.checked, outcome.failed) for outcome in found.outcomes]
    quality.record(context.db, batch_id, suite, counts, context.clock())
