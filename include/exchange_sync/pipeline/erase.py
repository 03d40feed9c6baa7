"""Erase: one email goes for good, or what is older than a bucket keeps."""

from __future__ import annotations

import logging

from exchange_sync.model.names import split_name
from exchange_sync.pipeline.context import Clock
from exchange_sync.settings import Settings
from exchange_sync.store import erasure, integrations
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.database import Database

log = logging.getLogger("exchange_sync.erase")

AT_ONCE = 500


def erase(settings: Settings, db: Database, bucket: str, ids: list[str], clock: Clock) -> int:
    """Erase comments of a bucket (owner/name) by id; a tombstone keeps each away, seen or not. How many were there.

    Raises BadInput when there is no such bucket.
    """
    row = integrations.bucket(db, *split_name(bucket, "bucket"))
    done = erasure.erase(db, Blobs(settings.blob_url), row, ids, "erased", clock())
    log.info("%s: %d comments erased, %d tombstones stand", bucket, done, len(ids))
    return done


def past_retention(settings: Settings, db: Database, clock: Clock) -> int:
    """In every bucket with a retention, remove what is older. How many comments."""
    total = 0
    store, now = Blobs(settings.blob_url), clock()
    for bucket in integrations.all_buckets(db):
        while bucket["retention_days"] and (ids := erasure.past_retention(db, bucket, now, AT_ONCE)):
            total += erasure.erase(db, store, bucket, ids, "past retention", now)
    return total
