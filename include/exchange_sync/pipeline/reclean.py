"""Re-clean: comments made by an older cleaner are made again from their kept MIME, without touching Exchange."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

from exchange_sync.clean.api import CLEAN_VERSION
from exchange_sync.clean.safety import CleanFailure, clean_many
from exchange_sync.enrich.api import enrich
from exchange_sync.enrich.following import JOURNAL, following_properties
from exchange_sync.model.comment import EmailFacts
from exchange_sync.model.names import split_name
from exchange_sync.model.serial import properties_from
from exchange_sync.pipeline.context import Clock
from exchange_sync.pipeline.enrich import content_of
from exchange_sync.pipeline.identify import mail_properties
from exchange_sync.settings import Settings
from exchange_sync.store import integrations, recleaning
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.database import Database, Row
from exchange_sync.store.recleaning import PARTS, Recleaned

__all__ = ["PARTS", "reclean"]

log = logging.getLogger("exchange_sync.reclean")

AT_ONCE = 200
FOLLOWING = tuple(following_properties("", ()))
STAYING = tuple(prop.NAME for prop in JOURNAL)


def reclean(
    settings: Settings, db: Database, bucket: str, clock: Clock, version: int = CLEAN_VERSION
) -> Iterator[Counter[str]]:
    """Re-clean a bucket (owner/name) in steps; yields the counts so far: changed, unchanged, failed, of, and in
    how many comments each of PARTS changed.

    Comments whose MIME is not kept stay as they are. It can be stopped and begun again: what is done has its version.
    Raises BadInput when there is no such bucket.
    """
    row = integrations.bucket(db, *split_name(bucket, "bucket"))
    store = Blobs(settings.blob_url)
    total = recleaning.count(db, row["id"], version)
    counts: Counter[str] = Counter(of=total["kept"])
    if total["not_kept"]:
        log.warning("%s: %d comments stay as they are: their MIME is not kept", bucket, total["not_kept"])
    after = 0
    while rows := recleaning.older(db, row["id"], version, after, AT_ONCE):
        after = rows[-1]["sequence"]
        counts.update(_step(db, store, row["id"], rows, clock))
        yield counts


def _step(db: Database, store: Blobs, bucket_id: str, rows: list[Row], clock: Clock) -> Counter[str]:
    counts: Counter[str] = Counter()
    by_id = {row["id"]: row for row in rows}
    for name, cleaned in clean_many((row["id"], store.get(row["mime_sha256"])) for row in rows):
        row = by_id[name]
        if isinstance(cleaned, CleanFailure):
            log.warning("a comment could not be cleaned again (%s) and stays as it is", cleaned.reason)
            counts["failed"] += 1
            continue
        facts = EmailFacts(
            cleaned=cleaned,
            properties=mail_properties(properties_from(row["properties"]), cleaned),
            mailbox=str(row["user_properties"].get("string:Mailbox", "")),
            folder=tuple(row["path"] or ()),
            message_id=row["message_id"],
        )
        comment = enrich(facts)
        content = content_of(comment, [None] * len(comment.attachments))
        changed = recleaning.update(db, bucket_id, Recleaned(name, content, FOLLOWING, STAYING), clock())
        counts["changed" if changed else "unchanged"] += 1
        counts.update(changed)
    return counts
