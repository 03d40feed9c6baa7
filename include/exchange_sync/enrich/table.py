"""The reference table of the user properties, made of the property files themselves."""

from __future__ import annotations

import inspect
from types import ModuleType

from exchange_sync.enrich.properties import PROPERTIES

_HEAD = """# User properties

Every comment carries these properties. A property whose value is not known is absent. Text is at most 1,024 characters
long. This page is made by `python -m exchange_sync.enrich.table`; a test holds it up to date.

| Property | Meaning | Source |
|---|---|---|
"""


def property_table() -> str:
    """The whole page in Markdown, one row a property."""
    return _HEAD + "".join(_row(prop) for prop in PROPERTIES)


def _row(prop: ModuleType) -> str:
    meaning, _, source = inspect.cleandoc(prop.__doc__ or "").partition("\n\nSource: ")
    meaning, source = (" ".join(text.split()).replace("|", "\\|") for text in (meaning, source))
    return f"| `{prop.NAME}` | {meaning} | {source[:1].upper()}{source[1:]} |\n"


if __name__ == "__main__":
    print(property_table(), end="")
