"""Sync: the same stages as the DAG's, in one process, for the command line."""

from __future__ import annotations

import logging
import secrets
from collections import Counter

from exchange_sync.errors import MailboxFault, Superseded
from exchange_sync.model.watermark import UP_TO_DATE
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.extract import extract
from exchange_sync.pipeline.load import load
from exchange_sync.store import integrations

log = logging.getLogger("exchange_sync.sync")


def sync_integration(context: Context, only: str | None = None) -> dict[str, dict[str, int]]:
    """Every enabled mailbox (or the one named) until nothing is left to do; counts per address.

    A mailbox that fails does not touch the others: its counts hold "failed", its reason is logged. Raises
    IntegrationFault, since that would be the same for each of them.
    """
    boxes = integrations.mailboxes(context.db, context.row["id"])
    if only is not None:
        boxes = [context.mailbox(only)]
    results: dict[str, dict[str, int]] = {}
    for box in boxes:
        if not box["enabled"]:
            log.info("%s is disabled (%s): not synced", box["address"], box["disabled_reason"])
            continue
        try:
            results[box["address"]] = sync_mailbox(context, box["address"])
        except MailboxFault as fault:
            log.error("%s: %s", box["address"], fault)
            results[box["address"]] = {"failed": 1}
        except Superseded as newer:
            log.warning("%s: %s", box["address"], newer)
            results[box["address"]] = {"superseded": 1}
    return results


def sync_mailbox(context: Context, address: str) -> dict[str, int]:
    """One mailbox, batch after batch, until it is up to date or the server asks to wait. Raises as its stages do."""
    totals: Counter[str] = Counter()
    while True:
        result = extract(context, address, f"cli-{secrets.token_hex(12)}")
        done, mark = Counter(result.counts), result.mark
        if result.ref is not None:
            loaded = load(context, address, enrich(context, clean(context, result.ref)))
            done.update(loaded.counts)
            mark = loaded.mark
        totals.update(done)
        if result.note or mark is None or mark.note == UP_TO_DATE:
            return dict(totals)
        if not any(done.values()):
            log.warning("%s: %d items stay pending, and this batch could do nothing for them", address, mark.pending)
            return dict(totals)
