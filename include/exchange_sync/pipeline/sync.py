"""Sync: the same stages as the DAG's, in one process, for the command line."""

from __future__ import annotations

import logging
import secrets
from collections import Counter

from exchange_sync.errors import InternalFault, MailboxFault, Superseded
from exchange_sync.model.watermark import UP_TO_DATE
from exchange_sync.pipeline.between import cleaned, enriched
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.left_alone import switched_on
from exchange_sync.pipeline.load import load
from exchange_sync.store import batches, integrations, switching
from exchange_sync.store.database import Row

log = logging.getLogger("exchange_sync.sync")


def sync_integration(context: Context, only: str | None = None) -> dict[str, dict[str, int]]:
    """Every mailbox that is on (or the one named, if it is) until nothing is left to do; counts per address.

    An integration that is off is left alone, as by the DAG: nobody signs in. A mailbox that fails does not touch the
    others: its counts hold "failed", its reason is logged. Raises IntegrationFault, since that would be the same for
    each of them.
    """
    return _sync(context, switched_on(context, only))


def sync_by_force(context: Context, only: str | None = None) -> dict[str, dict[str, int]]:
    """The same of an integration that is off, too, and of a mailbox that is off where it is named."""
    if only is not None:
        return _sync(context, [context.mailbox(only)])
    return _sync(context, [box for box in integrations.mailboxes(context.db, context.row["id"]) if box["enabled"]])


def _sync(context: Context, boxes: list[Row]) -> dict[str, dict[str, int]]:
    results: dict[str, dict[str, int]] = {}
    for box in boxes:
        try:
            results[box["address"]] = sync_mailbox(context, box["address"])
        except (MailboxFault, InternalFault) as fault:
            log.error("%s: %s", box["address"], fault)
            results[box["address"]] = {"failed": 1}
        except Superseded as newer:
            log.warning("%s: %s", box["address"], newer)
            results[box["address"]] = {"superseded": 1}
    if boxes and not batches.run_only_waited(context.db, context.run):
        switching.came_through(context.db, context.row["id"], context.run)
    return results


def sync_mailbox(context: Context, address: str) -> dict[str, int]:
    """One mailbox, batch after batch, until it is up to date or the server asks to wait. Raises as its stages do."""
    totals: Counter[str] = Counter()
    while True:
        result = extract(context, address, f"cli-{secrets.token_hex(12)}")
        done, mark = Counter(result.counts), result.mark
        if result.ref is not None:
            loaded = load(context, address, enriched(context, address, cleaned(context, address, result.ref)))
            done.update(loaded.counts)
            mark = loaded.mark
        totals.update(done)
        if result.note or mark is None or mark.note == UP_TO_DATE:
            return dict(totals)
        if not any(done.values()):
            log.warning("%s: %d items stay pending, and this batch could do nothing for them", address, mark.pending)
            return dict(totals)
