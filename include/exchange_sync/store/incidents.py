"""Incidents: failures in a row, what they disabled, and when it was mended. Each change queues its messages.

A run counts once, however often its tasks are cleared: failures are counted by the run's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange_sync.store import outbox
from exchange_sync.store.database import Cursor, Database, Row, jsonb

TEXT_LIMIT = 4_096
KEPT_STOPS = 50  # runs that may still have tasks under way; more than any backfill has beside each other
QUOTA_KINDS = ("comment_quota_hit", "syncemail_consumption_limit_exceeded")
NOT_FRESH = "not_fresh"
ALL_MAILBOXES = "all_mailboxes_disabled"
MANY_BAD = "many_bad_emails"
INTERNAL = "internal"  # what nobody expected
FIRST_AGAIN, LAST_AGAIN = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Failure:
    """What failed, for people. kind: reference 2.7, or our own. text, remedy: neither mail content nor secrets."""

    kind: str
    code: str
    text: str
    remedy: str

    @property
    def reason(self) -> str:
        """What the row of a disabled integration or mailbox says."""
        return "quota" if self.kind in QUOTA_KINDS else "sync_error"


def integration_failed(
    db: Database, integration_id: str, failure: Failure, *, run: str, limit: int, now: datetime
) -> bool:
    """Count a failed run; at the limit the integration is disabled. Returns whether it was disabled by this."""
    with db.transaction() as cursor:
        row = _count_integration(cursor, integration_id, failure, run, now)
        if not row["enabled"] or row["failures"] < limit:
            return False
        disable(cursor, integration_id, failure, run=run, since=row["failing_since"] or now, now=now)
        return True


def integration_stumbled(
    db: Database, integration_id: str, failure: Failure, *, run: str, limit: int, now: datetime
) -> bool:
    """Count a run that failed unexpectedly; at the limit that is told, and it is tried again ever less often.

    It disables nothing. Returns whether an incident was opened by this.
    """
    with db.transaction() as cursor:
        row = _count_integration(cursor, integration_id, failure, run, now)
        if not row["enabled"] or row["failures"] < limit:
            return False
        cursor.execute(
            "UPDATE integrations SET not_before = %s WHERE id = %s",
            (_again(row["failures"] - limit, now), integration_id),
        )
        since = row["failing_since"] or now
        return _open(cursor, integration_id, None, failure, "none", run=run, since=since, now=now)


def _count_integration(cursor: Cursor, integration_id: str, failure: Failure, run: str, now: datetime) -> Row:
    """One more failed run, unless this one counted already: {enabled, failing_since, failures}."""
    cursor.execute("SELECT * FROM integrations WHERE id = %s FOR UPDATE", (integration_id,))
    row: Row = cursor.fetchone()
    failures = row["consecutive_failures"] + (row["failed_run"] != run)
    cursor.execute(
        """UPDATE integrations SET consecutive_failures = %s, failed_run = %s, last_error = %s, last_run_at = %s,
            failing_since = coalesce(failing_since, %s) WHERE id = %s""",
        (failures, run, _error(failure, now), now, now, integration_id),
    )
    return {**row, "failures": failures}


def mailbox_failed(db: Database, mailbox_id: int, failure: Failure, *, run: str, limit: int, now: datetime) -> bool:
    """Count a failed run of a mailbox; at the limit the mailbox is disabled. Returns whether it was by this."""
    with db.transaction() as cursor:
        row = _count_mailbox(cursor, mailbox_id, failure, run, now)
        if not row["enabled"] or row["failures"] < limit:
            return False
        cursor.execute(
            """UPDATE mailboxes SET enabled = false, disabled_reason = %s, disabled_at = %s, updated_at = %s
            WHERE id = %s""",
            (failure.reason, now, now, mailbox_id),
        )
        _open(
            cursor, row["integration_id"], mailbox_id, failure, "mailbox_disabled",
            run=run, since=row["failing_since"], now=now,
        )  # fmt: skip
        return True


def mailbox_stumbled(db: Database, mailbox_id: int, failure: Failure, *, run: str, limit: int, now: datetime) -> bool:
    """Count a run of a mailbox that failed unexpectedly; at the limit that is told, and it is tried again ever less
    often. It disables nothing. Returns whether an incident was opened by this."""
    with db.transaction() as cursor:
        row = _count_mailbox(cursor, mailbox_id, failure, run, now)
        if not row["enabled"] or row["failures"] < limit:
            return False
        cursor.execute(
            "UPDATE mailboxes SET not_before = %s WHERE id = %s", (_again(row["failures"] - limit, now), mailbox_id)
        )
        cursor.execute(  # that some emails are bad says less
            """UPDATE incidents SET closed_at = %s WHERE mailbox_id = %s AND closed_at IS NULL AND kind = %s""",
            (now, mailbox_id, MANY_BAD),
        )
        since = row["failing_since"]
        return _open(cursor, row["integration_id"], mailbox_id, failure, "none", run=run, since=since, now=now)


def _count_mailbox(cursor: Cursor, mailbox_id: int, failure: Failure, run: str, now: datetime) -> Row:
    """One more failed run, unless this one counted already: {enabled, integration_id, failing_since, failures}."""
    cursor.execute("SELECT * FROM mailboxes WHERE id = %s FOR UPDATE", (mailbox_id,))
    row: Row = cursor.fetchone()
    failures = row["consecutive_failures"] + (row["failed_run"] != run)
    cursor.execute(
        """UPDATE mailboxes SET consecutive_failures = %s, failed_run = %s, last_error = %s,
            failing_since = CASE WHEN consecutive_failures = 0 THEN %s ELSE coalesce(failing_since, %s) END
        WHERE id = %s RETURNING failing_since""",
        (failures, run, _error(failure, now), now, now, mailbox_id),
    )
    return {**row, "failing_since": cursor.fetchone()["failing_since"], "failures": failures}


def mended(cursor: Cursor, integration_id: str, mailbox_id: int, now: datetime) -> None:
    """A mailbox that had failed unexpectedly came through, in the caller's transaction: its incident is over."""
    cursor.execute(
        """SELECT 1 FROM incidents WHERE integration_id = %s AND mailbox_id = %s AND closed_at IS NULL AND kind = %s""",
        (integration_id, mailbox_id, INTERNAL),
    )
    if cursor.fetchone():
        close(cursor, integration_id, mailbox_id, now)


def _again(past: int, now: datetime) -> datetime:
    """When something that failed unexpectedly is tried again. past: failures beyond the limit."""
    return now + min(FIRST_AGAIN * (1 << min(past, 10)), LAST_AGAIN)


def disable(cursor: Cursor, integration_id: str, failure: Failure, *, run: str, since: datetime, now: datetime) -> None:
    """Switch an integration off for a failure, in the caller's transaction; its DAGs are not paused yet."""
    cursor.execute(
        """UPDATE integrations SET enabled = false, disabled_reason = %s, disabled_at = %s, pause_confirmed_at = NULL,
            unpause_wanted_at = NULL, updated_at = %s WHERE id = %s""",
        (failure.reason, now, now, integration_id),
    )
    _open(cursor, integration_id, None, failure, "integration_disabled", run=run, since=since, now=now)


def disable_if_no_mailbox_is_left(db: Database, integration_id: str, *, run: str, now: datetime) -> bool:
    """All mailboxes are off, one of them at least for an error: then the integration is. Returns whether by this."""
    with db.transaction() as cursor:
        cursor.execute("SELECT enabled FROM integrations WHERE id = %s FOR UPDATE", (integration_id,))
        if not cursor.fetchone()["enabled"]:
            return False
        cursor.execute(
            """SELECT address, enabled, disabled_reason, failing_since, last_error ->> 'remedy' AS remedy
            FROM mailboxes WHERE integration_id = %s AND removed_at IS NULL ORDER BY address""",
            (integration_id,),
        )
        boxes = cursor.fetchall()
        wrong = [box for box in boxes if box["disabled_reason"] in ("quota", "sync_error")]
        if any(box["enabled"] for box in boxes) or not wrong:
            return False
        names = ", ".join(box["address"] for box in wrong[:5]) + (" and more" if len(wrong) > 5 else "")
        remedies = " ".join(dict.fromkeys(box["remedy"] or "" for box in wrong))
        failure = Failure(ALL_MAILBOXES, "mailboxes", f"Every mailbox is disabled, of these for an error: {names}.",
                          remedies.strip() or "Mend the mailboxes; each has an incident of its own.")  # fmt: skip
        since = min((box["failing_since"] for box in wrong if box["failing_since"]), default=now)
        disable(cursor, integration_id, failure, run=run, since=since, now=now)
        return True


def stop(db: Database, integration_id: str, run: str) -> None:
    """No further task of this run may connect. Several may be stopped: a backfill's runs go beside each other."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE integrations SET stopped_runs = (array_remove(stopped_runs, %(run)s) || %(run)s::text)[
                greatest(1, cardinality(array_remove(stopped_runs, %(run)s)) + 2 - %(kept)s):]
            WHERE id = %(id)s""",
            {"run": run, "id": integration_id, "kept": KEPT_STOPS},
        )


def open_not_fresh(db: Database, integration_id: str, failure: Failure, *, since: datetime, now: datetime) -> bool:
    """Nothing was synced for too long. It disables nothing; an incident that is open already says enough."""
    with db.transaction() as cursor:
        return _open(cursor, integration_id, None, failure, "none", run="", since=since, now=now)


def open_many_bad(
    cursor: Cursor, integration_id: str, mailbox_id: int, failure: Failure, *, run: str, now: datetime
) -> bool:
    """Many of a mailbox's emails are bad, in the caller's transaction. It disables nothing. Returns whether opened."""
    return _open(cursor, integration_id, mailbox_id, failure, "none", run=run, since=now, now=now)


def of_many_bad(cursor: Cursor, integration_id: str, mailbox_id: int) -> Row | None:
    """The open incident of a mailbox with many bad emails, if there is one."""
    cursor.execute(
        """SELECT * FROM incidents WHERE integration_id = %s AND mailbox_id = %s AND closed_at IS NULL AND kind = %s""",
        (integration_id, mailbox_id, MANY_BAD),
    )
    row: Row | None = cursor.fetchone()
    return row


def remind(cursor: Cursor, mailbox_id: int, incident: Row, now: datetime) -> None:
    """What an open incident says is the mailbox's last error, though nothing has failed."""
    failure = Failure(incident["kind"], incident["kind"], incident["text"], incident["remedy"])
    cursor.execute("UPDATE mailboxes SET last_error = %s WHERE id = %s", (_error(failure, now), mailbox_id))


def _open(
    cursor: Cursor, integration_id: str, mailbox_id: int | None, failure: Failure, action: str,
    *, run: str, since: datetime, now: datetime,
) -> bool:  # fmt: skip
    """One open incident a subject; one that disables takes the place of one that only tells."""
    if action != "none":
        cursor.execute(
            """UPDATE incidents SET closed_at = %s WHERE integration_id = %s AND closed_at IS NULL AND action = 'none'
                AND mailbox_id IS NOT DISTINCT FROM %s::bigint""",
            (now, integration_id, mailbox_id),
        )
    cursor.execute(
        """INSERT INTO incidents (integration_id, mailbox_id, level, kind, text, remedy, action, run, since, opened_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (integration_id, coalesce(mailbox_id, 0)) WHERE closed_at IS NULL DO NOTHING RETURNING id""",
        (
            integration_id, mailbox_id, "integration" if mailbox_id is None else "mailbox", failure.kind,
            f"{failure.text} [{failure.code}]"[:TEXT_LIMIT], failure.remedy, action, run, since, now,
        ),
    )  # fmt: skip
    made = cursor.fetchone()
    if made is not None:
        outbox.queue(cursor, made["id"], "opened", now)
    return made is not None


def close(
    cursor: Cursor, integration_id: str, mailbox_id: int | None, now: datetime, *, event: str = "recovered"
) -> bool:
    """The subject's incident is over, and that is told: recovered, or removed. Returns whether there was one."""
    cursor.execute(
        """UPDATE incidents SET closed_at = %s
        WHERE integration_id = %s AND mailbox_id IS NOT DISTINCT FROM %s AND closed_at IS NULL RETURNING id""",
        (now, integration_id, mailbox_id),
    )
    closed = cursor.fetchone()
    if closed is not None:
        outbox.queue(cursor, closed["id"], event, now)
    return closed is not None


def incidents(db: Database, integration_id: str, *, limit: int = 100) -> list[Row]:
    """An integration's incidents with the mailbox's address and bucket, the newest first."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT i.*, m.address, m.bucket_id FROM incidents i LEFT JOIN mailboxes m ON m.id = i.mailbox_id
            WHERE i.integration_id = %s ORDER BY i.opened_at DESC, i.id DESC LIMIT %s""",
            (integration_id, limit),
        )
        return list(cursor.fetchall())


def _error(failure: Failure, now: datetime) -> object:
    told = {"kind": failure.kind, "code": failure.code, "remedy": failure.remedy, "message": failure.text}
    return jsonb({**told, "at": now.isoformat()})
