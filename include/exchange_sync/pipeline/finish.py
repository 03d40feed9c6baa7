"""Finish: the batch is closed, then the watermark moves, then staging goes. In this order a crash repeats work only."""

from __future__ import annotations

import logging

from exchange_sync.enrich.following import following_properties
from exchange_sync.model.watermark import Watermark
from exchange_sync.pipeline.context import Context
from exchange_sync.store import batches, living
from exchange_sync.store.batches import Batch

log = logging.getLogger("exchange_sync.load")


def finish(context: Context, batch: Batch, mailbox: str) -> Watermark | None:
    """Close the batch and write the watermark, if it still holds what extract read (design decision 5).

    A backfill leaves the watermark alone: None.
    Raises Superseded when another batch of the mailbox has been opened meanwhile.
    """
    if batch.is_backfill:
        batches.close_backfill(context.db, batch, context.clock())
        context.staging.delete(batch.id)
        return None
    _show_living(context, batch)
    mark = batches.close_batch(context.db, batch, context.clock())
    text = mark.to_json()
    if not context.watermarks.replace(context.integration, mailbox, batch.watermark, text):
        log.warning("%s: the watermark was changed meanwhile and is left as it is; the next run starts there", mailbox)
    else:
        log.info("%s: watermark moved to generation %d, %d pending", mailbox, mark.generation, mark.pending)
    context.staging.delete(batch.id)
    return mark


def _show_living(context: Context, batch: Batch) -> None:
    """Comments whose shown copy has gone show another one that lives, in portions; nothing is downloaded."""
    while found := living.instead_of_gone(context.db, batch):
        shown = [(copy, following_properties(copy.address, copy.path)) for copy in found]
        living.show(context.db, batch, shown, context.clock())
        log.info("%d comments show another copy, since the one they showed has gone", len(found))
