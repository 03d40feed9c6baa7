"""The parts of docs/reference that are made from the programs themselves: ``python -m tests.support.reference``.

Writes cli.md whole, and in schema.md what stands between ``<!-- columns: TABLE -->`` and ``<!-- end -->``. Tests
compare both with what is there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
from exchange_sync.store import schema

from stack.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "docs" / "reference" / "cli.md"
SCHEMA = ROOT / "docs" / "reference" / "schema.md"
COLUMNS = re.compile(r"(<!-- columns: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_INTRODUCTION = """# The command line

What `--help` prints, command by command. This page is made by `python -m tests.support.reference`; a test compares it
with the programs.

Every command of `exchange-sync` reads its settings from the environment ([settings](settings.md)). Errors that are
somebody's to mend are one line on standard error, and the status is 1.
"""


def cli_page() -> str:
    """The page of both programs."""
    parts = [_INTRODUCTION]
    for program, module in (("exchange-sync", "exchange_sync.cli"), ("exchange-simulator", "exchange_simulator.cli")):
        for words, text in _helps(program, module):
            parts.append(f"{'##' + '#' * min(1, len(words))} {' '.join([program, *words])}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


# In a process of its own, since Typer decides at its import whether it draws boxes.
_ASK = """
import importlib, json, sys
import typer.main
from typer.testing import CliRunner
program, module = sys.argv[1:]
app = importlib.import_module(module).app
def ask(*words):
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name=program, terminal_width=100, max_content_width=100)
    assert shown.exit_code == 0, shown.output
    return [list(words), shown.output]
def all_of(group, *words):
    yield ask(*words)
    for name, command in getattr(group, "commands", {}).items():
        yield from all_of(command, *words, name)
print(json.dumps(list(all_of(typer.main.get_command(app)))))
"""


def _helps(program: str, module: str) -> list[tuple[list[str], str]]:
    """(words, what --help prints) of a program and of each of its commands."""
    environment = {**os.environ, "TYPER_USE_RICH": "0", "COLUMNS": "100"}
    command = [sys.executable, "-c", _ASK, program, module]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [
        (words, "\n".join(line.rstrip() for line in text.strip().splitlines()))
        for words, text in json.loads(done.stdout)
    ]


def tables(url: str) -> dict[str, list[tuple[str, str]]]:
    """Table → its columns in order, each with its type, of a database that has the whole schema."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
                    || CASE WHEN a.attnotnull THEN '' ELSE ', may be null' END
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
                    AND NOT a.attisdropped AND c.relname <> 'alembic_version'
                ORDER BY c.relname, a.attnum"""
            )
            found: dict[str, list[tuple[str, str]]] = {}
            for table, column, kind in cursor.fetchall():
                found.setdefault(table, []).append((column, kind.replace("timestamp with time zone", "timestamptz")))
            return found
    finally:
        connection.close()


def columns_text(columns: list[tuple[str, str]]) -> str:
    """The lines between a table's two marks."""
    return "".join(f"- `{name}` {kind}\n" for name, kind in columns)


def main() -> None:
    """Write both pages anew."""
    CLI.write_text(cli_page(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, Server.temporary(Path(folder) / "postgres") as server:
        schema.upgrade(server.url("exchange_sync"))
        found = tables(server.url("exchange_sync"))
    text = SCHEMA.read_text(encoding="utf-8")
    text = COLUMNS.sub(lambda match: match[1] + columns_text(found.get(match[2], [])) + match[3], text)
    SCHEMA.write_text(text, encoding="utf-8")
    missing = sorted(set(found) - {match[2] for match in COLUMNS.finditer(text)})
    print(f"written; schema.md has no section yet for: {', '.join(missing) or 'none'}")


if __name__ == "__main__":
    main()
