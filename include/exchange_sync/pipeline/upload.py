"""Upload: emails that programs add by the API become comments by the very stages of a sync.

What was sent goes to staging as if it had been fetched; then clean, enrich, validate, load. There is no mailbox and so
no quarantine behind it: where one email cannot become a comment, the sender is told which and why, and nothing is
loaded.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange_sync.clean.safety import WarmCleaner
from exchange_sync.errors import BadInput
from exchange_sync.model.email import ItemProperties
from exchange_sync.model.identity import comment_id, usable_message_id
from exchange_sync.model.serial import to_json
from exchange_sync.pipeline.clean import clean
from exchange_sync.pipeline.context import Clock
from exchange_sync.pipeline.enrich import enrich
from exchange_sync.pipeline.load import sorted_out
from exchange_sync.pipeline.parts import NEW
from exchange_sync.store import blobs, comments
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.database import Database
from exchange_sync.store.new_comments import NewComment
from exchange_sync.store.staging import InMemory

PART_ROWS = 256
ATTACHMENTS = "all"  # who sends an email sends its attachments with it (decision 0023)


@dataclass
class UploadStores:
    """Where uploads are read and written. cleaner: see pipeline.clean."""

    db: Database
    blobs: Blobs
    clock: Clock
    staging: InMemory = field(default_factory=InMemory)
    cleaner: WarmCleaner | None = None


@dataclass(frozen=True)
class Upload:
    """One email. properties: what the sender says of it beside its MIME; item_id is not looked at."""

    mime: bytes
    properties: ItemProperties
    mailbox: str
    folder: tuple[str, ...] = ()


def add_emails(stores: UploadStores, bucket_id: str, uploads: Sequence[Upload]) -> dict[str, int]:
    """Load them into a bucket: counts of created, unchanged and conflicts. One that is there already is unchanged.

    Raises BadInput naming the first that cannot become a comment, IntegrationFault when the bucket is full.
    """
    rows = to_comments(stores, uploads)
    return comments.load_upload(stores.db, bucket_id, rows, stores.clock())


def to_comments(stores: UploadStores, uploads: Sequence[Upload]) -> list[NewComment]:
    """Each as a comment to load, in the same order. Raises BadInput naming the first that cannot become one."""
    batch = f"upload-{secrets.token_hex(12)}"
    made: dict[int, NewComment] = {}
    try:
        ref = ""
        for part, start in enumerate(range(0, len(uploads), PART_ROWS)):
            rows = [_row(stores, start + place, one) for place, one in enumerate(uploads[start : start + PART_ROWS])]
            stores.blobs.sync()
            ref = stores.staging.write(batch, "fetched", part, rows)
        if ref:
            for _, done in stores.staging.parts(enrich(stores, clean(stores, ref, stores.cleaner))):
                good, bad, _ = sorted_out(done, {})
                if bad:
                    worst = min(bad, key=lambda item: item.origin_id)
                    raise BadInput(
                        f"email {worst.origin_id} cannot become a comment ({worst.stage}: {worst.code}); nothing was "
                        "added: leave it out, or send it whole"
                    )
                made.update((row.origin_id, _without_place(row)) for row in good)
    finally:
        stores.staging.delete(batch)
    return [made[place] for place in range(len(uploads))]


def _row(stores: UploadStores, place: int, upload: Upload) -> dict[str, object]:
    """One row as fetching writes it; its place stands where a synced email's origin does."""

    def remember(sha256: str, size: int) -> None:
        blobs.remember(stores.db, sha256, size, stores.clock())

    message_id = usable_message_id(upload.properties.message_id) or ""
    return {
        "origin_id": place,
        "action": NEW,
        "comment_id": comment_id(message_id),
        "message_id": message_id,
        "mime_sha256": stores.blobs.put(upload.mime, remember=remember),
        "mime_size": len(upload.mime),
        "properties": to_json(replace(upload.properties, size=upload.properties.size or len(upload.mime))),
        "attachments": None,
        "attachment_mode": ATTACHMENTS,
        "filters": None,
        "mailbox": upload.mailbox,
        "folder_path": list(upload.folder),
        "sender": "",
        "sent_at": _second(upload.properties.sent),
    }


def _without_place(row: NewComment) -> NewComment:
    """No mailbox, no folder: what an upload does not say of them is left out rather than empty."""
    content = dict(row.content or {})
    content["user_properties"] = {name: value for name, value in content["user_properties"].items() if value != ""}
    return replace(
        row, origin_id=0, content=content, following={name: value for name, value in row.following.items() if value}
    )


def _second(when: datetime | None) -> datetime | None:
    return None if when is None else when.replace(microsecond=0)
