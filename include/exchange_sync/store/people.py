"""Users as the API knows them, their tokens, and the trail of what they did."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from exchange_sync.errors import BadInput
from exchange_sync.store.database import Cursor, Database, Row, jsonb

_TOKEN_BYTES = 32
_USE_RECORDED_EVERY = timedelta(minutes=1)


def save_user(db: Database, username: str, email: str, roles: Sequence[str], now: datetime) -> Row:
    """Make or change a user. roles: names of Airflow roles."""
    with db.transaction() as cursor:
        cursor.execute(
            """INSERT INTO users (id, username, email, roles, created_at, updated_at)
            VALUES (%(id)s, %(username)s, %(email)s, %(roles)s, %(now)s, %(now)s)
            ON CONFLICT (username) DO UPDATE SET email = excluded.email, roles = excluded.roles,
                updated_at = excluded.updated_at
            RETURNING *""",
            {"id": secrets.token_hex(8), "username": username, "email": email, "roles": list(roles), "now": now},
        )
        row: Row = cursor.fetchone()
    return row


def create_token(db: Database, username: str, now: datetime) -> str:
    """A new token, told once and kept as its hash alone. The user's former token is worth nothing from now on.

    Raises BadInput when there is no such user.
    """
    with db.transaction() as cursor:
        return _new_token(cursor, _user(cursor, username), now)


def replace_token(db: Database, username: str, known: int | None, now: datetime) -> str | None:
    """The same, but only while the user's active token is the one that was known: its id, or None for none.

    None when it is another by now: the same request, sent again, ends no token and makes none.
    """
    with db.transaction() as cursor:
        user = _user(cursor, username)
        cursor.execute("SELECT id FROM tokens WHERE user_id = %s AND revoked_at IS NULL", (user["id"],))
        active = cursor.fetchone()
        if (active["id"] if active else None) != known:
            return None
        return _new_token(cursor, user, now)


def revoke_token(db: Database, username: str, now: datetime) -> bool:
    """End a user's token. Returns whether there was one. Raises BadInput when there is no such user."""
    with db.transaction() as cursor:
        user = _user(cursor, username)
        cursor.execute("UPDATE tokens SET revoked_at = %s WHERE user_id = %s AND revoked_at IS NULL", (now, user["id"]))
        revoked = bool(cursor.rowcount)
        if revoked:
            record(cursor, username, "token revoked", username, {}, now)
    return revoked


def tokens(db: Database) -> list[Row]:
    """Each user with the active token's times: {username, email, roles, created_at, last_used_at}, times or None."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT u.username, u.email, u.roles, t.created_at, t.last_used_at
            FROM users u LEFT JOIN tokens t ON t.user_id = u.id AND t.revoked_at IS NULL
            ORDER BY u.username LIMIT 10000"""
        )
        return list(cursor.fetchall())


def active_tokens(db: Database, *, after: str = "", limit: int = 100) -> list[Row]:
    """The active tokens by their users' names: {id, username, email, roles, created_at, last_used_at}.

    after: the last name of the page before.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT t.id, u.username, u.email, u.roles, t.created_at, t.last_used_at
            FROM users u JOIN tokens t ON t.user_id = u.id AND t.revoked_at IS NULL
            WHERE u.username > %s ORDER BY u.username LIMIT %s""",
            (after, limit),
        )
        return list(cursor.fetchall())


def active_token(db: Database, *, username: str | None = None, token_id: int | None = None) -> Row | None:
    """A user's active token, or the one with this id while it is active; as a row of active_tokens, or None."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT t.id, u.username, u.email, u.roles, t.created_at, t.last_used_at
            FROM users u JOIN tokens t ON t.user_id = u.id AND t.revoked_at IS NULL
            WHERE u.username = %(username)s OR t.id = %(id)s""",
            {"username": username, "id": token_id},
        )
        row: Row | None = cursor.fetchone()
        return row


def end_token(db: Database, token_id: int, by: str, now: datetime) -> bool:
    """End one token, on behalf of by. Was it active?"""
    with db.transaction() as cursor:
        cursor.execute(
            """UPDATE tokens t SET revoked_at = %s FROM users u
            WHERE t.id = %s AND t.revoked_at IS NULL AND u.id = t.user_id RETURNING u.username""",
            (now, token_id),
        )
        ended = cursor.fetchone()
        if ended is not None:
            record(cursor, by, "token revoked", ended["username"], {}, now)
    return ended is not None


def user_of_token(db: Database, token: str, now: datetime) -> Row | None:
    """The user whose active token this is, or None. That it was used is recorded once a minute."""
    rows = db.read(
        """SELECT u.*, t.id AS token_id, t.last_used_at FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE t.sha256 = %s AND t.revoked_at IS NULL""",
        (_hash(token),),
    )
    if not rows:
        return None
    row = rows[0]
    if row["last_used_at"] is None or now - row["last_used_at"] > _USE_RECORDED_EVERY:
        with db.transaction() as cursor:
            cursor.execute("UPDATE tokens SET last_used_at = %s WHERE id = %s", (now, row["token_id"]))
    return row


def owner_lists(db: Database, owner: str | None = None) -> dict[str, Row]:
    """Per owner, the roles that its integrations name: {owner: {viewers, editors}}; an owner without any is left out.

    owner: only this one.
    """
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT owner, array_agg(DISTINCT viewer) FILTER (WHERE viewer IS NOT NULL) AS viewers,
                array_agg(DISTINCT editor) FILTER (WHERE editor IS NOT NULL) AS editors
            FROM integrations LEFT JOIN LATERAL unnest(viewers) AS viewer ON true
                LEFT JOIN LATERAL unnest(editors) AS editor ON true
            WHERE (%(owner)s::text IS NULL OR owner = %(owner)s) AND (viewers <> '{}' OR editors <> '{}')
            GROUP BY owner""",
            {"owner": owner},
        )
        return {row["owner"]: row for row in cursor.fetchall()}


def rules_for(db: Database, owner: str, roles: Sequence[str]) -> tuple[Row | None, dict[str, Row]]:
    """What owner_lists tells of an owner, and role_rights of these roles, by one statement: most requests ask it."""
    row = db.read(
        """SELECT (SELECT jsonb_build_object(
                'viewers', array_agg(DISTINCT viewer) FILTER (WHERE viewer IS NOT NULL),
                'editors', array_agg(DISTINCT editor) FILTER (WHERE editor IS NOT NULL))
            FROM integrations LEFT JOIN LATERAL unnest(viewers) AS viewer ON true
                LEFT JOIN LATERAL unnest(editors) AS editor ON true
            WHERE owner = %(owner)s AND (viewers <> '{}' OR editors <> '{}') HAVING count(*) > 0) AS lists,
            (SELECT jsonb_object_agg(name, jsonb_build_object('may_view', may_view, 'may_modify', may_modify))
            FROM airflow_roles WHERE may_view IS NOT NULL AND name = ANY(%(roles)s)) AS rights""",
        {"owner": owner, "roles": list(roles)},
    )[0]
    return row["lists"], row["rights"] or {}


def named_roles(db: Database) -> set[str]:
    """Every role that some integration names as viewers or editors."""
    return {
        role for lists in owner_lists(db).values() for role in [*(lists["viewers"] or ()), *(lists["editors"] or ())]
    }


def role_rights(db: Database) -> dict[str, Row]:
    """What Airflow gives its roles, as last read: {role: {may_view, may_modify}}."""
    with db.transaction() as cursor:
        cursor.execute("SELECT name, may_view, may_modify FROM airflow_roles WHERE may_view IS NOT NULL LIMIT 10000")
        return {row["name"]: row for row in cursor.fetchall()}


def record(cursor: Cursor, username: str, action: str, subject: str, details: Mapping[str, Any], now: datetime) -> None:
    """One line of the trail, in the caller's transaction. details: neither mail nor secrets."""
    cursor.execute(
        "INSERT INTO audit (at, username, action, subject, details) VALUES (%s, %s, %s, %s, %s)",
        (now, username, action, subject, jsonb(dict(details))),
    )


def _new_token(cursor: Cursor, user: Row, now: datetime) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    cursor.execute("UPDATE tokens SET revoked_at = %s WHERE user_id = %s AND revoked_at IS NULL", (now, user["id"]))
    cursor.execute(
        "INSERT INTO tokens (user_id, sha256, created_at) VALUES (%s, %s, %s)", (user["id"], _hash(token), now)
    )
    record(cursor, user["username"], "token created", user["username"], {}, now)
    return token


def _user(cursor: Cursor, username: str) -> Row:
    cursor.execute("SELECT * FROM users WHERE username = %s FOR UPDATE", (username,))
    row: Row | None = cursor.fetchone()
    if row is None:
        raise BadInput(f"there is no user {username!r}: create one with `exchange-sync token create --role ROLE`")
    return row


def _hash(token: str) -> str:
    """Tokens are random and long: a plain hash keeps them as safe as a slow one would."""
    return hashlib.sha256(token.encode()).hexdigest()
