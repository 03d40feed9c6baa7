"""A database that explains each statement before it runs it: which rows its plans touch, and by which indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from exchange_sync.store.database import Cursor, Database, Row


class Explained:
    """In place of a Database, for reading. tables: statements that name one of them are explained; none named: all.

    plans: the root node of each plan, as PostgreSQL's JSON tells it.
    """

    def __init__(self, db: Database, *tables: str) -> None:
        self._db, self.tables = db, tables
        self.plans: list[dict[str, Any]] = []

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        with self._db.transaction() as cursor:
            yield cast(Cursor, _Cursor(cursor, self))

    def read(self, sql: str, values: Any = None) -> list[Row]:
        with self.transaction() as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """Every node of every plan."""
        return [node for plan in self.plans for node in nodes(plan)]

    def touched(self, *tables: str) -> int:
        """The rows that scans of tables and indexes read, those thrown away included; of all tables, or of these."""
        total = 0
        for node in self.nodes:
            named = node.get("Relation Name")
            if named in tables if tables else named or "Index Name" in node:
                thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
                total += (node["Actual Rows"] + thrown) * node["Actual Loops"]
        return int(total)

    @property
    def whole(self) -> set[str]:
        """The tables that a plan reads from end to end, or would."""
        return {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"}

    def require_indexes(self) -> None:
        """An index is entered, and none of the tables is read whole."""
        assert not self.whole & set(self.tables)
        assert any("Index" in node["Node Type"] for node in self.nodes)


class _Cursor:
    def __init__(self, cursor: Cursor, into: Explained) -> None:
        self._cursor, self._into = cursor, into

    def execute(self, sql: str, values: Any = None) -> None:
        named = not self._into.tables or any(table in sql for table in self._into.tables)
        if named and sql.lstrip().upper().startswith(("SELECT", "WITH")):
            self._cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
            plan = cast(dict[str, Any], self._cursor.fetchone())["QUERY PLAN"]
            self._into.plans.append((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        self._cursor.execute(sql, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan's nodes, itself first."""
    return [plan, *(node for inner in plan.get("Plans", ()) for node in nodes(inner))]
