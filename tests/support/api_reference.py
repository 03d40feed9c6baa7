"""The routes in docs/reference/api.md, made from the application: ``python -m tests.support.api_reference``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from exchange_sync.web.api import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"
_TABLE = re.compile(r"(<!-- routes -->\n).*?(<!-- end -->)", re.DOTALL)


def page() -> str:
    """The page as it should be."""
    return _TABLE.sub(lambda found: found[1] + routes() + found[2], PAGE.read_text(encoding="utf-8"))


def routes() -> str:
    """A table a subject, a row a route."""
    document: dict[str, Any] = app.create_app(None).openapi()  # type: ignore[arg-type]
    subjects: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            first = re.split(r"(?<=[.:;]) ", " ".join(operation["description"].split()))[0].rstrip(":;.")
            subjects.setdefault(operation["tags"][0], []).append(f"| {method.upper()} | `{path}` | {first} |\n")
    head = "| | path | what |\n|---|---|---|\n"
    return (
        "".join(
            f"\n**{subject[0].upper()}{subject[1:]}**\n\n{head}{''.join(rows)}" for subject, rows in subjects.items()
        )
        + "\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
