"""What a person fills in for a connection beside server, port, user name and password: data only.

Airflow's form (orchestrate/provider.py) and the page's are made from it; credentials.py checks what is filled in.
Every component of Airflow imports this at its start, so nothing heavy may be imported here.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

OAUTH = ("oauth_secret", "oauth_certificate")
LOGINS = ("basic", "ntlm", "kerberos", *OAUTH, "client_certificate")
Section = Literal["server", "login", "advanced"]


class ConnectionField(NamedTuple):
    """One field, kept in the connection's ``extra`` under its name.

    default: what stands for an empty field, as it is shown. choices: the only values. secret: never shown again.
    whole: a whole number. lines: may hold several lines. only_for: the authentications that use it; () for all.
    """

    name: str
    label: str
    description: str
    section: Section
    default: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False
    whole: bool = False
    lines: bool = False
    only_for: tuple[str, ...] = ()


FIELDS = (
    ConnectionField(
        "server_url",
        "Server URL",
        "EWS's own address, https only; goes before Server. Empty: made of Server.",
        "server",
    ),
    ConnectionField(
        "autodiscover",
        "Autodiscover domain",
        "The mailboxes' domain, where no server is named: Exchange is asked for its address.",
        "server",
    ),
    ConnectionField(
        "confirmed_hosts",
        "Confirmed hosts",
        "Further hosts that autodiscover may lead to, and that credentials may be sent to.",
        "server",
    ),
    ConnectionField(
        "protocol",
        "Protocol",
        "ews for Exchange 2010 to SE. Graph is not there yet.",
        "server",
        "ews",
        ("ews", "graph"),
    ),
    ConnectionField("authentication", "Authentication", "How the service account logs in.", "login", "basic", LOGINS),
    ConnectionField(
        "access",
        "Access",
        "How the service account reaches other mailboxes. Read-only rights suffice.",
        "login",
        "impersonation",
        ("impersonation", "delegate"),
    ),
    ConnectionField("tenant", "Tenant", "OAuth: the directory's id or domain.", "login", only_for=OAUTH),
    ConnectionField(
        "client_id",
        "Client id",
        "OAuth: the application's id. Its secret goes into the password field.",
        "login",
        only_for=OAUTH,
    ),
    ConnectionField(
        "authority",
        "Authority",
        "OAuth: https://host of the directory, or an endpoint ending in /token. Empty: Microsoft's.",
        "login",
        only_for=OAUTH,
    ),
    ConnectionField("scope", "Scope", "OAuth: empty for https://SERVER/.default.", "login", only_for=OAUTH),
    ConnectionField(
        "private_key",
        "Private key",
        "OAuth by certificate: the RSA key in PEM, unencrypted.",
        "login",
        secret=True,
        lines=True,
        only_for=("oauth_certificate",),
    ),
    ConnectionField(
        "thumbprint",
        "Thumbprint",
        "OAuth by certificate: its SHA-1 or SHA-256 thumbprint, in hex.",
        "login",
        only_for=("oauth_certificate",),
    ),
    ConnectionField(
        "client_certificate",
        "Client certificate",
        "Shown in the TLS handshake: a PEM file, or its text, with its key.",
        "login",
        secret=True,
        lines=True,
    ),
    ConnectionField(
        "build", "Exchange build", "Pins the server's version, e.g. 15.2.1118.7. Empty: it is learnt.", "advanced"
    ),
    ConnectionField(
        "ca_bundle",
        "CA bundle",
        "A PEM file on the workers, or PEM text; needed where a private CA signed the certificate.",
        "advanced",
        lines=True,
    ),
    ConnectionField(
        "min_tls",
        "Minimum TLS version",
        "Below 1.2 only for Exchange 2010.",
        "advanced",
        "1.2",
        ("1.0", "1.1", "1.2", "1.3"),
    ),
    ConnectionField(
        "ciphers", "Ciphers", "An OpenSSL cipher list, for TLS 1.2 and below. Empty: the system's.", "advanced"
    ),
    ConnectionField(
        "proxy",
        "Proxy",
        "http://host:port or https://host:port, with a login if it wants one.",
        "advanced",
        secret=True,
    ),
    ConnectionField(
        "max_connections", "Maximum connections", "At the same time, 1 to 16.", "advanced", "2", whole=True
    ),
    ConnectionField(
        "timeout", "Timeout", "Seconds that a request may wait for an answer.", "advanced", "120", whole=True
    ),
)
