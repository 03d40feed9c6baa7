"""On and off, and whether Airflow's pause switch is known to agree (design decision 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange_sync.store import incidents
from exchange_sync.store.database import Cursor, Database, Row

_FOR_AN_ERROR = "enabled = false AND disabled_reason IN ('quota', 'sync_error')"


def state(db: Database, integration_id: str) -> Row:
    """An integration's row as it is now."""
    with db.transaction() as cursor:
        cursor.execute("SELECT * FROM integrations WHERE id = %s", (integration_id,))
        row: Row = cursor.fetchone()
    return row


def states(db: Database) -> list[Row]:
    """Every integration's row, by name, with how many of its mailboxes are on."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT i.*, (SELECT count(*) FROM mailboxes m
                WHERE m.integration_id = i.id AND m.enabled AND m.removed_at IS NULL) AS mailboxes_on
            FROM integrations i ORDER BY i.owner, i.name"""
        )
        return list(cursor.fetchall())


def enable(db: Database, integration_id: str, now: datetime, *, unpause: bool) -> bool:
    """Switch an integration on with a clean slate: its incident is closed, its watermarks stay. Was it off?

    unpause: Airflow's switch must follow; False where a person has just turned that one on.
    Where it was off because every mailbox was, the mailboxes that failed are on again too.
    """
    with db.transaction() as cursor:
        cursor.execute("SELECT enabled FROM integrations WHERE id = %s FOR UPDATE", (integration_id,))
        was_off = not cursor.fetchone()["enabled"]
        if was_off:
            _enable(cursor, integration_id, now, unpause=unpause)
    return was_off


def _enable(cursor: Cursor, integration_id: str, now: datetime, *, unpause: bool) -> None:
    cursor.execute(
        "SELECT 1 FROM incidents WHERE integration_id = %s AND closed_at IS NULL AND kind = %s",
        (integration_id, incidents.ALL_MAILBOXES),
    )
    if cursor.fetchone():
        cursor.execute(
            f"SELECT id FROM mailboxes WHERE integration_id = %s AND removed_at IS NULL AND {_FOR_AN_ERROR}",
            (integration_id,),
        )
        for box in cursor.fetchall():
            _enable_mailbox(cursor, integration_id, box["id"], now)
    _clean_slate(cursor, integration_id, now, unpause=unpause)


def _clean_slate(cursor: Cursor, integration_id: str, now: datetime, *, unpause: bool) -> None:
    cursor.execute(
        """UPDATE integrations SET enabled = true, disabled_reason = NULL, disabled_at = NULL,
            pause_confirmed_at = NULL, unpause_wanted_at = CASE WHEN %s THEN %s::timestamptz END,
            consecutive_failures = 0, failing_since = NULL, failed_run = NULL, stopped_runs = '{}', last_error = NULL,
            not_before = NULL, fresh_from = %s, updated_at = %s WHERE id = %s""",
        (unpause, now, now, now, integration_id),
    )
    incidents.close(cursor, integration_id, None, now)


def enable_mailbox(db: Database, integration_id: str, mailbox_id: int, now: datetime) -> bool:
    """Switch a mailbox on with a clean slate, and the integration, where it went off with its last mailbox.

    Returns whether the mailbox was off.
    """
    with db.transaction() as cursor:
        cursor.execute("SELECT enabled FROM integrations WHERE id = %s FOR UPDATE", (integration_id,))
        cursor.execute("SELECT enabled FROM mailboxes WHERE id = %s FOR UPDATE", (mailbox_id,))
        was_off = not cursor.fetchone()["enabled"]
        if was_off:
            _enable_mailbox(cursor, integration_id, mailbox_id, now)
        cursor.execute(
            """SELECT 1 FROM integrations i JOIN incidents n ON n.integration_id = i.id
            WHERE i.id = %s AND NOT i.enabled AND n.closed_at IS NULL AND n.kind = %s""",
            (integration_id, incidents.ALL_MAILBOXES),
        )
        if cursor.fetchone():
            _clean_slate(cursor, integration_id, now, unpause=True)
    return was_off


def _enable_mailbox(cursor: Cursor, integration_id: str, mailbox_id: int, now: datetime) -> None:
    cursor.execute(
        """UPDATE mailboxes SET enabled = true, disabled_reason = NULL, disabled_at = NULL, consecutive_failures = 0,
            failing_since = NULL, failed_run = NULL, last_error = NULL, not_before = NULL, change_mark = NULL,
            updated_at = %s WHERE id = %s""",
        (now, mailbox_id),
    )
    incidents.close(cursor, integration_id, mailbox_id, now)


def remove_mailboxes(cursor: Cursor, integration_id: str, addresses: Sequence[str], now: datetime) -> int:
    """They are not synced any more; what they brought stays. What failed is over; one that comes back begins afresh.

    Returns how many there were.
    """
    cursor.execute(
        f"""UPDATE mailboxes SET removed_at = %s, open_batch = NULL, updated_at = %s, consecutive_failures = 0,
            failing_since = NULL, failed_run = NULL, last_error = NULL, not_before = NULL,
            disabled_at = CASE WHEN {_FOR_AN_ERROR} THEN NULL ELSE disabled_at END,
            disabled_reason = CASE WHEN {_FOR_AN_ERROR} THEN NULL ELSE disabled_reason END,
            enabled = enabled OR {_FOR_AN_ERROR}
        WHERE integration_id = %s AND removed_at IS NULL AND address = ANY(%s) RETURNING id""",
        (now, now, integration_id, list(addresses)),
    )
    removed = [row["id"] for row in cursor.fetchall()]
    for mailbox_id in removed:
        incidents.close(cursor, integration_id, mailbox_id, now, event="removed")
    return len(removed)


def disable_by_user(db: Database, integration_id: str, now: datetime, *, paused: bool) -> bool:
    """Switch an integration off by a person's wish: no incident. paused: Airflow's switch is off already. Was it on?"""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE integrations SET enabled = false, disabled_reason = 'user', disabled_at = %s,
                pause_confirmed_at = CASE WHEN %s THEN %s::timestamptz END, unpause_wanted_at = NULL, updated_at = %s
            WHERE id = %s AND enabled""",
            (now, paused, now, now, integration_id),
        )
        return bool(cursor.rowcount)


def disable_mailbox_by_user(db: Database, mailbox_id: int, now: datetime) -> bool:
    """Switch a mailbox off by a person's wish. Was it on?"""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE mailboxes SET enabled = false, disabled_reason = 'user', disabled_at = %s, updated_at = %s
            WHERE id = %s AND enabled""",
            (now, now, mailbox_id),
        )
        return bool(cursor.rowcount)


def pause_confirmed(db: Database, integration_id: str, now: datetime) -> None:
    """Airflow's switch has been read back as off, while the integration still is."""
    with db.transaction() as cursor:
        cursor.execute(
            "UPDATE integrations SET pause_confirmed_at = %s WHERE id = %s AND NOT enabled", (now, integration_id)
        )


def unpause_confirmed(db: Database, integration_id: str) -> None:
    """Airflow's switch has been read back as on, while the integration still is."""
    with db.transaction() as cursor:
        cursor.execute("UPDATE integrations SET unpause_wanted_at = NULL WHERE id = %s AND enabled", (integration_id,))


def succeeded(db: Database, integration_id: str, run: str, now: datetime) -> bool:
    """A run came through: failures count from zero again, unless it counted as one itself. Returns whether it did."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE integrations SET consecutive_failures = 0, last_error = NULL, failing_since = NULL,
                last_run_at = %s, last_success_at = %s
            WHERE id = %s AND enabled AND failed_run IS DISTINCT FROM %s AND looked_run = %s""",
            (now, now, integration_id, run, run),
        )
        done = bool(cursor.rowcount)
        if done:
            cursor.execute(
                """SELECT 1 FROM incidents WHERE integration_id = %s AND mailbox_id IS NULL AND closed_at IS NULL
                    AND action = 'none'""",
                (integration_id,),
            )
            if cursor.fetchone():
                incidents.close(cursor, integration_id, None, now)
    return done


def came_through(db: Database, integration_id: str, run: str) -> None:
    """A sync beside Airflow got in: failures count from zero again, unless it counted as one itself.

    Else failures of the command line, months apart, would add up and switch the integration off.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE integrations SET consecutive_failures = 0, last_error = NULL, failing_since = NULL
            WHERE id = %s AND enabled AND failed_run IS DISTINCT FROM %s""",
            (integration_id, run),
        )


def looked(db: Database, integration_id: str, run: str) -> None:
    """The gate of this run got in."""
    with db.transaction() as cursor:
        cursor.execute("UPDATE integrations SET looked_run = %s WHERE id = %s", (run, integration_id))
