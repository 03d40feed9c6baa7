"""Warnings: shares of a run's emails that are worth a person's look, as words for the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

EMPTY, CHARSET, BAD = "empty bodies", "unknown charsets", "quarantined"
FEWEST = 20  # emails of a run from which a share says something
SHARES = {EMPTY: 0.25, CHARSET: 0.05, BAD: 0.02}  # more than this is told


def observed(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Counts of what a part's enriched rows are watched for."""
    made = [row for row in rows if row["messages"] is not None]
    return {
        "made": len(made),
        EMPTY: sum(not row["body"].strip() for row in made),
        CHARSET: sum("charset_unknown" in row["problems"] for row in made),
    }


def warnings(counts: Mapping[str, int]) -> list[str]:
    """Of a run's counts, those shares that are too high, in words."""
    of = counts.get("made", 0) + counts.get(BAD, 0)
    if of < FEWEST:
        return []
    return [
        f"warning: {round(100 * counts.get(what, 0) / of)} % {what}"
        for what, share in SHARES.items()
        if counts.get(what, 0) > share * of
    ]
