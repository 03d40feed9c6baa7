"""Comments: the load transaction (design sections 2 and 3.7), with new_comments the only place where they are written.

Under the bucket's advisory lock: the batch must still be open, the quota must hold, new comments take the bucket's
next sequence numbers (so sequence order is commit order), known ones show the origin observed to change last, and
the items are no longer pending. All of it, or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exchange_sync.model.identity import comment_id
from exchange_sync.store import attachments, batches, pending
from exchange_sync.store.batches import Batch
from exchange_sync.store.database import Cursor, Database, insert_many, jsonb
from exchange_sync.store.new_comments import NewComment, insert
from exchange_sync.store.targets import Targets


def load_part(
    db: Database,
    batch: Batch,
    rows: Sequence[NewComment],
    bad: Sequence[pending.Bad],
    now: datetime,
    skipped: Sequence[pending.Skip] = (),
) -> dict[str, int]:
    """Load one part in one transaction; counts of created, moved, copied, unchanged, conflicts, unlinked, quarantined,
    and of skipped ones by reason.

    A link whose comment is gone (erased meanwhile) is left pending, to be read in full ("unlinked").
    Raises Superseded, and IntegrationFault when the part would pass the bucket's quota: then nothing of it is loaded.
    """
    with db.transaction() as cursor:
        lock_bucket(cursor, batch.bucket_id)
        batches.require_open(cursor, batch)
        still = _still_pending(cursor, [one.origin_id for group in (rows, bad, skipped) for one in group])
        left_out = [item for item in skipped if item.origin_id in still]
        pending.skip(cursor, left_out)
        pending.quarantine(cursor, [item for item in bad if item.origin_id in still], now)
        counts = _load(cursor, batch.bucket_id, [row for row in rows if row.origin_id in still], now, still)
        counts["quarantined"] = sum(item.origin_id in still for item in bad)
        for item in left_out:
            counts[f"skipped: {item.reason}"] = counts.get(f"skipped: {item.reason}", 0) + 1
        batches.count(cursor, batch, counts)
    return counts


def load_upload(db: Database, bucket_id: str, rows: Sequence[NewComment], now: datetime) -> dict[str, int]:
    """Load emails that came by the API, in one transaction; counts as load_part's.

    They lie in no mailbox, so what they say of folder and mailbox never takes the place of what a mailbox says. One
    that the bucket has from an upload alone has moved where they say something else; its text stays. Raises
    IntegrationFault when they would pass the bucket's quota.
    """
    with db.transaction() as cursor:
        lock_bucket(cursor, bucket_id)
        return _load(cursor, bucket_id, list(rows), now, {})


def lock_bucket(cursor: Cursor, bucket_id: str) -> None:
    """One writer of a bucket at a time, until the transaction ends (design section 2: load)."""
    cursor.execute("SELECT pg_advisory_xact_lock(('x' || %s)::bit(64)::bigint)", (bucket_id,))


def _still_pending(cursor: Cursor, origin_ids: list[int]) -> dict[int, str | None]:
    """A part may be loaded twice (a cleared task): what is no longer pending has been dealt with.

    Returns origin id → the comment that was loaded from there before, if one was.
    """
    cursor.execute(
        """SELECT id, CASE WHEN observed IS NOT NULL THEN comment_id END AS settled FROM origins
        WHERE id = ANY(%s) AND state = 'pending' ORDER BY id FOR UPDATE""",
        (origin_ids,),
    )
    return {row["id"]: row["settled"] for row in cursor.fetchall()}


def _load(
    cursor: Cursor, bucket_id: str, rows: list[NewComment], now: datetime, settled: Mapping[int, str | None]
) -> dict[str, int]:
    counts = {
        "created": 0,
        "moved": 0,
        "copied": 0,
        "unchanged": 0,
        "conflicts": 0,
        "unlinked": 0,
        "skipped: erased": 0,
    }
    targets = Targets(cursor, bucket_id, rows, settled)
    new: dict[str, NewComment] = {}
    seen: list[tuple[str, NewComment]] = []
    erased: list[int] = []
    for row in sorted(rows, key=_order):
        target = targets.of(row)
        if target is None:
            counts["unlinked"] += 1
        elif target in targets.erased:
            erased.append(row.origin_id)
        elif row.attachments_only and target in targets.known:
            attachments.replace(cursor, bucket_id, target, row.content or {}, row.origin_id, now)
            counts["moved"] += 1
        elif target in targets.known or target in new:
            seen.append((target, row))
        else:
            new[target] = row
            targets.add(target, row)
            counts["conflicts"] += target != comment_id(row.message_id)
    insert(cursor, bucket_id, new, now)
    pending.skip(cursor, [pending.Skip(origin_id, "erased") for origin_id in erased])
    counts["skipped: erased"] = len(erased)
    _link(cursor, bucket_id, [(target, row.origin_id) for target, row in new.items()])
    counts["created"] = len(new)
    for target, row in seen:  # few beside the new ones, or all of them small: one statement each
        show = _show if row.origin_id else _show_upload
        counts[show(cursor, bucket_id, target, row, now)] += 1
    pending.release(cursor, [row.origin_id for row in rows])
    return counts


def _order(row: NewComment) -> tuple[object, ...]:
    """Of one email's copies the whole ones come first, then what was only seen again."""
    files = len((row.content or {}).get("attachments", ()))
    return row.known_id or comment_id(row.message_id), row.content is None, -files, row.origin_id


def _link(cursor: Cursor, bucket_id: str, pairs: list[tuple[str, int]]) -> None:
    """The items are loaded: each knows its comment and the number drawn for it."""
    insert_many(
        cursor,
        """UPDATE origins o SET state = 'loaded', reason = NULL, wanted = NULL, comment_id = c.id, observed = c.observed
        FROM (VALUES %s) AS v (bucket_id, id, origin_id), comments c
        WHERE o.id = v.origin_id AND c.bucket_id = v.bucket_id AND c.id = v.id""",
        [(bucket_id, target, origin_id) for target, origin_id in pairs],
    )


def _show(cursor: Cursor, bucket_id: str, target: str, row: NewComment, now: datetime) -> str:
    """A known email was first seen at this origin, or seen to have moved: last synced wins (design decision 7).

    Returns what that is called: "moved" from the place shown so far, "copied" where that place still holds it too, or
    "unchanged" when the comment shows nothing else than before.
    """
    cursor.execute(
        """SELECT c.user_properties, o.id <> %s AND o.gone_at IS NULL AS still_there
        FROM comments c LEFT JOIN origins o ON o.id = c.origin_id
        WHERE c.bucket_id = %s AND c.id = %s FOR UPDATE OF c""",
        (row.origin_id, bucket_id, target),
    )
    known = cursor.fetchone()
    changed = any(known["user_properties"].get(key) != value for key, value in row.following.items())
    cursor.execute(
        """WITH drawn AS (SELECT nextval('observations') AS number),
        shown AS (
            UPDATE comments SET observed = drawn.number, origin_id = %(origin)s,
                user_properties = user_properties || %(following)s, deleted_at = NULL,
                updated_at = CASE WHEN %(changed)s THEN %(now)s ELSE updated_at END
            FROM drawn WHERE bucket_id = %(bucket)s AND id = %(id)s)
        UPDATE origins SET state = 'loaded', reason = NULL, wanted = NULL, comment_id = %(id)s, observed = drawn.number
        FROM drawn WHERE origins.id = %(origin)s""",
        {
            "origin": row.origin_id, "following": jsonb(dict(row.following)), "changed": changed, "now": now,
            "bucket": bucket_id, "id": target,
        },
    )  # fmt: skip
    if not changed:
        return "unchanged"
    return "copied" if known["still_there"] else "moved"


def _show_upload(cursor: Cursor, bucket_id: str, target: str, row: NewComment, now: datetime) -> str:
    """A known email was sent by a program again: "moved" where it says another folder or mailbox, else "unchanged".

    What a mailbox says of an email goes before: then nothing changes (decision 100).
    """
    following = jsonb(dict(row.following))
    cursor.execute(
        """UPDATE comments c SET user_properties = c.user_properties || %(following)s, updated_at = %(now)s
        WHERE c.bucket_id = %(bucket)s AND c.id = %(id)s AND NOT c.user_properties @> %(following)s
            AND NOT EXISTS (SELECT 1 FROM origins o WHERE o.id = c.origin_id)""",
        {"following": following, "now": now, "bucket": bucket_id, "id": target},
    )
    return "moved" if cursor.rowcount else "unchanged"


def refile(
    db: Database, batch: Batch, folder_id: int, following: Mapping[str, Any], after: int, limit: int, now: datetime
) -> tuple[int, int | None]:
    """Give comments whose shown origin lies in this folder its new name, limit origins a call, after an origin's id.

    Returns how many comments changed, and the origin to go on after; None: that was all. Raises Superseded.
    """
    with db.transaction() as cursor:
        lock_bucket(cursor, batch.bucket_id)
        batches.require_open(cursor, batch)
        cursor.execute(
            # an origin's comment lies in its mailbox's bucket, so the index on origins says it all
            """WITH few AS MATERIALIZED (
                SELECT id FROM origins WHERE folder_id = %(folder)s AND gone_at IS NULL AND id > %(after)s
                ORDER BY id LIMIT %(limit)s),
            named AS (
                UPDATE comments c SET user_properties = c.user_properties || %(following)s, updated_at = %(now)s
                FROM few WHERE c.origin_id = few.id AND NOT c.user_properties @> %(following)s RETURNING 1)
            SELECT (SELECT count(*) FROM named) AS done, (SELECT max(id) FROM few) AS last""",
            {"following": jsonb(dict(following)), "now": now, "folder": folder_id, "after": after, "limit": limit},
        )
        row = cursor.fetchone()
        if row["done"]:
            batches.count(cursor, batch, {"moved": row["done"]})
    return int(row["done"]), row["last"]
