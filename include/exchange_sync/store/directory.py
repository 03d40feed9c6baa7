"""Everybody who may ask: Airflow's people as last read, and the users that programs ask as."""

from __future__ import annotations

from exchange_sync.store.database import Database, Row

LIMIT = 10_000


def users(db: Database) -> list[Row]:
    """By name: {id, username, email, roles, created_at, last_used_at}. created_at, last_used_at: of the API's user and
    its token, None for those who never asked by one. A person's roles are Airflow's."""
    with db.transaction() as cursor:
        cursor.execute(
            """SELECT coalesce(u.id, left(encode(sha256(convert_to(username, 'UTF8')), 'hex'), 16)) AS id, username,
                coalesce(p.email, u.email) AS email, coalesce(p.roles, u.roles) AS roles,
                coalesce(u.created_at, p.updated_at) AS created_at,
                (SELECT max(t.last_used_at) FROM tokens t WHERE t.user_id = u.id) AS last_used_at
            FROM people p FULL JOIN users u USING (username) ORDER BY username LIMIT %s""",
            (LIMIT,),
        )
        return list(cursor.fetchall())
