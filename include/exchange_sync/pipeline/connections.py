"""Connections from a file, for the command line without Airflow.

exchange_acme:
  host: https://mail.acme.example/EWS/Exchange.asmx
  login: svc-exchange@acme.example
  password: secret
  extra: {authentication: basic, access: impersonation}
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from exchange_sync.errors import BadInput
from exchange_sync.pipeline.yaml_text import bounded
from exchange_sync.source.credentials import ExchangeConnection, from_fields

_FIELDS = ("host", "port", "login", "password", "schema", "extra")


def from_file(path: Path) -> Callable[[str], ExchangeConnection]:
    """Looks a connection up by its id. Raises BadInput: file, connection, what was expected; never a value."""

    def find(name: str) -> ExchangeConnection:
        entry = _entries(path).get(name)
        if not isinstance(entry, dict):
            raise BadInput(f"{path}: there is no connection {name!r}: add it with host, login, password and extra")
        unknown = sorted(set(entry) - set(_FIELDS))
        if unknown:
            raise BadInput(f"{path}: connection {name!r} has no field {unknown[0]!r}: expected {', '.join(_FIELDS)}")
        return from_fields(
            host=entry.get("host"),
            port=entry.get("port"),
            login=entry.get("login"),
            password=entry.get("password"),
            schema=entry.get("schema"),
            extra=entry.get("extra") or {},
        )

    return find


def _entries(path: Path) -> dict[str, object]:
    try:
        document = YAML(typ="safe").load(bounded(path))
    except (OSError, UnicodeDecodeError, YAMLError) as error:  # its text may quote a secret
        raise BadInput(f"{path}: cannot be read as YAML ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise BadInput(f"{path}: expected connection ids, each with its fields")
    return document
