"""One clock (decision 70): no SQL of the product asks the database what time it is. Ruff bans Python's own ways."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sql_clock import asks_the_time

ROOT = Path(__file__).resolve().parents[3]
PLACES = ("include/exchange_sync", "plugins", "dags")
# Migrations that have run and are never changed; 0012 took their defaults away.
HISTORY = {"0001_base.py", "0003_serving.py", "0004_failing.py", "0008_arrivals.py"}
# It looks for such defaults in the catalogue, by name.
REMOVES_THEM = {"0012_one_clock.py"}


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string of a module, docstrings left out; of an f-string its fixed parts."""
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def test_no_sql_of_the_product_asks_the_time() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: pass the time of the caller's clock as a value instead"
        for place in PLACES
        for path in sorted((ROOT / place).rglob("*.py"))
        if path.name not in HISTORY | REMOVES_THEM
        for line, text in texts(ast.parse(path.read_text(encoding="utf-8")))
        if asks_the_time(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE mailboxes SET updated_at = now() WHERE id = %s",
        "updated_at = NOW ()",
        "DEFAULT CURRENT_TIMESTAMP",
        "created_at < current_date - 7",
        "SELECT clock_timestamp()",
        "at > localtimestamp",
        "'now'::timestamptz",
        "timestamptz 'yesterday'",
        "CAST('today' AS date)",
        "age(created_at) > interval '1 day'",
    ],
)
def test_every_way_of_asking_is_known(sql: str) -> None:
    assert asks_the_time(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "age(%(now)s, created_at)",
        "SET seen_at = %(now)s",
        "SELECT nowhere, known FROM snowfall",
        "state = 'now'",
        "date_trunc('hour', %(now)s::timestamptz)",
    ],
)
def test_a_time_that_is_passed_in_is_welcome(sql: str) -> None:
    assert not asks_the_time(sql)
