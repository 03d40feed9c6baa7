"""Between frames and rows: what the stages need of a part."""

from __future__ import annotations

from typing import Any

import pandas as pd


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries, with None for what is missing and lists and datetimes for plain Python."""
    rows = frame.astype(object).to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def batch_of(ref: str) -> str:
    """The batch (as staging names it) of a reference ``<batch>/<stage>``."""
    return ref.rsplit("/", 1)[0]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if hasattr(value, "tolist"):
        return value.tolist()
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return value
