"""What Airflow's provider entry point tells of this package: the connection type ``exchange``.

Every Airflow component calls this at start, so nothing is imported here but plain data.
"""

from __future__ import annotations

from typing import Any

from exchange_sync.source.connection_fields import FIELDS, ConnectionField


def get_provider_info() -> dict[str, Any]:
    """Airflow's provider description (its provider_info.schema.json), with the declarative connection form."""
    return {
        "package-name": "exchange-sync",
        "name": "Exchange Sync",
        "description": "Turns Exchange mailboxes into clean comments.",
        "connection-types": [
            {
                "connection-type": "exchange",
                "hook-name": "Exchange",
                "hook-class-name": "exchange_sync.orchestrate.connection.ExchangeHook",
                "conn-fields": _fields(),
                "ui-field-behaviour": {
                    "hidden-fields": ["schema"],
                    "relabeling": {"host": "Server", "login": "User name", "password": "Password or client secret"},
                    "placeholders": {
                        "host": "https://mail.example.com/EWS/Exchange.asmx",
                        "port": "443: Airflow's Test button fails without a port",
                        "login": "service account: name@example.com or DOMAIN\\name",
                    },
                },
            }
        ],
    }


def _fields() -> dict[str, dict[str, Any]]:
    """The form's fields beside server, port, user name and password. They are kept in the connection's ``extra``;
    source/credentials.py says what each means and checks them."""
    return {field.name: _field(field) for field in FIELDS}


def _field(field: ConnectionField) -> dict[str, Any]:
    default = int(field.default) if field.whole else field.default
    schema: dict[str, Any] = {"type": ["integer" if field.whole else "string", "null"]}
    schema |= {"default": default} if field.default else {}
    schema |= {"enum": list(field.choices)} if field.choices else {}
    schema |= {"format": "password"} if field.secret else {}
    return {"label": field.label, "description": field.description, "schema": schema}
