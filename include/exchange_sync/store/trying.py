"""Test messages: queued in the outbox like every message, tried once, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from exchange_sync.store.database import Cursor, Database, Row

PAUSE = timedelta(seconds=30)  # between two tests of one person
AN_HOUR = 10  # tests of one person
KEPT = timedelta(days=7)
SHOWN = 10


def queue(
    cursor: Cursor, username: str, wanted: Sequence[tuple[str, str]], integration_id: str | None, now: datetime
) -> timedelta:
    """Queue one test to each (channel, recipient); returns how long to wait where it is too soon for another: zero
    when they are queued.

    integration_id: where a service is tried; None for the person's own channels. One test is all that is asked for
    at one time, whatever number of messages it is.
    """
    cursor.execute("SELECT 1 FROM people WHERE username = %s FOR UPDATE", (username,))  # two clicks are not two tests
    wait = _wait(cursor, username, now)
    if wait:
        return wait
    cursor.execute(
        "DELETE FROM notifications WHERE event = 'test' AND asked_by = %s AND created_at < %s", (username, now - KEPT)
    )
    cursor.executemany(
        """INSERT INTO notifications (event, channel, recipient, asked_by, integration_id, created_at, due_at,
            processed_at)
        VALUES ('test', %(channel)s, %(recipient)s, %(username)s, %(integration)s, %(now)s, %(now)s,
            CASE WHEN %(channel)s = 'in_app' THEN %(now)s::timestamptz END)""",
        [
            {
                "channel": channel,
                "recipient": recipient,
                "username": username,
                "integration": integration_id,
                "now": now,
            }
            for channel, recipient in wanted
        ],
    )
    return timedelta()


def latest(db: Database, username: str) -> list[Row]:
    """A person's newest tests: {id, channel, recipient, created_at, processed_at, given_up, last_error, owner, name}.

    owner, name: of the integration whose service is tried.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT n.id, n.channel, n.recipient, n.created_at, n.processed_at, n.given_up, n.last_error,
                i.owner, i.name
            FROM notifications n LEFT JOIN integrations i ON i.id = n.integration_id
            WHERE n.event = 'test' AND n.asked_by = %s ORDER BY n.id DESC LIMIT %s""",
            (username, SHOWN),
        )
        return list(cursor.fetchall())


def _wait(cursor: Cursor, username: str, now: datetime) -> timedelta:
    cursor.execute(
        """SELECT max(created_at) AS newest, min(created_at) AS oldest, count(DISTINCT created_at) AS tests
        FROM notifications WHERE event = 'test' AND asked_by = %s AND created_at > %s""",
        (username, now - timedelta(hours=1)),
    )
    found = cursor.fetchone()
    if not found["tests"]:
        return timedelta()
    pause: timedelta = found["newest"] + PAUSE - now
    hour = found["oldest"] + timedelta(hours=1) - now if found["tests"] >= AN_HOUR else timedelta()
    return max(pause, hour, timedelta())
