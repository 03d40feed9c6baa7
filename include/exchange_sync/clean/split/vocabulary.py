"""Reads the word tables in words/*.txt: what mail programs and people write, by language.

A row is ``language: column | column | …``; a column is words separated by commas; an indented line goes on with the row
above; ``#`` begins a comment. All words are in lower case once read.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).with_name("words")

Row = tuple[str, tuple[tuple[str, ...], ...]]


def read(name: str) -> tuple[Row, ...]:
    """The rows of words/<name>.txt as (language, columns)."""
    rows: list[str] = []
    for line in (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" ") and rows:
            rows[-1] += " " + line.strip()
        elif line.strip() and not line.startswith("#"):
            rows.append(line.strip())
    return tuple(_row(row) for row in rows)


def words(name: str, column: int = 0) -> tuple[str, ...]:
    """All words of one column in all languages, the longest first, so that alternatives match greedily."""
    found = {word for _, columns in read(name) if column < len(columns) for word in columns[column]}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def _row(row: str) -> Row:
    language, _, columns = row.partition(":")
    return language, tuple(
        tuple(word.strip().lower() for word in column.split(",") if word.strip()) for column in columns.split("|")
    )
