"""Finish: the batch is closed, then the watermark moves, then staging goes. In this order a crash repeats work only."""

from __future__ import annotations

import logging

from exchange_sync.model.watermark import Watermark
from exchange_sync.pipeline.context import Context
from exchange_sync.store import batches
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
    mark = batches.close_batch(context.db, batch, context.clock())
    text = mark.to_json()
    if not context.watermarks.replace(context.integration, mailbox, batch.watermark, text):
        log.warning("%s: the watermark was changed meanwhile and is left as it is; the next run starts there", mailbox)
    else:
        log.info("%s: watermark moved to generation %d, %d pending", mailbox, mark.generation, mark.pending)
    context.staging.delete(batch.id)
    return mark
