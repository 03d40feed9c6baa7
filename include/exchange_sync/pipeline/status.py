"""Status: what each mailbox has come to, as a report for programs and as a table for people."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.names import split_name
from exchange_sync.model.watermark import CATCHING_UP
from exchange_sync.pipeline.progress import progress
from exchange_sync.store import status
from exchange_sync.store.database import Database, Row

_COLUMNS = (
    "mailbox", "folders", "listed", "created", "updated", "unchanged", "skipped", "quarantined", "pending", "seconds",
    "state",
)  # fmt: skip


def report(db: Database, integration: str | None = None) -> dict[str, Any]:
    """{"mailboxes": [...], "buckets": [...]}: plain values; times ISO 8601. Raises BadInput for a name that is none."""
    owner, name = split_name(integration, "integration") if integration else (None, None)
    return {
        "mailboxes": [_mailbox(db, row) for row in status.mailboxes(db, owner, name)],
        "buckets": status.bucket_counts(db),
    }


def _mailbox(db: Database, row: Row) -> dict[str, Any]:
    totals = row["totals"]
    return {
        "integration": f"{row['owner']}/{row['name']}",
        "mailbox": row["address"],
        "bucket": f"{row['bucket_owner']}/{row['bucket_name']}",
        "state": _state(row),
        "progress": progress(db, row),
        "folders": row["folders"],
        "listed": row["listed"],
        "created": totals.get("created", 0),
        "updated": totals.get("moved", 0) + totals.get("copied", 0),
        "unchanged": totals.get("unchanged", 0),
        "loaded": row["items"]["loaded"],
        "skipped": row["skipped"],
        "quarantined": row["items"]["quarantined"],
        "pending": row["items"]["pending"],
        "seconds": round(totals.get("milliseconds", 0) / 1000, 1),
        "synced_until": row["synced_until"].isoformat() if row["synced_until"] else None,
        "error": row["last_error"],
        "per_folder": [{**folder, "path": folder_text(folder["path"])} for folder in status.folders(db, row["id"])],
    }


def _state(row: Row) -> str:
    if not row["integration_enabled"]:
        return f"integration disabled ({row['integration_reason']})"
    if not row["enabled"]:
        return f"disabled ({row['disabled_reason']})"
    if row["last_error"] or row["integration_error"]:
        return "failing: " + str((row["last_error"] or row["integration_error"]).get("message", ""))
    if row["synced_until"] is None or row["items"]["pending"]:
        return CATCHING_UP
    return "up to date"


def table(found: dict[str, Any]) -> str:
    """The report as text, a line a mailbox."""
    grid = Table(box=None, pad_edge=False)
    for column in _COLUMNS:
        grid.add_column(column, justify="left" if column in ("mailbox", "skipped", "state") else "right")
    for row in found["mailboxes"]:
        far = f": {row['progress']}" if row["state"] == CATCHING_UP and row["progress"] else ""
        grid.add_row(*[_cell(row[column]) for column in _COLUMNS[:-1]], row["state"] + far)
    out = io.StringIO()
    Console(file=out, width=320).print(grid)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{n} {why}" for why, n in value.items()) or "-"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return str(len(value))
    return str(value)
