"""Progress: how far a mailbox's first sync is, in words ("12,400 of 50,000 emails, about 9 minutes left")."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from exchange_sync.model.folder_path import folder_text
from exchange_sync.store import status
from exchange_sync.store.database import Database, Row


def progress(db: Database, box: Row) -> str:
    """For a mailbox that is catching up; "" when nothing is left. box: a mailbox's row.

    The time left is what the emails took so far, from the first batch to now, waits included.
    """
    folders = status.folders(db, box["id"])
    total = sum(max(row["total"], row["listed"]) for row in folders)
    left = sum(row["pending"] + max(0, row["total"] - row["listed"]) for row in folders)
    if not left:
        return ""
    deepest = max(folders, key=lambda row: row["pending"])
    done = total - left
    where = folder_text(deepest["path"])
    text = f"{done:,} of {total:,} emails, {deepest['pending']:,} of the rest in {where}"
    spent = box["totals"].get("milliseconds", 0) / 1000
    fetched = box["totals"].get("created", 0) + box["totals"].get("known", 0)
    if spent and fetched:
        text += f", about {_span(timedelta(seconds=left * spent / fetched))} left"
    return text


def catching_up(db: Database, boxes: Iterable[Row], limit: int = 3) -> list[str]:
    """How far each mailbox is whose first sync is not over yet, at most limit of them. boxes: their rows."""
    behind = [box for box in boxes if box["enabled"] and (box["synced_until"] is None or box["has_pending"])]
    found = [f"{box['address']}: {text}" for box in behind[:limit] if (text := progress(db, box))]
    return [*found, f"{len(behind) - limit} more catching up"] if len(behind) > limit else found


def _span(left: timedelta) -> str:
    minutes = round(left.total_seconds() / 60)
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
