"""Whom an incident may be told: people as Airflow knows them, who has unsubscribed, and services beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange_sync.errors import BadInput
from exchange_sync.store.database import Cursor, Database, Row


@dataclass(frozen=True)
class Person:
    """One of Airflow's users. roles: names. may_view: one of the roles holds View integrations."""

    username: str
    email: str
    roles: tuple[str, ...]
    may_view: bool


@dataclass(frozen=True)
class Role:
    """One of Airflow's roles, and whether it holds View integrations and Modify integrations."""

    name: str
    may_view: bool
    may_modify: bool


def seen(db: Database, person: Person, now: datetime) -> None:
    """A person who has just signed in is known from now on."""
    with db.transaction() as cursor:
        _save(cursor, person, now)


def save_people(db: Database, people: Sequence[Person], roles: Sequence[Role], now: datetime) -> None:
    """What Airflow's users and roles are now; who has gone from there goes from here.

    Users of the API bear the roles that Airflow gives the person of their name.
    """
    with db.transaction() as cursor:
        for person in people:
            _save(cursor, person, now)
        cursor.execute("DELETE FROM people WHERE NOT username = ANY(%s)", ([person.username for person in people],))
        for role in roles:
            cursor.execute(
                """INSERT INTO airflow_roles (name, may_view, may_modify, updated_at) VALUES (%s, %s, %s, %s)
                ON CONFLICT (name) DO UPDATE SET may_view = excluded.may_view, may_modify = excluded.may_modify,
                    updated_at = excluded.updated_at""",
                (role.name, role.may_view, role.may_modify, now),
            )
        cursor.execute("DELETE FROM airflow_roles WHERE NOT name = ANY(%s)", ([role.name for role in roles],))
        cursor.execute(
            """UPDATE users u SET roles = p.roles, updated_at = %s FROM people p
            WHERE p.username = u.username AND u.roles <> p.roles""",
            (now,),
        )


def subscriptions(db: Database, integration_id: str) -> list[Row]:
    """Who may be told of an integration: {channel, recipient, subscribed}, services last."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT 'person' AS channel, p.username AS recipient, p.email, u.username IS NULL AS subscribed
            FROM people p JOIN integrations i ON i.id = %(id)s
            LEFT JOIN unsubscriptions u ON u.integration_id = i.id AND u.username = p.username
            WHERE 'Admin' = ANY(p.roles) OR p.roles && i.viewers OR p.roles && i.editors
                OR (p.may_view AND i.viewers = '{}' AND i.editors = '{}')
            UNION ALL SELECT 'service', connection, '', true FROM channels WHERE integration_id = %(id)s
            ORDER BY channel, recipient""",
            {"id": integration_id},
        )
        return list(cursor.fetchall())


def unsubscribe(db: Database, integration_id: str, username: str) -> bool:
    """A person is not told any more. Was it otherwise? Raises BadInput when Airflow has no such user."""
    with db.transaction() as cursor:
        _known(cursor, username)
        cursor.execute(
            "INSERT INTO unsubscriptions (integration_id, username) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (integration_id, username),
        )
        return bool(cursor.rowcount)


def subscribe(db: Database, integration_id: str, username: str) -> bool:
    """A person is told again. Was it otherwise? Raises BadInput when Airflow has no such user."""
    with db.transaction() as cursor:
        _known(cursor, username)
        cursor.execute(
            "DELETE FROM unsubscriptions WHERE integration_id = %s AND username = %s", (integration_id, username)
        )
        return bool(cursor.rowcount)


def add_channel(db: Database, integration_id: str, connection: str) -> bool:
    """A service is told: connection is the id of an Airflow connection of type apprise. Was it otherwise?"""
    with db.transaction() as cursor:
        cursor.execute(
            "INSERT INTO channels (integration_id, connection) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (integration_id, connection),
        )
        return bool(cursor.rowcount)


def remove_channel(db: Database, integration_id: str, connection: str) -> bool:
    """A service is not told any more. Was it otherwise?"""
    with db.transaction() as cursor:
        cursor.execute(
            "DELETE FROM channels WHERE integration_id = %s AND connection = %s", (integration_id, connection)
        )
        return bool(cursor.rowcount)


def _save(cursor: Cursor, person: Person, now: datetime) -> None:
    cursor.execute(
        """INSERT INTO people (username, email, roles, may_view, updated_at) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (username) DO UPDATE SET email = excluded.email, roles = excluded.roles,
            may_view = excluded.may_view, updated_at = excluded.updated_at""",
        (person.username, person.email, list(person.roles), person.may_view, now),
    )


def _known(cursor: Cursor, username: str) -> None:
    cursor.execute("SELECT 1 FROM people WHERE username = %s", (username,))
    if cursor.fetchone() is None:
        raise BadInput(
            f"Airflow has no user {username!r} that is known here: see `exchange-sync subscriptions list`; "
            "new users are known after the next `exchange-sync housekeeping`"
        )
