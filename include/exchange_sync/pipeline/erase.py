"""Erase: one email goes for good, or what is older than a bucket keeps."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass

from exchange_sync.errors import BadInput
from exchange_sync.model.identity import comment_id, usable_message_id
from exchange_sync.model.names import split_name
from exchange_sync.pipeline.context import Clock
from exchange_sync.settings import Settings
from exchange_sync.store import erasure, integrations
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.database import Database, Row

log = logging.getLogger("exchange_sync.erase")

AT_ONCE = 500
SHOWN = 20
_ID = re.compile(r"((?:[0-9a-f]{2}){1,512})(?:-[0-9a-f]{16})?")


@dataclass(frozen=True)
class Planned:
    """What an erasure would take. shown: SHOWN comments at most, {id, subject, mailbox, folder, attachments}.

    comments: how many of the ids are here; the others get a tombstone, too. places: where mailboxes still hold them.
    """

    bucket: str
    ids: tuple[str, ...]
    comments: int
    places: int
    shown: tuple[Row, ...]


def planned(db: Database, bucket: str, ids: Iterable[str]) -> Planned:
    """What erasing these would take; nothing is changed. Raises BadInput for an unknown bucket and what is no id."""
    row = integrations.bucket(db, *split_name(bucket, "bucket"))
    wanted = tuple(dict.fromkeys(_checked(one) for one in ids))
    comments, places = erasure.counts(db, row["id"], wanted)
    return Planned(bucket, wanted, comments, places, tuple(erasure.shown(db, row["id"], wanted, SHOWN)))


def erase(settings: Settings, db: Database, bucket: str, ids: list[str], clock: Clock, by: str) -> int:
    """Erase comments of a bucket (owner/name) by id; a tombstone keeps each away, seen or not. How many were there.

    by: who did it, for the trail. Raises BadInput when there is no such bucket, and for what is no comment's id; then
    nothing is erased.
    """
    row = integrations.bucket(db, *split_name(bucket, "bucket"))
    wanted = list(dict.fromkeys(_checked(one) for one in ids))
    done = erasure.erase(db, Blobs(settings.blob_url), row, wanted, "erased", clock(), by)
    log.info("%s: %d comments erased, %d tombstones stand", bucket, done, len(wanted))
    return done


def past_retention(settings: Settings, db: Database, clock: Clock) -> int:
    """In every bucket with a retention, remove what is older. How many comments."""
    total = 0
    store, now = Blobs(settings.blob_url), clock()
    for bucket in integrations.all_buckets(db):
        if bucket["retention_days"]:
            erasure.forget_told(db, bucket, now)
        while bucket["retention_days"] and (ids := erasure.past_retention(db, bucket, now, AT_ONCE)):
            total += erasure.erase(db, store, bucket, ids, "past retention", now)
    return total


def _checked(given: str) -> str:
    """A comment's id. Raises BadInput for what is none, with the id where a Message-ID was given."""
    text = given.strip()
    match = _ID.fullmatch(text.lower())
    if match is not None:
        try:
            message_id = bytes.fromhex(match[1]).decode("utf-8")
        except UnicodeDecodeError:
            message_id = ""
        if message_id and usable_message_id(message_id) == message_id:
            return text.lower()
    shown = repr(text if len(text) <= 80 else f"{text[:80]}…")
    meant = usable_message_id(text) if "@" in text else None
    if meant:
        raise BadInput(f"{shown} is a Message-ID, not a comment's id: the id of that email is {comment_id(meant)}")
    raise BadInput(
        f"{shown} is not a comment's id: expected the hex of a Message-ID, as the page of the comment, the API and "
        "`exchange-sync explain` show it; nothing was erased"
    )
