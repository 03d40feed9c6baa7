"""Whom an incident may be told: people as Airflow knows them, who has unsubscribed from what, and services beside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from exchange_sync.errors import BadInput
from exchange_sync.store.database import Cursor, Database, Row

PersonalChannel = Literal["in_app", "email"]
PERSONAL: Final[tuple[PersonalChannel, ...]] = ("in_app", "email")
_CONNECTION = re.compile(r"[\w.-]{1,250}", re.ASCII)  # as Airflow takes them


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
    """What Airflow's users and roles are now; who has gone from there goes from here, and so does their token.

    Users of the API bear the roles that Airflow gives the person of their name.
    """
    with db.transaction() as cursor:
        for person in people:
            _save(cursor, person, now)
        cursor.execute(
            """WITH gone AS (DELETE FROM people WHERE NOT username = ANY(%(names)s) RETURNING username),
            ended AS (UPDATE tokens t SET revoked_at = %(now)s FROM users u JOIN gone USING (username)
                WHERE t.user_id = u.id AND t.revoked_at IS NULL RETURNING u.username)
            INSERT INTO audit (at, username, action, subject, details)
            SELECT %(now)s, 'airflow', 'token revoked', username, '{"why": "gone from Airflow"}' FROM ended""",
            {"names": [person.username for person in people], "now": now},
        )
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


# May a person be told of an integration? As web/permissions.py says who may see it: the lists of an owner's
# integrations count together. For statements with people p and integrations i.
MAY_BE_TOLD = """('Admin' = ANY(p.roles) OR CASE
    WHEN EXISTS (SELECT 1 FROM integrations o WHERE o.owner = i.owner AND (o.viewers <> '{}' OR o.editors <> '{}'))
    THEN EXISTS (SELECT 1 FROM integrations o WHERE o.owner = i.owner AND p.roles && (o.viewers || o.editors))
    ELSE p.may_view END)"""


def subscriptions(db: Database, integration_id: str) -> list[Row]:
    """Who may be told of an integration: {channel, recipient, email, in_app, by_email}, services last.

    channel: person or service. in_app, by_email: whether a person is told there; a service is told in any case.
    """
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT 'person' AS channel, p.username AS recipient, p.email,
                {_wants("in_app")} AS in_app, {_wants("email")} AS by_email
            FROM people p JOIN integrations i ON i.id = %(id)s WHERE {MAY_BE_TOLD}
            UNION ALL SELECT 'service', connection, '', true, true FROM channels WHERE integration_id = %(id)s
            ORDER BY channel, recipient LIMIT 10000""",
            {"id": integration_id},
        )
        return list(cursor.fetchall())


def of_person(db: Database, username: str, *, after: tuple[str, str] = ("", ""), limit: int = 100) -> list[Row]:
    """What a person may be told of, by name from after on: {id, owner, name, title, in_app, by_email, services}."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT i.id, i.owner, i.name, i.title, {_wants("in_app")} AS in_app, {_wants("email")} AS by_email,
                (SELECT count(*) FROM channels c WHERE c.integration_id = i.id) AS services
            FROM people p JOIN integrations i ON {MAY_BE_TOLD}
            WHERE p.username = %(username)s AND (i.owner, i.name) > (%(owner)s, %(name)s)
            ORDER BY i.owner, i.name LIMIT %(limit)s""",
            {"username": username, "owner": after[0], "name": after[1], "limit": limit},
        )
        return list(cursor.fetchall())


def choices_of(db: Database, integration_id: str, username: str) -> Row | None:
    """One person's, {in_app, by_email}; None who may not be told of the integration."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT {_wants("in_app")} AS in_app, {_wants("email")} AS by_email
            FROM people p JOIN integrations i ON i.id = %s WHERE p.username = %s AND {MAY_BE_TOLD}""",
            (integration_id, username),
        )
        row: Row | None = cursor.fetchone()
        return row


def people_told(db: Database, integration_id: str, limit: int) -> tuple[list[Row], int]:
    """The first people who may be told, {username, email, in_app, by_email} by name, and how many there are."""
    who = f"FROM people p JOIN integrations i ON i.id = %(id)s WHERE {MAY_BE_TOLD}"
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT p.username, p.email, {_wants("in_app")} AS in_app, {_wants("email")} AS by_email
            {who} ORDER BY p.username LIMIT %(limit)s""",
            {"id": integration_id, "limit": limit},
        )
        found = list(cursor.fetchall())
        cursor.execute(f"SELECT count(*) AS people {who}", {"id": integration_id})
        return found, cursor.fetchone()["people"]


def services(db: Database, integration_id: str) -> list[str]:
    """The services that are told of an integration: ids of Airflow connections of type apprise."""
    with db.transaction() as cursor:
        cursor.execute(
            "SELECT connection FROM channels WHERE integration_id = %s ORDER BY connection LIMIT 1000",
            (integration_id,),
        )
        return [row["connection"] for row in cursor.fetchall()]


def unsubscribe(
    db: Database, integration_id: str, username: str, channels: Sequence[PersonalChannel] = PERSONAL
) -> bool:
    """A person is not told any more by these channels. Was it otherwise? Raises BadInput for an unknown user."""
    with db.transaction() as cursor:
        _known(cursor, username)
        return bool(choose(cursor, username, [integration_id], channels, wanted=False))


def subscribe(db: Database, integration_id: str, username: str, channels: Sequence[PersonalChannel] = PERSONAL) -> bool:
    """A person is told again by these channels. Was it otherwise? Raises BadInput for an unknown user."""
    with db.transaction() as cursor:
        _known(cursor, username)
        return bool(choose(cursor, username, [integration_id], channels, wanted=True))


def choose(
    cursor: Cursor, username: str, integration_ids: Sequence[str], channels: Sequence[PersonalChannel], *, wanted: bool
) -> int:
    """Whether a person is told of these integrations by these channels; how many of those choices are changed."""
    values = {"username": username, "ids": list(integration_ids), "channels": list(channels)}
    if wanted:
        cursor.execute(
            """DELETE FROM unsubscriptions WHERE username = %(username)s AND integration_id = ANY(%(ids)s)
                AND channel = ANY(%(channels)s)""",
            values,
        )
    else:
        cursor.execute(
            """INSERT INTO unsubscriptions (integration_id, username, channel)
            SELECT i.id, %(username)s, c.channel FROM integrations i, unnest(%(channels)s::text[]) AS c (channel)
            WHERE i.id = ANY(%(ids)s) ON CONFLICT DO NOTHING""",
            values,
        )
    return cursor.rowcount


def visible(cursor: Cursor, username: str, among: Sequence[str] | None = None) -> list[str]:
    """The ids of the integrations that a person may be told of: of all, or of those among these."""
    cursor.execute(
        f"""SELECT i.id FROM people p JOIN integrations i ON {MAY_BE_TOLD}
        WHERE p.username = %(username)s AND (%(among)s::text[] IS NULL OR i.id = ANY(%(among)s::text[]))""",
        {"username": username, "among": None if among is None else list(among)},
    )
    return [row["id"] for row in cursor.fetchall()]


def add_channel(db: Database, integration_id: str, connection: str) -> bool:
    """A service is told: connection is the id of an Airflow connection of type apprise. Was it otherwise?"""
    with db.transaction() as cursor:
        return add_channel_in(cursor, integration_id, connection)


def add_channel_in(cursor: Cursor, integration_id: str, connection: str) -> bool:
    """As add_channel, in the caller's transaction. Raises BadInput for what can be no connection's id."""
    if not _CONNECTION.fullmatch(connection):
        raise BadInput(
            f"service {connection[:50]!r}: expected the id of an Airflow connection of type Apprise "
            "(letters, digits, '-', '_' and '.'); make one under Admin > Connections"
        )
    cursor.execute(
        "INSERT INTO channels (integration_id, connection) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (integration_id, connection),
    )
    return bool(cursor.rowcount)


def remove_channel(db: Database, integration_id: str, connection: str) -> bool:
    """A service is not told any more. Was it otherwise?"""
    with db.transaction() as cursor:
        return remove_channel_in(cursor, integration_id, connection)


def remove_channel_in(cursor: Cursor, integration_id: str, connection: str) -> bool:
    """As remove_channel, in the caller's transaction."""
    cursor.execute("DELETE FROM channels WHERE integration_id = %s AND connection = %s", (integration_id, connection))
    return bool(cursor.rowcount)


def _wants(channel: PersonalChannel) -> str:
    """A condition over people p and integrations i: the person has not unsubscribed there from this channel."""
    return f"""NOT EXISTS (SELECT 1 FROM unsubscriptions u
        WHERE u.integration_id = i.id AND u.username = p.username AND u.channel = '{channel}')"""


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
