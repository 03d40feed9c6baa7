"""What Airflow's provider entry point tells of this package: the connection type ``exchange`` and the listener.

Every Airflow component calls this at start, so nothing is imported here.
"""

from __future__ import annotations

from typing import Any


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
                    "hidden-fields": ["schema", "port"],
                    "relabeling": {"host": "Server", "login": "User name"},
                    "placeholders": {
                        "host": "https://mail.example.com/EWS/Exchange.asmx",
                        "login": "service account: name@example.com or DOMAIN\\name",
                    },
                },
            }
        ],
    }


def _fields() -> dict[str, dict[str, Any]]:
    """The form's fields beside server, user name and password. They are kept in the connection's ``extra``."""
    return {
        "access": {
            "label": "Access",
            "schema": {
                "type": ["string", "null"],
                "default": "impersonation",
                "enum": ["impersonation", "delegate"],
            },
            "description": "How the service account reaches other mailboxes. Read-only rights suffice.",
        },
        "ca_bundle": {
            "label": "CA file",
            "schema": {"type": ["string", "null"]},
            "description": "A PEM file on the workers; needed where a private CA signed the server's certificate.",
        },
    }
