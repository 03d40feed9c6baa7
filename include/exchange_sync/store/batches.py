"""The watermark protocol's half in PostgreSQL (design decision 5): opening, holding and closing a batch.

Invariant: a folder's state of any generation up to the mailbox's never passes an item that this same database does
not hold as pending, loaded, skipped or quarantined. So going on from any of them loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange_sync.errors import Superseded
from exchange_sync.model.watermark import CATCHING_UP, UP_TO_DATE, Watermark
from exchange_sync.store import incidents, many_bad
from exchange_sync.store.database import Cursor, Database, Row, jsonb

KEPT_GENERATIONS = 3
WAITED = "waited"  # of a batch's counts


@dataclass(frozen=True)
class Batch:
    """One attempt at one mailbox. base: the generation gone on from; generation: the one that it makes.

    A backfill makes none: its generation is 0, it runs beside the mailbox's open batch and moves no watermark.
    """

    id: str
    mailbox_id: int
    bucket_id: str
    base: int
    generation: int
    watermark: str | None

    @property
    def is_backfill(self) -> bool:
        """Whether it re-reads a window of the past beside the live sync."""
        return self.generation == 0


def open_backfill(db: Database, mailbox_id: int, batch_id: str, run: str, now: datetime) -> Batch:
    """A batch that re-reads a window: no generation, no watermark, nothing superseded."""
    with db.transaction() as cursor:
        cursor.execute("SELECT bucket_id FROM mailboxes WHERE id = %s", (mailbox_id,))
        bucket_id = cursor.fetchone()["bucket_id"]
        cursor.execute(
            """INSERT INTO batches (id, mailbox_id, run, generation, opened_at) VALUES (%s, %s, %s, 0, %s)
            ON CONFLICT (id) DO UPDATE SET opened_at = excluded.opened_at, closed_at = NULL, counts = '{}'""",
            (batch_id, mailbox_id, run, now),
        )
    return Batch(batch_id, mailbox_id, bucket_id, 0, 0, None)


def open_batch(db: Database, mailbox_id: int, batch_id: str, run: str, watermark: str | None, now: datetime) -> Batch:
    """Start from the generation that the watermark and the database agree on; where they differ, the older wins.

    Whatever an earlier batch wrote beyond that generation is forgotten: its states go, and what its listings had
    seen becomes unsure until the folder has been listed again. A synced_until lower than the database's lists
    everything again.
    """
    with db.transaction() as cursor:
        cursor.execute("SELECT * FROM mailboxes WHERE id = %s FOR UPDATE", (mailbox_id,))
        mailbox = cursor.fetchone()
        base = _base(mailbox, watermark)
        _forget_after(cursor, mailbox_id, base)
        _widen(cursor, mailbox)
        totals = _settle_abandoned(cursor, mailbox, now)
        cursor.execute(
            """UPDATE mailboxes SET generation = %s, open_batch = %s, listed_start_time = start_time,
                listed_filters = filters, totals = %s
            WHERE id = %s""",
            (base, batch_id, jsonb(totals), mailbox_id),
        )
        cursor.execute(
            """INSERT INTO batches (id, mailbox_id, run, generation, watermark, opened_at)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, watermark = excluded.watermark,
                opened_at = excluded.opened_at, closed_at = NULL, finished = false, counts = '{}'""",
            (batch_id, mailbox_id, run, base + 1, watermark, now),
        )
    return Batch(batch_id, mailbox_id, mailbox["bucket_id"], base, base + 1, watermark)


def _base(mailbox: Row, text: str | None) -> int:
    """The generation to go on from: 0 when the watermark is gone or its synced_until was lowered.

    One older than what is kept needs no care: a folder without a state that old is listed afresh.
    """
    if text is None:
        return 0
    mark = Watermark.from_json(text)
    lowered = mailbox["synced_until"] is not None and (
        mark.synced_until is None or mark.synced_until < mailbox["synced_until"].replace(microsecond=0)
    )
    known = Watermark.from_json(mailbox["watermark"]) if mailbox["watermark"] else None
    behind = known is not None and mark.generation < known.generation
    if lowered and not behind:  # an operator's edit, not an old value that a crash left behind
        return 0
    return min(mark.generation, int(mailbox["generation"]))


def _forget_after(cursor: Cursor, mailbox_id: int, base: int) -> None:
    """Drop the states beyond base. What those listings had reported may have changed since in ways that the older
    state's changes will not tell (created and moved on in between), so it is unsure until listed again."""
    cursor.execute(
        """WITH dropped AS (
            DELETE FROM sync_states s USING folders f
            WHERE f.id = s.folder_id AND f.mailbox_id = %s AND s.generation > %s RETURNING s.folder_id),
        oldest AS (
            SELECT d.folder_id, (SELECT max(s.saved_at) FROM sync_states s
                WHERE s.folder_id = d.folder_id AND s.generation <= %s) AS since
            FROM (SELECT DISTINCT folder_id FROM dropped) d)
        UPDATE origins o SET unsure = true FROM oldest
        WHERE o.folder_id = oldest.folder_id AND o.gone_at IS NULL
            AND o.found_by = 'sync' AND (oldest.since IS NULL OR o.listed_at > oldest.since)""",
        (mailbox_id, base, base),
    )


def _widen(cursor: Cursor, mailbox: Row) -> None:
    """A wider filter fetches the gap by itself: what the old one skipped, and the new one may not, is pending again.

    A filter that was narrowed deletes nothing. Folders need no care here: one that was left out has no state.
    """
    before, start = mailbox["listed_start_time"], mailbox["start_time"]
    if before is not None and (start is None or start < before):
        cursor.execute(
            """UPDATE origins SET state = 'pending', reason = NULL
            WHERE mailbox_id = %s AND state = 'skipped' AND reason = 'before start' AND gone_at IS NULL
                AND (%s::timestamptz IS NULL OR received >= %s)""",
            (mailbox["id"], start, start),
        )
    if mailbox["listed_filters"] is not None and mailbox["listed_filters"] != mailbox["filters"]:
        cursor.execute(
            """UPDATE origins SET state = 'pending', reason = NULL
            WHERE mailbox_id = %s AND state = 'skipped' AND gone_at IS NULL
                AND reason IN ('participant filter', 'participants unreadable')""",
            (mailbox["id"],),
        )


def _settle_abandoned(cursor: Cursor, mailbox: Row, now: datetime) -> dict[str, int]:
    """What batches that never ended did all the same belongs in the totals. Returns them."""
    cursor.execute(
        """UPDATE batches SET closed_at = %s WHERE mailbox_id = %s AND closed_at IS NULL AND generation > 0
        RETURNING counts""",
        (now, mailbox["id"]),
    )
    totals: dict[str, int] = mailbox["totals"]
    for row in cursor.fetchall():
        totals = _sum(totals, row["counts"])
    return totals


def require_open(cursor: Cursor, batch: Batch) -> None:
    """Hold the mailbox's row for this transaction. Raises Superseded unless the batch is still the open one."""
    if batch.is_backfill:
        _require_backfill(cursor, batch)
        return
    cursor.execute("SELECT open_batch FROM mailboxes WHERE id = %s FOR SHARE", (batch.mailbox_id,))
    row = cursor.fetchone()
    if row is None or row["open_batch"] != batch.id:
        raise Superseded(f"batch {batch.id} is no longer the open one of its mailbox: nothing more is written")


def _require_backfill(cursor: Cursor, batch: Batch) -> None:
    cursor.execute("SELECT 1 FROM batches WHERE id = %s AND closed_at IS NULL FOR SHARE", (batch.id,))
    if cursor.fetchone() is None:
        raise Superseded(f"backfill batch {batch.id} is closed: nothing more is written")


def find(db: Database, batch_id: str) -> Batch:
    """A batch by its id. Raises Superseded when it is unknown or closed."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT b.*, m.bucket_id FROM batches b JOIN mailboxes m ON m.id = b.mailbox_id
            WHERE b.id = %s AND b.closed_at IS NULL""",
            (batch_id,),
        )
        row = cursor.fetchone()
    if row is None:
        raise Superseded(f"batch {batch_id} is closed or unknown: nothing is left to do in it")
    base = max(0, row["generation"] - 1)
    return Batch(row["id"], row["mailbox_id"], row["bucket_id"], base, row["generation"], row["watermark"])


def count(cursor: Cursor, batch: Batch, counts: Mapping[str, int]) -> None:
    """Add to the batch's counts."""
    cursor.execute("SELECT counts FROM batches WHERE id = %s FOR UPDATE", (batch.id,))
    cursor.execute(
        "UPDATE batches SET counts = %s WHERE id = %s", (jsonb(_sum(cursor.fetchone()["counts"], counts)), batch.id)
    )


def finish_listing(db: Database, batch: Batch, counts: Mapping[str, int]) -> None:
    """Every listing of this batch reached its folder's end: what is pending is all there is. Raises Superseded."""
    with db.transaction() as cursor:
        require_open(cursor, batch)
        count(cursor, batch, counts)
        cursor.execute("UPDATE batches SET finished = true WHERE id = %s", (batch.id,))


def add_counts(db: Database, batch: Batch, counts: Mapping[str, int]) -> None:
    """Add to a batch's counts in a transaction of its own. Raises Superseded."""
    with db.transaction() as cursor:
        require_open(cursor, batch)
        count(cursor, batch, counts)


def only_waited(db: Database, batch: Batch) -> None:
    """A busy server cut this batch before anything could be loaded: neither a failure nor a success. Raises Superseded.

    So closing it leaves the failures in a row as they are (issue 4: throttling neither counts nor resets).
    """
    add_counts(db, batch, {WAITED: 1})


def run_only_waited(db: Database, run: str) -> bool:
    """Whether a run read mailboxes, and a busy server cut every one of its batches before anything was loaded."""
    with db.transaction() as cursor:
        cursor.execute(
            "SELECT coalesce(bool_and(counts ? %s), false) AS waited FROM batches WHERE run = %s", (WAITED, run)
        )
        return bool(cursor.fetchone()["waited"])


def close_batch(db: Database, batch: Batch, now: datetime) -> Watermark:
    """End a batch: its generation becomes the mailbox's, the totals grow, the new watermark is kept and returned.

    It is the mailbox's success, so failures count from zero again, unless it only waited. Raises Superseded.
    """
    with db.transaction() as cursor:
        cursor.execute("SELECT * FROM mailboxes WHERE id = %s FOR UPDATE", (batch.mailbox_id,))
        mailbox = cursor.fetchone()
        if mailbox is None or mailbox["open_batch"] != batch.id:
            raise Superseded(f"batch {batch.id} is no longer the open one of its mailbox: nothing more is written")
        cursor.execute("SELECT run, opened_at, finished, counts FROM batches WHERE id = %s", (batch.id,))
        own = cursor.fetchone()
        pending = _pending(cursor, batch.mailbox_id)
        complete = own["finished"] and pending == 0
        mark = Watermark(
            generation=batch.generation,
            synced_until=own["opened_at"].replace(microsecond=0) if complete else mailbox["synced_until"],
            pending=pending,
            note=UP_TO_DATE if complete else CATCHING_UP,
        )
        seconds = (now - own["opened_at"]).total_seconds()
        totals = _sum(mailbox["totals"], {**own["counts"], "batches": 1, "milliseconds": int(seconds * 1000)})
        cursor.execute(
            """UPDATE mailboxes SET generation = %s, open_batch = NULL, watermark = %s, synced_until = %s, totals = %s,
                synced_at = %s, change_mark = CASE WHEN %s THEN seen_mark ELSE NULL END
            WHERE id = %s""",
            (
                batch.generation,
                mark.to_json(),
                mark.synced_until,
                jsonb(totals),
                now,
                complete and _settled(cursor, batch),
                batch.mailbox_id,
            ),
        )
        if WAITED not in own["counts"]:
            cursor.execute(
                "UPDATE mailboxes SET consecutive_failures = 0, last_error = NULL WHERE id = %s", (batch.mailbox_id,)
            )
            incidents.mended(cursor, mailbox["integration_id"], batch.mailbox_id, now)
            many_bad.tell(cursor, mailbox, own["run"], own["counts"], now)
        cursor.execute("UPDATE batches SET closed_at = %s WHERE id = %s", (now, batch.id))
        if complete:
            _record_deletions(cursor, batch, own["opened_at"], now)
        _trim_states(cursor, batch)
    return mark


def is_complete(cursor: Cursor, batch: Batch) -> bool:
    """Whether every listing of this batch has reached its end and nothing of the mailbox is pending."""
    cursor.execute("SELECT finished FROM batches WHERE id = %s", (batch.id,))
    row = cursor.fetchone()
    return bool(row and row["finished"]) and _pending(cursor, batch.mailbox_id) == 0


def close_backfill(db: Database, batch: Batch, now: datetime) -> None:
    """End a backfill's batch: what it did belongs in the totals. Raises Superseded when it is closed already."""
    with db.transaction() as cursor:
        cursor.execute("SELECT totals FROM mailboxes WHERE id = %s FOR UPDATE", (batch.mailbox_id,))
        totals = cursor.fetchone()["totals"]
        cursor.execute(
            "UPDATE batches SET closed_at = %s WHERE id = %s AND closed_at IS NULL RETURNING counts", (now, batch.id)
        )
        row = cursor.fetchone()
        if row is None:
            raise Superseded(f"backfill batch {batch.id} is closed: nothing more is written")
        totals = _sum(totals, row["counts"])
        cursor.execute("UPDATE mailboxes SET totals = %s WHERE id = %s", (jsonb(totals), batch.mailbox_id))


def run_counts(db: Database, run: str) -> dict[str, int]:
    """The counts of all batches of one run, added up."""
    with db.transaction() as cursor:
        cursor.execute("SELECT counts FROM batches WHERE run = %s", (run,))
        total: dict[str, int] = {}
        for row in cursor.fetchall():
            total = _sum(total, row["counts"])
    return total


def _pending(cursor: Cursor, mailbox_id: int) -> int:
    cursor.execute(
        "SELECT count(*) AS n FROM origins WHERE mailbox_id = %s AND state = 'pending' AND gone_at IS NULL",
        (mailbox_id,),
    )
    return int(cursor.fetchone()["n"])


def _settled(cursor: Cursor, batch: Batch) -> bool:
    """Whether no change after this batch's listings can have left a mark as it was. Else the gate looks once more."""
    cursor.execute(
        """SELECT EXISTS (SELECT 1 FROM sync_states s JOIN folders f ON f.id = s.folder_id
            WHERE f.mailbox_id = %s AND s.generation = %s AND NOT s.settled) AS unsettled""",
        (batch.mailbox_id, batch.generation),
    )
    return not cursor.fetchone()["unsettled"]


def _record_deletions(cursor: Cursor, batch: Batch, opened_at: datetime, now: datetime) -> None:
    """After a full pass over all folders: a comment that no mailbox of the bucket holds any more is marked deleted.

    The comment stays. One that is seen again is not deleted any more.
    """
    present = """EXISTS (SELECT 1 FROM origins p JOIN mailboxes m ON m.id = p.mailbox_id
        WHERE p.comment_id = c.id AND p.gone_at IS NULL AND m.bucket_id = c.bucket_id)"""
    cursor.execute(
        f"""UPDATE comments c SET deleted_at = %(now)s WHERE c.bucket_id = %(bucket)s AND c.deleted_at IS NULL
            AND c.id IN (SELECT o.comment_id FROM origins o WHERE o.mailbox_id = %(mailbox)s AND o.gone_at IS NOT NULL
                AND NOT o.deletion_seen AND o.comment_id IS NOT NULL) AND NOT {present}""",
        {"now": now, "bucket": batch.bucket_id, "mailbox": batch.mailbox_id},
    )
    cursor.execute(
        "UPDATE origins SET deletion_seen = true WHERE mailbox_id = %s AND gone_at IS NOT NULL AND NOT deletion_seen",
        (batch.mailbox_id,),
    )
    cursor.execute(
        f"""UPDATE comments c SET deleted_at = NULL WHERE c.bucket_id = %(bucket)s AND c.deleted_at IS NOT NULL
            AND c.id IN (SELECT o.comment_id FROM origins o WHERE o.mailbox_id = %(mailbox)s
                AND o.listed_at >= %(opened)s AND o.gone_at IS NULL) AND {present}""",
        {"bucket": batch.bucket_id, "mailbox": batch.mailbox_id, "opened": opened_at},
    )


def _trim_states(cursor: Cursor, batch: Batch) -> None:
    """Of each folder keep the states that the last three generations go on from."""
    cursor.execute(
        """DELETE FROM sync_states s USING folders f WHERE f.id = s.folder_id AND f.mailbox_id = %s
            AND s.generation < (SELECT max(k.generation) FROM sync_states k
                WHERE k.folder_id = s.folder_id AND k.generation <= %s)""",
        (batch.mailbox_id, batch.generation - KEPT_GENERATIONS + 1),
    )


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: int(one.get(key, 0)) + int(other.get(key, 0)) for key in {**one, **other}}


def needed(db: Database, names: list[str], since: datetime) -> set[str]:
    """Of these batches, those that are open, or were opened since then."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT b.id FROM batches b JOIN mailboxes m ON m.id = b.mailbox_id
            WHERE b.id = ANY(%s) AND (b.opened_at >= %s OR m.open_batch = b.id)""",
            (names, since),
        )
        return {row["id"] for row in cursor.fetchall()}


def oldest_open(db: Database, since: datetime) -> datetime | None:
    """When the oldest batch was opened that is open still, of those opened since then; backfills included."""
    with db.transaction() as cursor:
        cursor.execute(
            "SELECT min(opened_at) AS opened FROM batches WHERE closed_at IS NULL AND opened_at > %s", (since,)
        )
        found: datetime | None = cursor.fetchone()["opened"]
        return found


def trim(db: Database, before: datetime) -> int:
    """Delete closed batches of before then, whose counts are in the totals, and backfills that never ended."""
    with db.transaction() as cursor:
        cursor.execute(
            "DELETE FROM batches WHERE closed_at < %s OR (generation = 0 AND opened_at < %s)", (before, before)
        )
        return int(cursor.rowcount)
