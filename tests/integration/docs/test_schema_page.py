"""docs/reference/schema.md lists the tables and columns that there are."""

from exchange_sync.store import schema

from tests.support.reference import COLUMNS, SCHEMA, columns_text, tables


def test_the_page_lists_every_table_with_its_columns(database):
    """Out of date? Run: python -m tests.support.reference"""
    schema.upgrade(database)
    found = tables(database)
    text = SCHEMA.read_text(encoding="utf-8")
    shown = {match[2]: match[0] for match in COLUMNS.finditer(text)}
    assert set(shown) == set(found)
    for table, columns in found.items():
        assert columns_text(columns) in shown[table], table
        assert f"### {table}\n" in text
