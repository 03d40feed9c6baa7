"""Items listed but not yet fetched, and what becomes of them short of a comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange_sync.store.batches import Batch, require_open
from exchange_sync.store.database import Cursor, Database, insert_many, jsonb
from exchange_sync.store.missing import LISTED_BUT_NOT_THERE, Missing, miss

Window = tuple[datetime, datetime]
SMALL, FEW = 1_000_000, 5  # bytes and emails, where any email would do
RETRY_HOURS = (1, 4, 24, 72, 168)  # after the first, second … failed attempt; after the last a person must ask


@dataclass(frozen=True)
class Pending:
    """One pending item. comment_id: what it is, or would be; settled: it was loaded as that before. path: its folder's.

    wanted: "attachments" when a loaded email is fetched again for its attachments. missed: how often it was asked for
    and not found. tried: it comes out of the quarantine.
    """

    origin_id: int
    item_id: str
    folder_id: int
    path: tuple[str, ...]
    received: datetime | None
    size: int
    comment_id: str | None
    wanted: str | None = None
    missed: int = 0
    tried: bool = False
    settled: bool = False


Told = Mapping[str, str]


@dataclass(frozen=True)
class Bad:
    """An item for the quarantine. mime_sha256: what could be saved of it. comment_id: what it would have been.

    told: what the server told of it, {subject, sender, message_id}: for people who may read the mail, never for a log.
    """

    origin_id: int
    stage: str
    code: str
    mime_sha256: str | None = None
    comment_id: str | None = None
    told: Told | None = None


@dataclass(frozen=True)
class Skip:
    """An item that is left out, and why. comment_id: what it would have been, where that is known."""

    origin_id: int
    reason: str
    comment_id: str | None = None


def newest(
    db: Database, mailbox_id: int, protocol: str, after: Pending | None, limit: int, window: Window | None = None
) -> list[Pending]:
    """The next pending items of a mailbox, newest first over all its folders, after the last one seen.

    protocol: only those whose ids are of it. window: only those received in [since, until).
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT o.id, o.item_id, o.folder_id, f.path, o.received, o.size, o.comment_id,
                o.wanted, o.missed, EXISTS (SELECT 1 FROM quarantine q WHERE q.origin_id = o.id) AS tried,
                o.observed IS NOT NULL AS settled
            FROM origins o JOIN folders f ON f.id = o.folder_id
            WHERE o.mailbox_id = %(mailbox)s AND o.state = 'pending' AND o.gone_at IS NULL
                AND o.protocol = %(protocol)s
                AND (%(id)s::bigint IS NULL
                     OR (o.received IS NULL AND (%(received)s::timestamptz IS NOT NULL OR o.id < %(id)s))
                     OR (o.received, o.id) < (%(received)s, %(id)s))
                AND (%(since)s::timestamptz IS NULL OR (o.received >= %(since)s AND o.received < %(until)s))
            ORDER BY o.received DESC NULLS LAST, o.id DESC LIMIT %(limit)s""",
            {
                "mailbox": mailbox_id,
                "protocol": protocol,
                "received": after.received if after else None,
                "id": after.origin_id if after else None,
                "limit": limit,
                "since": window[0] if window else None,
                "until": window[1] if window else None,
            },
        )
        return [
            Pending(
                row["id"], row["item_id"], row["folder_id"], tuple(row["path"]), row["received"], row["size"],
                row["comment_id"], row["wanted"], row["missed"], row["tried"], row["settled"],
            )
            for row in cursor.fetchall()
        ]  # fmt: skip


def readable(db: Database, mailbox_id: int, protocol: str, but: Sequence[str]) -> list[str]:
    """Item ids of a few small emails that the server should be able to read: loaded ones, and old pending ones.

    protocol: whose ids. but: item ids that are not meant.
    """
    values = {"mailbox": mailbox_id, "protocol": protocol, "but": list(but), "small": SMALL, "few": FEW}
    with db.transaction() as cursor:
        cursor.execute(
            # a few of each folder, by its index, so that no folder is read through
            """(SELECT o.item_id FROM folders f, LATERAL (
                    SELECT item_id FROM origins WHERE folder_id = f.id AND state = 'loaded' AND gone_at IS NULL
                        AND protocol = %(protocol)s AND size <= %(small)s LIMIT %(few)s) o
                WHERE f.mailbox_id = %(mailbox)s AND f.gone_at IS NULL LIMIT %(few)s)
            UNION
            (SELECT item_id FROM origins WHERE mailbox_id = %(mailbox)s AND state = 'pending' AND gone_at IS NULL
                AND protocol = %(protocol)s AND size <= %(small)s AND NOT item_id = ANY(%(but)s)
                ORDER BY received, id LIMIT %(few)s)""",
            values,
        )
        return [row["item_id"] for row in cursor.fetchall()]


def tried(db: Database, origin_ids: Sequence[int]) -> set[int]:
    """Which of these items came out of the quarantine."""
    with db.transaction() as cursor:
        cursor.execute("SELECT origin_id FROM quarantine WHERE origin_id = ANY(%s)", (list(origin_ids),))
        return {row["origin_id"] for row in cursor.fetchall()}


def erased(db: Database, bucket_id: str, ids: Sequence[str]) -> dict[str, datetime | None]:
    """Which of these comment ids were erased from the bucket, and when the email that was erased had been sent (None:
    not known). That email never comes back (likeness.is_another)."""
    with db.transaction() as cursor:
        return erased_in(cursor, bucket_id, ids)


def erased_in(cursor: Cursor, bucket_id: str, ids: Sequence[str]) -> dict[str, datetime | None]:
    """As erased, inside the caller's transaction."""
    cursor.execute("SELECT id, sent_at FROM tombstones WHERE bucket_id = %s AND id = ANY(%s)", (bucket_id, list(ids)))
    return {row["id"]: row["sent_at"] for row in cursor.fetchall()}


def settle(
    db: Database,
    batch: Batch,
    *,
    skipped: Sequence[Skip] = (),
    missing: Sequence[Missing] = (),
    bad: Sequence[Bad] = (),
    now: datetime,
) -> int:
    """Record in one transaction what needs no loading: skipped, not found and quarantined items.

    Returns how many went to the quarantine: the bad ones, and of the missing ones those that were asked for often
    enough. Raises Superseded.
    """
    if not (skipped or missing or bad):
        return 0
    with db.transaction() as cursor:
        require_open(cursor, batch)
        skip(cursor, skipped)
        lost = [
            Bad(item.origin_id, "fetch", f"{item.code}: {LISTED_BUT_NOT_THERE}", comment_id=item.comment_id)
            for item in miss(cursor, missing, now)
        ]
        quarantine(cursor, [*bad, *lost], now)
    return len(bad) + len(lost)


def skip(cursor: Cursor, skipped: Sequence[Skip]) -> None:
    """Mark items as skipped, inside the caller's transaction."""
    insert_many(
        cursor,
        """UPDATE origins o SET state = 'skipped', reason = v.reason, wanted = NULL,
            comment_id = coalesce(v.comment_id, o.comment_id)
        FROM (VALUES %s) AS v (id, reason, comment_id) WHERE o.id = v.id""",
        [(item.origin_id, item.reason, item.comment_id) for item in skipped],
    )
    release(cursor, [item.origin_id for item in skipped])


def release(cursor: Cursor, origin_ids: Sequence[int]) -> None:
    """Out of the quarantine, inside the caller's transaction: what became of these items is known now."""
    cursor.execute(
        """DELETE FROM quarantine q USING origins o WHERE q.origin_id = ANY(%s) AND o.id = q.origin_id
            AND o.state IN ('loaded', 'skipped')""",
        (list(origin_ids),),
    )


def quarantine(cursor: Cursor, bad: Sequence[Bad], now: datetime) -> None:
    """Put items into the quarantine, inside the caller's transaction; once more is counted as another attempt."""
    rows = [
        (
            item.origin_id,
            item.stage,
            item.code[:500],
            item.mime_sha256,
            now,
            now,
            list(RETRY_HOURS),
            None if item.told is None else jsonb(dict(item.told)),
        )
        for item in bad
    ]
    insert_many(
        cursor,
        """INSERT INTO quarantine AS q (origin_id, stage, code, mime_sha256, first_at, last_at, retry_at, told)
        SELECT v.origin_id, v.stage, v.code, v.mime_sha256, v.first_at, v.last_at,
            v.last_at + make_interval(hours => v.hours[1 + coalesce(k.attempts, 0)]),
            v.told::jsonb
        FROM (VALUES %s) AS v (origin_id, stage, code, mime_sha256, first_at, last_at, hours, told)
        LEFT JOIN quarantine k ON k.origin_id = v.origin_id
        ON CONFLICT (origin_id) DO UPDATE SET stage = excluded.stage, code = excluded.code,
            mime_sha256 = coalesce(excluded.mime_sha256, q.mime_sha256), last_at = excluded.last_at,
            retry_at = excluded.retry_at, told = coalesce(excluded.told, q.told), attempts = q.attempts + 1""",
        rows,
    )
    insert_many(
        cursor,
        """UPDATE origins o SET state = 'quarantined', reason = v.reason,
            comment_id = coalesce(v.comment_id, o.comment_id)
        FROM (VALUES %s) AS v (id, reason, comment_id) WHERE o.id = v.id""",
        [(item.origin_id, f"{item.stage}: {item.code}"[:500], item.comment_id) for item in bad],
    )
