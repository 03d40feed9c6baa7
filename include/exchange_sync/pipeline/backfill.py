"""Backfill: re-read a window of the past by received time and repair it (design decision 4).

Missing emails are fetched, wrong folders mended, what has gone is noted. It runs beside the live sync, never moves
its watermark, and never overwrites what that has seen since the reading began.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta

from exchange_sync.errors import BadInput, Retriable
from exchange_sync.pipeline import failing, finish, waiting
from exchange_sync.pipeline.backfill_gate import compare, due
from exchange_sync.pipeline.between import cleaned, enriched
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.extract import ExtractResult
from exchange_sync.pipeline.fetch import Fetcher
from exchange_sync.pipeline.load import load
from exchange_sync.pipeline.parts import staged
from exchange_sync.pipeline.patience import Patience
from exchange_sync.pipeline.verdict import Verdict
from exchange_sync.store import batches, windows
from exchange_sync.store.database import Row

log = logging.getLogger("exchange_sync.backfill")


def read_window(context: Context, mailbox: str, since: datetime, until: datetime, batch_id: str) -> ExtractResult:
    """Compare one mailbox with the server over [since, until) and fetch what is missing, within the budget.

    What the budget leaves is pending, and the live sync fetches it. Raises Retriable when the server asks for a wait
    that is too long, which is kept, or asked for one that is not over: the window is not done. Raises
    IntegrationFault, MailboxFault, Superseded.
    """
    with failing.watched(context, mailbox) as row:
        waiting.may_ask(context, row)
        failing.may_connect(context)
        try:
            return _read_window(context, row, since, until, batch_id)
        except Retriable as busy:
            waiting.remember(context, row, busy)
            raise


def _read_window(context: Context, row: Row, since: datetime, until: datetime, batch_id: str) -> ExtractResult:
    batch = batches.open_backfill(context.db, row["id"], batch_id, context.run, context.clock())
    fetcher = Fetcher(context, batch, row, Patience(context.sleep), window=(since, until))
    with staged(context, batch):
        with closing(context.source()) as source:
            batches.add_counts(context.db, batch, compare(context, source, batch, row, (since, until)))
            fetcher.run(source)
        fetcher.flush()
    if fetcher.parts.written:
        return ExtractResult(fetcher.parts.reference, dict(fetcher.counts))
    finish.finish(context, batch, row["address"])
    return ExtractResult(None, dict(fetcher.counts))


def verdict(context: Context, unfinished: Sequence[str]) -> Verdict:
    """Sum up the context's run. unfinished: the mailboxes that were not compared to the end; with any, it failed."""
    counts = Counter(batches.run_counts(context.db, context.run))
    # most servers give a moved email a new id: listed as missing in one folder and as gone from another
    renamed = max(0, counts["moved"] - counts["found elsewhere"])
    note = (
        f"{counts['compared']:,} compared, {max(0, counts['missing'] - renamed):,} missing fetched, "
        f"{counts['moved']:,} mended, {max(0, counts['gone'] - renamed):,} gone"
    )
    if counts["quarantined"]:
        note += f", {counts['quarantined']:,} bad"
    left = windows.waiting(context.db, context.row["id"])
    if left:
        note += f", {left:,} still to be fetched by the live sync"
    if unfinished:
        note += f", not done: {', '.join(unfinished[:5])}{' and more' if len(unfinished) > 5 else ''}"
    return Verdict(note, bool(unfinished))


def backfill(context: Context, since: datetime, until: datetime) -> Iterator[tuple[datetime, str, dict[str, int]]]:
    """The same without Airflow, day by day, the oldest first: yields (day, mailbox, counts) as each is done.

    Raises BadInput when the span is empty, and what read_window and load raise.
    """
    if not since < until:
        raise BadInput(f"--from {since.isoformat()} is not before --to {until.isoformat()}: name a span of time")
    start = since
    while start < until:
        end = min(start + timedelta(days=1), until)
        for box in due(context):
            yield start, box["address"], _window(context, box["address"], start, end)
        start = end


def _window(context: Context, address: str, since: datetime, until: datetime) -> dict[str, int]:
    counts: Counter[str] = Counter()
    while True:
        result = read_window(context, address, since, until, f"backfill-{secrets.token_hex(12)}")
        counts.update(result.counts)
        if result.ref is None:
            return dict(counts)
        done = load(context, address, enriched(context, address, cleaned(context, address, result.ref)))
        counts.update(done.counts)
        if not done.counts.get("created") and not done.counts.get("unlinked"):
            return dict(counts)
