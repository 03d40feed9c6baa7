"""List: the folder tree, then each changed folder page by page, each page durable before the next is asked for."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from exchange_sync.enrich.following import following_properties
from exchange_sync.errors import StateExpired
from exchange_sync.model.config import Filters
from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.rules import folders_left_out
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.patience import Patience
from exchange_sync.source.api import FolderGone, MailSource
from exchange_sync.store import comments, listing
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Row
from exchange_sync.store.listing import FolderState

log = logging.getLogger("exchange_sync.extract")

REFILED_AT_ONCE = 1_000  # comments of a renamed folder, a transaction
_COARSE = timedelta(seconds=1)  # what a change mark may be as coarse as


@dataclass(frozen=True)
class Listed:
    """What listing did. finished: every folder to its end."""

    counts: dict[str, int]
    finished: bool


def list_folders(context: Context, source: MailSource, batch: Batch, row: Row, patience: Patience) -> Listed:
    """Every changed folder of a mailbox, a page of each in turn, so that a huge one does not hold up the others.

    Raises what the source raises, and Superseded. Stops after settings.list_seconds; the rest is for the next run.
    """
    folders = patience.ask(lambda: _tree(context, source, batch, row))
    waiting = deque(folder for folder in folders if not folder.unchanged)
    log.info("%s: %d folders, %d of them changed since the last listing", row["address"], len(folders), len(waiting))
    _let_the_second_pass(context, waiting)
    until = time.monotonic() + context.settings.list_seconds
    counts: Counter[str] = Counter()
    told: dict[int, Counter[str]] = {}
    while waiting and time.monotonic() < until:
        folder = waiting.popleft()
        further, page_counts = patience.ask(partial(_page, context, source, batch, row, folder))
        counts.update(page_counts)
        told.setdefault(folder.id, Counter()).update(page_counts)
        if further is None:
            _tell(folder, told[folder.id])
        else:
            waiting.append(further)
    if waiting:
        log.info("%s: %d folders are not listed to their end yet; the next run goes on", row["address"], len(waiting))
    return Listed(dict(counts), finished=not waiting)


def _tree(context: Context, source: MailSource, batch: Batch, row: Row) -> list[FolderState]:
    filters = Filters.from_dict(row["filters"])
    folders = source.folders(row["address"], archive=filters.archive)
    left_out = folders_left_out(folders, filters)
    can = source.capabilities
    states = listing.save_tree(
        context.db, batch, folders, left_out, listing.Seen(can.protocol, can.roots), context.clock()
    )
    _refile(context, batch, row)
    return states


def _let_the_second_pass(context: Context, folders: Iterable[FolderState]) -> None:
    """A second look under one mark comes a second after the first, or it could leave the same to be looked for.

    Only runs that follow each other within a second wait at all.
    """
    looked = [folder.listed_at for folder in folders if folder.second_look and folder.listed_at]
    if looked:
        left = min(max(looked) + _COARSE - context.clock(), _COARSE)
        if left > timedelta(0):
            context.sleep(left.total_seconds())


def _refile(context: Context, batch: Batch, row: Row) -> None:
    """Comments of a renamed or moved folder get its new name; nothing is downloaded."""
    for folder in listing.folders_renamed(context.db, row["id"]):
        following = following_properties(row["address"], tuple(folder["path"]))
        del following["string:Mailbox"]
        total = 0
        after: int | None = 0
        while after is not None:
            done, after = comments.refile(
                context.db, batch, folder["id"], following, after, REFILED_AT_ONCE, context.clock()
            )
            total += done
        log.info("%s: folder renamed to %s: %d comments follow", row["address"], folder_text(folder["path"]), total)
    listing.folders_filed(context.db, batch)


def _page(
    context: Context, source: MailSource, batch: Batch, row: Row, folder: FolderState
) -> tuple[FolderState | None, dict[str, int]]:
    """One page: saved, and the folder as it stands then; None at its end."""
    try:
        page = source.changes(row["address"], folder.key, folder.state)
    except StateExpired:
        log.warning(
            "%s: the server forgot the state of %s; it is listed afresh", row["address"], folder_text(folder.path)
        )
        listing.forget_state(context.db, batch, folder.id)
        return replace(folder, state=None, finished=False), {}
    except FolderGone:
        log.warning("%s: %s cannot be read now and is left out of this run", row["address"], folder_text(folder.path))
        listing.leave_out(context.db, batch, folder.id, listing.NOT_READABLE)
        return None, {}
    now = context.clock()  # after the answer: a backfill that began to read before it leaves these items alone
    counts = listing.save_page(context.db, batch, folder, page, row["start_time"], now)
    return (None if page.last else replace(folder, state=page.state)), counts


def _tell(folder: FolderState, counts: Counter[str]) -> None:
    if any(counts.values()):
        log.info(
            "%s: %d listed (%d to fetch, %d before the start time), %d gone",
            folder_text(folder.path), counts["listed"], counts["pending"], counts["skipped: before start"],
            counts["gone"],
        )  # fmt: skip
