"""Folders, their sync states, and what the listings named. A page and its state are one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange_sync.model.email import ChangePage, Folder
from exchange_sync.model.received import believable
from exchange_sync.store import missing
from exchange_sync.store.batches import Batch, require_open
from exchange_sync.store.database import Cursor, Database, Row, insert_many

NOT_READABLE = "not readable"  # why a folder is left out that may be seen but not read


@dataclass(frozen=True)
class FolderState:
    """A synced folder and where its listing stands. state: None lists it from the start.

    protocol: whose key and state these are. listed_mark, listed_at, settled: of the last listing. settled: no change
    after it can have left the mark as it was.
    past: as Folder has it, of the mark that it bears now.
    """

    id: int
    key: str
    path: tuple[str, ...]
    mark: str | None
    past: bool
    state: str | None
    finished: bool
    listed_mark: str | None
    listed_at: datetime | None
    settled: bool
    protocol: str = "ews"

    @property
    def unchanged(self) -> bool:
        """Nothing can have changed since the last finished listing."""
        return self.finished and self.settled and self.mark is not None and self.mark == self.listed_mark

    @property
    def second_look(self) -> bool:
        """Whether a listing before had this mark, and what changed in the same second after it is to be looked for."""
        return self.listed_at is not None and not self.settled and self.mark == self.listed_mark

    def settles(self, page: ChangePage) -> bool:
        """Whether a listing that ends with this page leaves nothing to look for again, under the same mark."""
        if self.mark is None:  # then only silence tells
            return not page.present and not page.gone
        return self.past or (self.listed_at is not None and self.mark == self.listed_mark)


@dataclass(frozen=True)
class Seen:
    """Through which source a tree was read. protocol: whose keys and ids these are. roots: what it can see at all."""

    protocol: str
    roots: frozenset[str]


def save_tree(
    db: Database, batch: Batch, folders: Sequence[Folder], left_out: Mapping[str, str], seen: Seen, now: datetime
) -> list[FolderState]:
    """Record the mailbox's folder tree and return the folders to list, each with the state to go on from.

    A folder that the tree no longer names is gone, and with it every item that was seen in it; but not one whose root
    this source cannot see, nor one that another protocol's key names.
    """
    with db.transaction() as cursor:
        require_open(cursor, batch)
        rows = [
            (
                batch.mailbox_id, folder.key, folder.parent_key, list(folder.path), folder.distinguished,
                folder.folder_class, folder.root, left_out.get(folder.key), folder.total, folder.mark, now,
                seen.protocol,
            )
            for folder in folders
        ]  # fmt: skip
        insert_many(
            cursor,
            """INSERT INTO folders (mailbox_id, key, parent_key, path, distinguished, folder_class, root, left_out,
                total, mark, created_at, protocol) VALUES %s
            ON CONFLICT (mailbox_id, key) DO UPDATE SET parent_key = excluded.parent_key, path = excluded.path,
                distinguished = excluded.distinguished, folder_class = excluded.folder_class, root = excluded.root,
                left_out = excluded.left_out, total = excluded.total, mark = excluded.mark, gone_at = NULL,
                protocol = excluded.protocol""",
            rows,
        )
        _folders_gone(cursor, batch.mailbox_id, [folder.key for folder in folders], seen, now)
        missing.start_afresh(cursor, batch.mailbox_id, now)
        return _states(cursor, batch, seen, {folder.key for folder in folders if folder.past})


def _folders_gone(cursor: Cursor, mailbox_id: int, keys: list[str], seen: Seen, now: datetime) -> None:
    cursor.execute(
        """UPDATE folders SET gone_at = %s WHERE mailbox_id = %s AND gone_at IS NULL AND NOT key = ANY(%s)
            AND protocol = %s AND root = ANY(%s) RETURNING id""",
        (now, mailbox_id, keys, seen.protocol, sorted(seen.roots)),
    )
    gone = [row["id"] for row in cursor.fetchall()]
    if gone:
        cursor.execute("UPDATE origins SET gone_at = %s WHERE folder_id = ANY(%s) AND gone_at IS NULL", (now, gone))
        cursor.execute("DELETE FROM sync_states WHERE folder_id = ANY(%s)", (gone,))


def _states(cursor: Cursor, batch: Batch, seen: Seen, past: set[str]) -> list[FolderState]:
    cursor.execute(
        """SELECT f.id, f.key, f.path, f.mark, s.state, coalesce(s.finished, false) AS finished, s.mark AS listed_mark,
            s.saved_at, coalesce(s.settled, false) AS settled
        FROM folders f LEFT JOIN LATERAL (
            SELECT * FROM sync_states s WHERE s.folder_id = f.id AND s.generation <= %s AND s.protocol = %s
            ORDER BY s.generation DESC LIMIT 1) s ON true
        WHERE f.mailbox_id = %s AND f.gone_at IS NULL AND f.left_out IS NULL AND f.protocol = %s AND f.root = ANY(%s)
        ORDER BY f.path""",
        (batch.generation, seen.protocol, batch.mailbox_id, seen.protocol, sorted(seen.roots)),
    )
    return [
        FolderState(
            row["id"],
            row["key"],
            tuple(row["path"]),
            row["mark"],
            row["key"] in past,
            row["state"],
            row["finished"],
            row["listed_mark"],
            row["saved_at"],
            row["settled"],
            seen.protocol,
        )  # fmt: skip
        for row in cursor.fetchall()
    ]


def save_page(
    db: Database, batch: Batch, folder: FolderState, page: ChangePage, start_time: datetime | None, now: datetime
) -> dict[str, int]:
    """One page of a folder's changes and its new state, in one transaction. Raises Superseded.

    Returns counts: listed, pending (new here), skipped (before the start time), gone.
    """
    with db.transaction() as cursor:
        require_open(cursor, batch)
        if folder.state is None:
            _all_unsure(cursor, folder.id)
        filed = _filed(cursor, batch, page.elsewhere)
        counts = _present(cursor, batch, folder, page, filed, start_time, now)
        left = [*page.gone, *(item_id for item_id in page.elsewhere if item_id not in filed)]
        counts["gone"] = _gone(cursor, batch, folder, left, last=page.last, now=now)
        cursor.execute(
            """INSERT INTO sync_states (folder_id, generation, state, finished, mark, settled, saved_at, protocol)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (folder_id, generation) DO UPDATE SET state = excluded.state, finished = excluded.finished,
                mark = excluded.mark, settled = excluded.settled, saved_at = excluded.saved_at,
                protocol = excluded.protocol""",
            (
                folder.id, batch.generation, page.state, page.last, folder.mark, folder.settles(page), now,
                folder.protocol,
            ),
        )  # fmt: skip
    return counts


def _filed(cursor: Cursor, batch: Batch, elsewhere: Mapping[str, str]) -> dict[str, int]:
    """Items that lie in another synced folder now, with that folder's id. In a folder that is left out, or that no
    listing has named yet, they are gone from here: its own listing names them, if they count."""
    if not elsewhere:
        return {}
    cursor.execute(
        """SELECT id, key FROM folders WHERE mailbox_id = %s AND key = ANY(%s) AND gone_at IS NULL
            AND left_out IS NULL""",
        (batch.mailbox_id, sorted(set(elsewhere.values()))),
    )
    ids = {row["key"]: row["id"] for row in cursor.fetchall()}
    return {item_id: ids[key] for item_id, key in elsewhere.items() if key in ids}


def _all_unsure(cursor: Cursor, folder_id: int) -> None:
    """A listing from the start names everything that is there: what it does not name by its end is gone."""
    cursor.execute(
        "UPDATE origins SET unsure = true WHERE folder_id = %s AND gone_at IS NULL AND NOT unsure", (folder_id,)
    )


def _present(
    cursor: Cursor, batch: Batch, folder: FolderState, page: ChangePage, filed: Mapping[str, int],
    start_time: datetime | None, now: datetime,
) -> dict[str, int]:  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (batch.mailbox_id, folder_id, item_id, "pending", None, None, 0, now, folder.protocol)
        for item_id, folder_id in filed.items()
    ]
    for item in {item.item_id: item for item in page.present}.values():
        received = believable(item.received, now)
        early = start_time is not None and received is not None and received < start_time
        state, reason = ("skipped", "before start") if early else ("pending", None)
        size = min(item.size or 0, 2**31 - 1)
        rows.append((batch.mailbox_id, folder.id, item.item_id, state, reason, received, size, now, folder.protocol))
    # An item known already keeps what became of it, with two exceptions: one that now lies in another folder is
    # looked at again for its metadata, and so is a draft (it may have been sent) or a bad one that has been changed.
    saved = insert_many(
        cursor,
        """INSERT INTO origins AS o (mailbox_id, folder_id, item_id, state, reason, received, size, listed_at,
            protocol)
        VALUES %s
        ON CONFLICT (mailbox_id, item_id) DO UPDATE SET
            state = CASE WHEN o.folder_id <> excluded.folder_id AND o.state = 'loaded' THEN 'pending'
                WHEN o.state = 'skipped' AND o.reason = 'draft' THEN excluded.state
                WHEN o.state = 'quarantined' AND NOT o.unsure THEN excluded.state
                ELSE o.state END,
            reason = CASE WHEN o.folder_id <> excluded.folder_id AND o.state = 'loaded' THEN NULL
                WHEN o.state = 'skipped' AND o.reason = 'draft' THEN excluded.reason
                WHEN o.state = 'quarantined' AND NOT o.unsure THEN excluded.reason
                ELSE o.reason END,
            folder_id = excluded.folder_id, received = coalesce(excluded.received, o.received),
            size = CASE WHEN excluded.size > 0 THEN excluded.size ELSE o.size END, listed_at = excluded.listed_at,
            unsure = false, gone_at = NULL, deletion_seen = false, found_by = 'sync', protocol = excluded.protocol,
            missed = CASE WHEN o.folder_id <> excluded.folder_id OR o.gone_at IS NOT NULL THEN 0 ELSE o.missed END
        RETURNING (xmax = 0) AS created, state, reason""",
        rows,
        fetch=True,
    )
    created = [row for row in saved if row["created"]]
    return {
        "listed": len(rows),
        "pending": sum(row["state"] == "pending" for row in created),
        "skipped: before start": sum(row["reason"] == "before start" for row in created),
    }


def _gone(cursor: Cursor, batch: Batch, folder: FolderState, left: Sequence[str], *, last: bool, now: datetime) -> int:
    cursor.execute(
        """UPDATE origins SET gone_at = %s, unsure = false
        WHERE mailbox_id = %s AND folder_id = %s AND item_id = ANY(%s) AND gone_at IS NULL""",
        (now, batch.mailbox_id, folder.id, list(left)),
    )
    gone = cursor.rowcount
    if last:
        cursor.execute(
            "UPDATE origins SET gone_at = %s, unsure = false WHERE folder_id = %s AND unsure AND gone_at IS NULL",
            (now, folder.id),
        )
        gone += cursor.rowcount
    return int(gone)


def leave_out(db: Database, batch: Batch, folder_id: int, why: str) -> None:
    """This folder cannot be listed now: it is left out until the next look at the tree. Raises Superseded."""
    with db.transaction() as cursor:
        require_open(cursor, batch)
        cursor.execute("UPDATE folders SET left_out = %s WHERE id = %s", (why, folder_id))


def forget_state(db: Database, batch: Batch, folder_id: int) -> None:
    """The server no longer knows this folder's state: it is listed from the start. Raises Superseded."""
    with db.transaction() as cursor:
        require_open(cursor, batch)
        cursor.execute("DELETE FROM sync_states WHERE folder_id = %s", (folder_id,))


def folders_renamed(db: Database, mailbox_id: int) -> list[Row]:
    """Folders whose comments bear a path that is no longer theirs: {id, path}."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT id, path FROM folders WHERE mailbox_id = %s AND gone_at IS NULL
            AND filed_path IS NOT NULL AND filed_path <> path""",
            (mailbox_id,),
        )
        return list(cursor.fetchall())


def folders_filed(db: Database, batch: Batch) -> None:
    """All comments of this mailbox now bear their folders' paths. Raises Superseded."""
    with db.transaction() as cursor:
        require_open(cursor, batch)
        cursor.execute(
            "UPDATE folders SET filed_path = path WHERE mailbox_id = %s AND filed_path IS DISTINCT FROM path",
            (batch.mailbox_id,),
        )
