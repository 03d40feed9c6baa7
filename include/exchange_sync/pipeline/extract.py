"""Extract: list what changed, fetch what is missing, stage it (design section 2).

The page reads top-down: open a batch → list the folders → fetch what is pending → hand on a reference, or close the
batch when there is nothing to load. What is done is durable after every page, and a busy server or a spent budget
ends the run early without losing any of it.
"""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass, field

from exchange_sync.errors import Retriable
from exchange_sync.model.watermark import Watermark
from exchange_sync.pipeline import failing, finish, waiting
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.fetch import Fetcher
from exchange_sync.pipeline.listing import list_folders
from exchange_sync.pipeline.parts import staged
from exchange_sync.pipeline.patience import Patience
from exchange_sync.source.api import MailSource
from exchange_sync.store import batches
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Row

log = logging.getLogger("exchange_sync.extract")


@dataclass(frozen=True)
class ExtractResult:
    """ref: the staged rows to clean, or None when there is nothing to load and the batch is closed, leaving mark."""

    ref: str | None
    counts: dict[str, int] = field(default_factory=dict)
    note: str = ""
    mark: Watermark | None = None


def extract(context: Context, mailbox: str, batch_id: str) -> ExtractResult:
    """One mailbox's changes, listed and fetched within the budget.

    batch_id: unique to this attempt; letters, digits, ``.``, ``_``, ``+`` and ``-``, since staging is named by it.
    Raises IntegrationFault, MailboxFault (recorded as one more failure) and Superseded; Retriable never: the wait is
    stored as a row (design decision 3).
    """
    with failing.watched(context, mailbox) as row:
        failing.may_connect(context)
        return _extract(context, mailbox, row, batch_id)


def _extract(context: Context, mailbox: str, row: Row, batch_id: str) -> ExtractResult:
    now = context.clock()
    watermark = context.watermarks.read(context.integration, mailbox)
    batch = batches.open_batch(context.db, row["id"], batch_id, context.run, watermark, now)
    log.info("%s: goes on from generation %d (batch %s)", mailbox, batch.base, batch.id)
    patience = Patience(context.sleep)
    fetcher = Fetcher(context, batch, row, patience)
    note = ""
    with staged(context, batch):
        try:
            waiting.may_ask(context, row)  # another task of this run may have been told to wait
            with closing(context.source()) as source:
                _read(context, source, batch, row, fetcher, patience)
        except Retriable as busy:
            note = waiting.remember(context, row, busy)
        fetcher.flush()
    if fetcher.parts.written:
        return ExtractResult(fetcher.parts.reference, dict(fetcher.counts), note)
    if note:
        batches.only_waited(context.db, batch)
    mark = finish.finish(context, batch, mailbox)
    return ExtractResult(None, dict(fetcher.counts), note, mark)


def _read(context: Context, source: MailSource, batch: Batch, row: Row, fetcher: Fetcher, patience: Patience) -> None:
    listed = list_folders(context, source, batch, row, patience)
    if listed.finished:
        batches.finish_listing(context.db, batch, listed.counts)
    else:
        batches.add_counts(context.db, batch, listed.counts)
    fetcher.run(source)
