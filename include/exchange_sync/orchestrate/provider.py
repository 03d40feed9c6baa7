"""What Airflow's provider entry point tells of this package: the connection type ``exchange``.

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
                    "hidden-fields": ["schema"],
                    "relabeling": {"host": "Server", "login": "User name", "password": "Password or client secret"},
                    "placeholders": {
                        "host": "https://mail.example.com/EWS/Exchange.asmx",
                        "login": "service account: name@example.com or DOMAIN\\name",
                    },
                },
            }
        ],
    }


_LOGINS = ["basic", "ntlm", "kerberos", "oauth_secret", "oauth_certificate", "client_certificate"]


def _fields() -> dict[str, dict[str, Any]]:
    """The form's fields beside server, port, user name and password. They are kept in the connection's ``extra``;
    source/credentials.py says what each means and checks them."""
    return {
        "server_url": _field("Server URL", "EWS's own address, https only; goes before Server. Empty: made of Server."),
        "autodiscover": _field(
            "Autodiscover domain", "The mailboxes' domain, where no server is named: Exchange is asked for its address."
        ),
        "confirmed_hosts": _field(
            "Confirmed hosts", "Further hosts that autodiscover may lead to, and that credentials may be sent to."
        ),
        "protocol": _field(
            "Protocol", "ews for Exchange 2010 to SE. Graph is not there yet.", default="ews", enum=["ews", "graph"]
        ),
        "authentication": _field("Authentication", "How the service account logs in.", default="basic", enum=_LOGINS),
        "access": _field(
            "Access",
            "How the service account reaches other mailboxes. Read-only rights suffice.",
            default="impersonation",
            enum=["impersonation", "delegate"],
        ),
        "tenant": _field("Tenant", "OAuth: the directory's id or domain."),
        "client_id": _field("Client id", "OAuth: the application's id. Its secret goes into the password field."),
        "authority": _field(
            "Authority",
            "OAuth: https://host of the directory, or an endpoint ending in /token. Empty: Microsoft's.",
        ),
        "scope": _field("Scope", "OAuth: empty for https://SERVER/.default."),
        "private_key": _field("Private key", "OAuth by certificate: the RSA key in PEM, unencrypted.", secret=True),
        "thumbprint": _field("Thumbprint", "OAuth by certificate: its SHA-1 or SHA-256 thumbprint, in hex."),
        "client_certificate": _field(
            "Client certificate", "Shown in the TLS handshake: a PEM file, or its text, with its key.", secret=True
        ),
        "build": _field("Exchange build", "Pins the server's version, e.g. 15.2.1118.7. Empty: it is learnt."),
        "ca_bundle": _field(
            "CA bundle", "A PEM file on the workers, or PEM text; needed where a private CA signed the certificate."
        ),
        "min_tls": _field(
            "Minimum TLS version", "Below 1.2 only for Exchange 2010.", default="1.2", enum=["1.0", "1.1", "1.2", "1.3"]
        ),
        "ciphers": _field("Ciphers", "An OpenSSL cipher list, for TLS 1.2 and below. Empty: the system's."),
        "proxy": _field("Proxy", "http://host:port or https://host:port, with a login if it wants one.", secret=True),
        "max_connections": _field("Maximum connections", "At the same time, 1 to 16.", kind="integer", default=2),
        "timeout": _field("Timeout", "Seconds that a request may wait for an answer.", kind="integer", default=120),
    }


def _field(
    label: str,
    description: str,
    *,
    kind: str = "string",
    default: Any = None,
    enum: list[str] | None = None,
    secret: bool = False,
) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": [kind, "null"]}
    schema |= {"default": default} if default is not None else {}
    schema |= {"enum": enum} if enum else {}
    schema |= {"format": "password"} if secret else {}
    return {"label": label, "description": description, "schema": schema}
