"""The owners that a caller may see anything of."""

from __future__ import annotations

from exchange_sync.store import projects
from exchange_sync.store.database import Row
from exchange_sync.web.auth import Caller


def owners(caller: Caller) -> dict[str, tuple[Row, frozenset[str]]]:
    """By name, each with what may be done there."""
    with caller.services.pool.lend() as db:
        rows = projects.listed(db)
    held = caller.permissions_of(row["owner"] for row in rows)
    return {row["owner"]: (row, held[row["owner"]]) for row in rows if held[row["owner"]]}
