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
from itertools import islice

from exchange_sync.errors import BadInput, IntegrationFault, Reason
from exchange_sync.pipeline import failing, finish
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import ExtractResult
from exchange_sync.pipeline.fetch import Fetcher
from exchange_sync.pipeline.load import load
from exchange_sync.pipeline.patience import Patience
from exchange_sync.pipeline.verdict import Verdict
from exchange_sync.source.api import FolderGone, MailSource
from exchange_sync.store import batches, integrations, windows
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Row

log = logging.getLogger("exchange_sync.backfill")

AT_ONCE = 500


def due(context: Context) -> list[str]:
    """The mailboxes that a backfill re-reads: all that are enabled.

    Raises IntegrationFault while the integration is disabled: it fails rather than skips, so that no window counts as
    done that was not.
    """
    if not context.row["enabled"]:
        raise IntegrationFault(
            f"{context.integration} is disabled ({context.row['disabled_reason']}): nothing was re-read",
            Reason("integration_disabled", "disabled", "Enable it and run this window again."),
        )
    return [box["address"] for box in integrations.mailboxes(context.db, context.row["id"]) if box["enabled"]]


def read_window(context: Context, mailbox: str, since: datetime, until: datetime, batch_id: str) -> ExtractResult:
    """Compare one mailbox with the server over [since, until) and fetch what is missing, within the budget.

    What the budget leaves is pending, and the live sync fetches it. Raises Retriable when the server asks for a wait
    that is too long: the window is not done. Raises IntegrationFault, MailboxFault, Superseded.
    """
    row = context.mailbox(mailbox)
    batch = batches.open_backfill(context.db, row["id"], batch_id, context.run, context.clock())
    patience = Patience(context.sleep)
    fetcher = Fetcher(context, batch, row, patience, window=(since, until))
    failing.may_connect(context)
    with failing.watched(context, row), closing(context.source()) as source:
        _compare(context, source, batch, row, since, until)
        fetcher.run(source)
    fetcher.flush()
    if fetcher.parts.written:
        return ExtractResult(fetcher.parts.reference, dict(fetcher.counts))
    finish.finish(context, batch, mailbox)
    return ExtractResult(None, dict(fetcher.counts))


def _compare(context: Context, source: MailSource, batch: Batch, row: Row, since: datetime, until: datetime) -> None:
    counts: Counter[str] = Counter()
    for folder in windows.folders(context.db, row["id"]):
        read_at = context.clock()
        found: list[str] = []
        try:
            items = source.find(row["address"], folder["key"], since, until)
            while chunk := list(islice(items, AT_ONCE)):
                found.extend(item.item_id for item in chunk)
                counts.update(windows.save_found(context.db, batch, folder["id"], chunk, row["start_time"], read_at))
        except FolderGone:
            log.warning("%s: %s cannot be read now", row["address"], "/".join(folder["path"]))
            continue
        counts["gone"] += windows.mark_gone(context.db, batch, folder["id"], found, since, until, read_at)
        counts["compared"] += len(found)
    batches.add_counts(context.db, batch, counts)
    log.info(
        "%s: %d emails of %s to %s compared: %d missing here, %d found elsewhere, %d gone",
        row["address"], counts["compared"], since.isoformat(), until.isoformat(), counts["missing"],
        counts["found elsewhere"], counts["gone"],
    )  # fmt: skip


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
        for address in due(context):
            yield start, address, _window(context, address, start, end)
        start = end


def _window(context: Context, address: str, since: datetime, until: datetime) -> dict[str, int]:
    counts: Counter[str] = Counter()
    while True:
        result = read_window(context, address, since, until, f"backfill-{secrets.token_hex(12)}")
        counts.update(result.counts)
        if result.ref is None:
            return dict(counts)
        done = load(context, address, enrich(context, clean(context, result.ref)))
        counts.update(done.counts)
        if not done.counts.get("created") and not done.counts.get("unlinked"):
            return dict(counts)
