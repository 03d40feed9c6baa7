"""Progress: how far a mailbox's first sync is, in words ("12,400 of 50,000 emails, about 9 minutes left")."""

from __future__ import annotations

from datetime import timedelta

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
    where = "/".join(deepest["path"])
    text = f"{done:,} of {total:,} emails, {deepest['pending']:,} of the rest in {where}"
    spent = box["totals"].get("milliseconds", 0) / 1000
    fetched = box["totals"].get("created", 0) + box["totals"].get("known", 0)
    if spent and fetched:
        text += f", about {_span(timedelta(seconds=left * spent / fetched))} left"
    return text


def _span(left: timedelta) -> str:
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
