"""Projects: the owners of things. One may have a title before it owns anything; others are there by what they own."""

from __future__ import annotations

from datetime import datetime

from exchange_sync.store.database import Cursor, Database, Row
from exchange_sync.store.sources import LIST_LIMIT, Taken

_KINDS = ("buckets", "sources", "datasets", "integrations")
_OWNED = " UNION ALL ".join(f"SELECT owner, created_at, updated_at FROM {kind}" for kind in _KINDS)


def listed(db: Database) -> list[Row]:
    """All of them by name: {owner, title, description, created_at, updated_at}; the times are of its things, too."""
    with db.transaction() as cursor:
        cursor.execute(
            f"""SELECT owner, coalesce(max(title), '') AS title, coalesce(max(description), '') AS description,
                min(created_at) AS created_at, max(updated_at) AS updated_at
            FROM (SELECT name AS owner, title, description, created_at, updated_at FROM projects UNION ALL
                SELECT owner, NULL, NULL, created_at, updated_at FROM ({_OWNED}) AS things) AS found
            GROUP BY owner ORDER BY owner LIMIT {LIST_LIMIT}"""
        )
        return list(cursor.fetchall())


def counts(db: Database, name: str) -> dict[str, int]:
    """How many things of each kind a project owns; the hidden buckets of sources are none."""
    with db.transaction() as cursor:
        return _counts(cursor, name)


def create(cursor: Cursor, name: str, title: str, description: str, now: datetime) -> None:
    """A new one. Raises Taken where it is there, by name or by what it owns."""
    if not any(_counts(cursor, name).values()):
        cursor.execute(
            """INSERT INTO projects (name, title, description, created_at, updated_at) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (name) DO NOTHING""",
            (name, title, description, now, now),
        )
        if cursor.rowcount:
            return
    raise Taken(f"project {name} exists already: update it, or choose another name")


def update(cursor: Cursor, name: str, title: str | None, description: str | None, now: datetime) -> None:
    """Give it another title or description; None: as it is."""
    cursor.execute(
        """INSERT INTO projects (name, title, description, created_at, updated_at)
        VALUES (%(name)s, coalesce(%(title)s, ''), coalesce(%(description)s, ''), %(now)s, %(now)s)
        ON CONFLICT (name) DO UPDATE SET title = coalesce(%(title)s, projects.title),
            description = coalesce(%(description)s, projects.description), updated_at = %(now)s""",
        {"name": name, "title": title, "description": description, "now": now},
    )


def delete(cursor: Cursor, name: str) -> None:
    """Delete an empty one. Raises Taken while it owns anything."""
    owned = [f"{count} {kind}" for kind, count in _counts(cursor, name).items() if count]
    if owned:
        raise Taken(f"project {name} owns {', '.join(owned)}: delete those first")
    cursor.execute("DELETE FROM projects WHERE name = %s", (name,))


def _counts(cursor: Cursor, name: str) -> dict[str, int]:
    found = {}
    for kind in _KINDS:
        visible = "AND NOT hidden" if kind == "buckets" else ""
        cursor.execute(f"SELECT count(*) AS n FROM {kind} WHERE owner = %s {visible}", (name,))
        found[kind] = int(cursor.fetchone()["n"])
    return found
