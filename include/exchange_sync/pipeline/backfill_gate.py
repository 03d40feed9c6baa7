"""A backfill's gate: one log-in, and every mailbox compared with the server over the window.

Most windows are whole. Comparing one here takes a second for all its mailboxes; a task each would take a second a
mailbox, and a year has many windows.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from itertools import islice

from exchange_sync.errors import IntegrationFault, MailboxFault, Reason, Retriable
from exchange_sync.model.folder_path import folder_text
from exchange_sync.pipeline import failing, finish, waiting
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.login import logged_in
from exchange_sync.source.api import FolderGone, MailSource
from exchange_sync.store import batches, integrations, pending, windows
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Row
from exchange_sync.store.pending import Window

log = logging.getLogger("exchange_sync.backfill")

AT_ONCE = 500
AFTER_A_FAILURE = 60.0  # seconds


def enter(context: Context) -> list[str]:
    """Log in once; the addresses of all enabled mailboxes.

    Raises as due does, and IntegrationFault and BadInput when the log-in fails, which counts as a failed run.
    """
    with failing.gate_watched(context):
        boxes = due(context)
        for box in boxes[:1]:
            _try(context, box["address"], lambda _: None)
        return [box["address"] for box in boxes]


def look(context: Context, since: datetime, until: datetime, batch_id: str) -> list[str]:
    """Log in once and compare each mailbox with the server over [since, until): none when all are whole, else all.

    Never some: Airflow does not bring back the tasks of a mailbox that was left out when a run is run once more.
    A mailbox that could not be compared counts as not whole, for its own task to tell why. batch_id: as extract's.
    Raises as enter does, and Retriable when the whole server is busy.
    """
    with failing.gate_watched(context):
        return _look(context, since, until, batch_id)


def _look(context: Context, since: datetime, until: datetime, batch_id: str) -> list[str]:
    boxes = due(context)
    found: list[tuple[Batch, Counter[str]]] = []

    def compare_all(source: MailSource) -> bool:
        end = time.monotonic() + context.settings.list_seconds
        return all(
            time.monotonic() < end and _is_whole(context, source, box, (since, until), f"{batch_id}-{box['id']}", found)
            for box in boxes
        )

    whole = not boxes or _try(context, boxes[0]["address"], compare_all)
    for (batch, counts), box in zip(found, boxes, strict=False):
        if not whole:
            del counts["compared"]  # its own task compares it once more
        batches.add_counts(context.db, batch, counts)
        finish.finish(context, batch, box["address"])
    return [] if whole else [box["address"] for box in boxes]


def _try(context: Context, address: str, act: Callable[[MailSource], bool | None]) -> bool:
    """What act says of a source that has got in; False where the mailbox that was asked first is wrong."""
    try:
        with logged_in(context, address) as source:
            return bool(act(source))
    except MailboxFault as fault:  # the log-in itself worked; the mailbox's own task tells this
        log.warning("%s: %s", address, fault)
        return False


def due(context: Context) -> list[Row]:
    """The mailboxes that a backfill re-reads: all that are enabled.

    Raises IntegrationFault while the integration is disabled: it fails rather than skips, so that no window counts as
    done that was not. Raises Retriable while the server is busy, and after a failed run until the live sync has got
    in again: many windows would be as many refused log-ins.
    """
    row = context.reread()
    if not row["enabled"]:
        raise IntegrationFault(
            f"{context.integration} is disabled ({row['disabled_reason']}): nothing was re-read",
            Reason("integration_disabled", "disabled", "Enable it and run this window again."),
        )
    waiting.may_ask(context)
    if row["consecutive_failures"]:
        after = max(row["interval_seconds"], AFTER_A_FAILURE)
        raise Retriable(
            f"the last run of {context.integration} failed: its live sync tries first", after, code="FailedBefore"
        )
    return [box for box in integrations.mailboxes(context.db, row["id"]) if box["enabled"]]


def _is_whole(
    context: Context, source: MailSource, box: Row, window: Window, batch_id: str,
    found: list[tuple[Batch, Counter[str]]],
) -> bool:  # fmt: skip
    """Whether the mailbox needs no task of its own. found: grows by its batch and what was compared."""
    try:
        waiting.may_ask(context, box)
        batch = batches.open_backfill(context.db, box["id"], batch_id, context.run, context.clock())
        found.append((batch, compare(context, source, batch, box, window)))
    except Retriable as busy:
        if busy.whole_server:
            raise
        waiting.remember(context, box, busy)
        return False
    except MailboxFault as fault:
        log.warning("%s: %s", box["address"], fault)
        return False
    return not pending.newest(context.db, box["id"], source.capabilities.protocol, None, 1, window)


def compare(context: Context, source: MailSource, batch: Batch, row: Row, window: Window) -> Counter[str]:
    """Compare one mailbox, folder by folder: what is missing is pending now, what has gone is marked; their counts.

    row: the mailbox's. Raises Retriable, MailboxFault, IntegrationFault, Superseded.
    """
    counts: Counter[str] = Counter(compared=0)
    since, until = window
    can = source.capabilities
    for folder in windows.folders(context.db, row["id"], can.protocol, can.roots):
        read_at = context.clock()
        found: list[str] = []
        try:
            items = source.find(row["address"], folder["key"], since, until)
            while chunk := list(islice(items, AT_ONCE)):
                found.extend(item.item_id for item in chunk)
                counts.update(
                    windows.save_found(context.db, batch, folder["id"], chunk, can.protocol, row["start_time"], read_at)
                )
        except FolderGone:
            log.warning("%s: %s cannot be read now", row["address"], folder_text(folder["path"]))
            continue
        counts["gone"] += windows.mark_gone(context.db, batch, folder["id"], found, since, until, read_at)
        counts["compared"] += len(found)
    log.info(
        "%s: %d emails of %s to %s compared: %d missing here, %d found elsewhere, %d gone",
        row["address"], counts["compared"], since.isoformat(), until.isoformat(), counts["missing"],
        counts["found elsewhere"], counts["gone"],
    )  # fmt: skip
    return counts
