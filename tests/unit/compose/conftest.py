"""docker-compose.yaml as a program would read it: merged, and with its variables filled in."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
VARIABLE = re.compile(r"\$\$|\$\{([A-Z_]+)(?::\?[^}]*)?\}")


@pytest.fixture(scope="session")
def document():
    return YAML(typ="safe").load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def services(document):
    return document["services"]


@pytest.fixture(scope="session")
def example():
    """.env.example: name → value, for the names that are commented out as well."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(match.groups() for line in lines if (match := re.fullmatch(r"#?([A-Z_]+)=(.*)", line)))


def texts(value):
    """Every text in a document, keys included."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value
