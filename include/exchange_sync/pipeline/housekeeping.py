"""Housekeeping of the product's own things (design decision 17): staging and blobs that nobody needs, old batches,
places that emails left long ago."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange_sync.pipeline.context import Clock
from exchange_sync.pipeline.erase import past_retention
from exchange_sync.settings import Settings
from exchange_sync.store import arrivals, batches, blobs, quality, trimming
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.database import Database
from exchange_sync.store.staging import Staging

log = logging.getLogger("exchange_sync.housekeeping")

STAGING_AGE = timedelta(days=1)  # of a batch that is not the open one; longer than any run lasts
BLOB_AGE = timedelta(hours=20)  # of a blob that nothing refers to: what a filter refused is gone within a day
BATCH_TIME = timedelta(days=2)  # longer than from download to load: so long an open batch keeps what it has fetched
BATCH_AGE = timedelta(days=7)
QUALITY_AGE = timedelta(days=30)
ARRIVALS_AGE = timedelta(days=90)  # longer than any chart of the page
AT_ONCE = 1_000


@dataclass(frozen=True)
class Report:
    """What was removed: batches' staging, blobs, rows of old batches, and comments past their bucket's retention.

    places: where emails lay long ago. arrivals: hours of the page's charts.
    """

    staging: int
    blobs: int
    batches: int
    comments: int
    places: int = 0
    arrivals: int = 0


def tidy(settings: Settings, clock: Clock) -> Report:
    """Remove what nobody needs any more. Harmless beside running syncs."""
    db = Database(settings.database_url)
    try:
        now = clock()
        comments = past_retention(settings, db, clock)
        report = Report(
            comments=comments,
            staging=_staging(db, Staging(settings.staging_url), now - STAGING_AGE),
            blobs=_blobs(db, Blobs(settings.blob_url), _unneeded(db, now)),
            batches=batches.trim(db, now - BATCH_AGE) + quality.trim(db, now - QUALITY_AGE),
            places=trimming.trim_gone(db, now - timedelta(seconds=settings.keep_gone_seconds)),
            arrivals=arrivals.trim(db, now - ARRIVALS_AGE),
        )
    finally:
        db.close()
    log.info(
        "removed the staging of %d batches, %d orphaned blobs, %d old batches, %d comments past retention, "
        "%d places left long ago",
        report.staging, report.blobs, report.batches, report.comments, report.places,
    )  # fmt: skip
    return report


def _staging(db: Database, staging: Staging, before: datetime) -> int:
    """Of the batches that lie in staging, those that are old or unknown and not open."""
    there = staging.batches()
    needed = batches.needed(db, there, before)
    for name in there:
        if name not in needed:
            staging.delete(name)
    return len(there) - len(needed)


def _unneeded(db: Database, now: datetime) -> datetime:
    """Blobs last asked for before then are no open batch's, which may load them yet."""
    opened = batches.oldest_open(db, now - BATCH_TIME)
    return min(now - BLOB_AGE, opened) if opened else now - BLOB_AGE


def _blobs(db: Database, store: Blobs, before: datetime) -> int:
    removed = 0
    while found := blobs.orphans(db, before, AT_ONCE):
        done = blobs.forget(db, store, found, before)
        removed += done
        if not done:
            break
    return removed
