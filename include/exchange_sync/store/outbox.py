"""The outbox: who is told of a change, by which channel, and what has been sent. A row is written with the change.

Tests go the same way, so that a test which arrives proves the way (store/trying.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.subscribers import MAY_BE_TOLD

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=2)
LEASE = timedelta(minutes=5)  # a sender that is killed leaves its messages to the next one


def queue(cursor: Cursor, incident_id: int, event: str, now: datetime) -> None:
    """Once for each change: people who may view the integration, by the channels that they want, and its services."""
    cursor.execute(
        f"""WITH told AS (
            SELECT p.*, ARRAY(SELECT u.channel FROM unsubscriptions u
                WHERE u.integration_id = i.id AND u.username = p.username) AS unwanted
            FROM incidents n JOIN integrations i ON i.id = n.integration_id JOIN people p ON {MAY_BE_TOLD}
            WHERE n.id = %(incident)s)
        INSERT INTO notifications (incident_id, event, channel, recipient, created_at, due_at, processed_at)
        SELECT %(incident)s, %(event)s, channel, recipient, %(now)s, %(now)s,
            CASE WHEN channel = 'in_app' THEN %(now)s::timestamptz END  -- the row itself is the message
        FROM (SELECT 'in_app' AS channel, username AS recipient FROM told WHERE 'in_app' <> ALL(unwanted)
            UNION SELECT 'email', email FROM told WHERE email LIKE '%%@%%' AND 'email' <> ALL(unwanted)
            UNION SELECT 'apprise', c.connection FROM channels c JOIN incidents n ON n.integration_id = c.integration_id
                WHERE n.id = %(incident)s) AS wanted
        ON CONFLICT DO NOTHING""",
        {"incident": incident_id, "event": event, "now": now},
    )
    _settle(cursor, incident_id, now)


def due(db: Database, now: datetime, limit: int = 100) -> list[Row]:
    """Take the messages to send now, with all that they tell. Whoever takes one has five minutes for it."""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE notifications SET attempts = attempts + 1, due_at = %(lease)s
            WHERE id IN (SELECT id FROM notifications WHERE processed_at IS NULL AND due_at <= %(now)s
                ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) RETURNING id""",
            {"lease": now + LEASE, "now": now, "limit": limit},
        )
        taken = [row["id"] for row in cursor.fetchall()]
        cursor.execute(
            """SELECT o.id, o.event, o.channel, o.recipient, o.attempts, o.created_at, n.level, n.kind, n.text,
                n.remedy, n.action, n.run, n.since, n.opened_at, n.closed_at, i.owner, i.name, i.title, m.address,
                o.incident_id, o.asked_by
            FROM notifications o LEFT JOIN incidents n ON n.id = o.incident_id
            LEFT JOIN integrations i ON i.id = coalesce(n.integration_id, o.integration_id)
            LEFT JOIN mailboxes m ON m.id = n.mailbox_id WHERE o.id = ANY(%s) ORDER BY o.id""",
            (taken,),
        )
        return list(cursor.fetchall())


def sent(db: Database, notification: Row, now: datetime) -> None:
    """It has gone out."""
    with db.transaction() as cursor:
        cursor.execute(
            "UPDATE notifications SET processed_at = %s, last_error = NULL WHERE id = %s", (now, notification["id"])
        )
        _settle(cursor, notification["incident_id"], now)


def failed(db: Database, notification: Row, why: str, now: datetime) -> None:
    """Try again after a wait that doubles up to an hour; after two days it is given up. why: no secret.

    A test is given up at once: whoever waits for its result gets it.
    """
    wait = min(FIRST_WAIT * 2 ** min(notification["attempts"] - 1, 10), LONGEST_WAIT)
    over = notification["event"] == "test" or now - notification["created_at"] > GIVE_UP_AFTER
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE notifications SET due_at = %s, last_error = %s, given_up = %s,
                processed_at = CASE WHEN %s THEN %s::timestamptz END WHERE id = %s""",
            (now + wait, why[:500], over, over, now, notification["id"]),
        )
        _settle(cursor, notification["incident_id"], now)


def _settle(cursor: Cursor, incident_id: int | None, now: datetime) -> None:
    """An incident is processed when each message of its opening has been dealt with. A test has none."""
    if incident_id is None:
        return
    cursor.execute(
        """UPDATE incidents SET processed_at = %s WHERE id = %s AND processed_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM notifications WHERE incident_id = %s AND event = 'opened' AND processed_at IS NULL)""",
        (now, incident_id, incident_id),
    )


def told(db: Database, incident_ids: Sequence[int]) -> dict[int, list[Row]]:
    """Of incidents' first messages, by incident: a row for each channel {channel, sent, given_up, waiting}."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT incident_id, channel, count(*) FILTER (WHERE processed_at IS NOT NULL AND NOT given_up) AS sent,
                count(*) FILTER (WHERE given_up) AS given_up, count(*) FILTER (WHERE processed_at IS NULL) AS waiting
            FROM notifications WHERE incident_id = ANY(%s) AND event = 'opened'
            GROUP BY incident_id, channel ORDER BY incident_id, channel""",
            (list(incident_ids),),
        )
        found: dict[int, list[Row]] = {}
        for row in cursor.fetchall():
            found.setdefault(row["incident_id"], []).append(row)
    return found
