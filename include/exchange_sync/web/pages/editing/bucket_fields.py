"""The bucket that a form names: whether it is there, what a new one is to be, and who may fill it."""

from __future__ import annotations

from exchange_sync.model.config import BucketConfig
from exchange_sync.store import sources
from exchange_sync.store.sources import Ref
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.editing import fields as read
from exchange_sync.web.pages.editing.fields import Entered
from exchange_sync.web.pages.editing.mailbox_fields import bucket
from exchange_sync.web.pages.visiting import text

LISTED = 500
_FOR_NEW = ("bucket_title", "quota_emails", "quota_bytes", "retention_days")


def choices(visitor: Caller) -> list[str]:
    """The buckets that the visitor may fill, by name."""
    rows = visitor.listed("buckets")
    held = visitor.permissions_of(row["owner"] for row in rows)
    found = [f"{row['owner']}/{row['name']}" for row in rows if may.APPEND_BUCKETS in held[row["owner"]]]
    return found[:LISTED]


def wanted(visitor: Caller, entered: Entered) -> tuple[Ref | None, BucketConfig | None]:
    """The bucket that ``bucket`` names, and its configuration where it is to be made. Faults are kept in entered."""
    if not text(entered.form, "bucket"):
        entered.fault("bucket", "name a bucket: it is made where it is missing")
        return None, None
    ref = entered.value("bucket", bucket, Ref())
    if not ref.owner:
        return None, None
    with visitor.services.pool.lend() as db:
        there = sources.find(db, "buckets", ref) is not None
    needed = may.APPEND_BUCKETS if there else may.WRITE_BUCKETS
    if needed not in visitor.permissions(ref.owner):
        entered.fault("bucket", f"permission {may.SPOKEN[needed]!r} for {ref.owner} is needed")
    if there and any(text(entered.form, name) for name in _FOR_NEW):
        entered.fault("bucket", f"{ref} is there already: its quota and retention are changed by themselves")
    return ref, None if there else config(entered, ref)


def config(entered: Entered, ref: Ref) -> BucketConfig:
    """A bucket as a form describes it."""
    return BucketConfig(
        owner=ref.owner,
        name=ref.name,
        title=entered.value("bucket_title", read.title, ""),
        quota_emails=entered.value("quota_emails", read.whole, None),
        quota_bytes=entered.value("quota_bytes", read.size, None),
        keep_mime=bool(text(entered.form, "keep_mime")),
        retention_days=entered.value("retention_days", read.days, None),
    )
