"""How to reach one Exchange: the values of an Airflow connection, checked once, passed on frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from exchange_sync.errors import BadInput
from exchange_sync.source.addresses import check_https, check_proxy, forbidden_host

EWS_PATH = "/EWS/Exchange.asmx"
HTTPS_PORT = 443
PROTOCOLS = ("ews", "graph")
AUTHENTICATIONS = ("basic", "ntlm", "kerberos", "oauth_secret", "oauth_certificate", "client_certificate")
ACCESSES = ("impersonation", "delegate")
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
MICROSOFT_AUTHORITY = "https://login.microsoftonline.com"
EXTRA_KEYS = (
    "server_url",
    "autodiscover",
    "confirmed_hosts",
    "protocol",
    "authentication",
    "access",
    "tenant",
    "client_id",
    "authority",
    "scope",
    "private_key",
    "thumbprint",
    "client_certificate",
    "build",
    "ca_bundle",
    "min_tls",
    "ciphers",
    "proxy",
    "max_connections",
    "timeout",
)


@dataclass(frozen=True)
class ExchangeConnection:
    """One connection to one Exchange. Two equal values may share nothing but their text.

    server_url: https only, e.g. ``https://mail.example.org/EWS/Exchange.asmx``; empty where autodiscover, a domain,
    is to find it. confirmed_hosts: further hosts that autodiscover may lead to (decision 0038). username, password:
    of the service account; with oauth_secret, password is the client's secret. tenant, client_id, authority (a
    directory's address, or a token endpoint ending in ``/token``), scope, private_key (PEM) and thumbprint: of OAuth.
    client_certificate: PEM with its key, or a file's path; shown to the server in the TLS handshake.
    build: ``15.2.1118.7`` pins the server's version and saves learning it. ca_bundle: a file's path, or PEM text;
    None trusts the system's and certifi's authorities; given, it is trusted alone. min_tls below 1.2 is for
    Exchange 2010 and is logged. ciphers: an OpenSSL cipher list, for TLS 1.2 and below. timeout: seconds a request
    may wait for bytes. Raises BadInput for whatever does not fit.
    """

    server_url: str
    username: str = ""
    password: str = field(default="", repr=False)
    protocol: str = "ews"
    authentication: str = "basic"
    access: str = "impersonation"
    build: str | None = None
    ca_bundle: str | None = field(default=None, repr=False)
    min_tls: str = "1.2"
    ciphers: str | None = None
    proxy: str | None = field(default=None, repr=False)
    max_connections: int = 2
    timeout: float = 120.0
    autodiscover: str | None = None
    confirmed_hosts: tuple[str, ...] = ()
    tenant: str | None = None
    client_id: str | None = None
    authority: str | None = None
    scope: str | None = None
    private_key: str | None = field(default=None, repr=False)
    thumbprint: str | None = None
    client_certificate: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _one_of("protocol", self.protocol, PROTOCOLS)
        if self.protocol == "graph":
            raise BadInput("protocol graph: Microsoft Graph is not there yet; use protocol ews")
        self._check_where()
        _one_of("authentication", self.authentication, AUTHENTICATIONS)
        _one_of("access", self.access, ACCESSES)
        _one_of("min_tls", self.min_tls, TLS_VERSIONS)
        self._check_login()
        if not 1 <= self.max_connections <= 16:
            raise BadInput(f"max_connections {self.max_connections}: expected 1 to 16")
        if not 1 <= self.timeout <= 3600:
            raise BadInput(f"timeout {self.timeout:g}: expected 1 to 3600 seconds")
        if self.build is not None:
            build_numbers(self.build)
        if self.proxy is not None:
            check_proxy(self.proxy)

    def _check_where(self) -> None:
        if self.server_url or not self.autodiscover:
            check_https("server URL", self.server_url)
        elif "/" in self.autodiscover or "@" in self.autodiscover or forbidden_host(self.autodiscover):
            raise BadInput(
                f"autodiscover {self.autodiscover!r}: expected the domain of the mailboxes, as in example.org"
            )
        if self.authority is not None:
            check_https("authority", self.authority)

    def _check_login(self) -> None:
        """Each authentication's own fields are all there (issue 5)."""
        missing = [name for name in _NEEDS[self.authentication] if not getattr(self, name)]
        endpoint = (self.authority or "").endswith("/token")
        if self.authentication.startswith("oauth") and not self.tenant and not endpoint:
            missing.append("tenant")
        if missing:
            names = ", ".join(_SPOKEN.get(name, name) for name in missing)
            raise BadInput(f"{names}: needed for {self.authentication} authentication; fill in what is missing")

    @property
    def token_url(self) -> str:
        """Where OAuth asks for tokens: the authority itself where it ends in /token, else Microsoft's path below it."""
        authority = (self.authority or MICROSOFT_AUTHORITY).rstrip("/")
        return authority if authority.endswith("/token") else f"{authority}/{self.tenant}/oauth2/v2.0/token"

    @property
    def token_scope(self) -> str:
        """What OAuth asks to be let into: by default everything that the application may do at the server."""
        return self.scope or f"https://{urlsplit(self.server_url).hostname or 'outlook.office365.com'}/.default"


_NEEDS: dict[str, tuple[str, ...]] = {
    "basic": ("username", "password"),
    "ntlm": ("username", "password"),
    "kerberos": (),
    "oauth_secret": ("client_id", "password"),
    "oauth_certificate": ("client_id", "private_key", "thumbprint"),
    "client_certificate": ("client_certificate",),
}
_SPOKEN = {"username": "login", "password": "password (or client secret)"}


def from_fields(
    host: str | None,
    port: int | None,
    login: str | None,
    password: str | None,
    schema: str | None,
    extra: Mapping[str, object],
) -> ExchangeConnection:
    """The connection that the fields of an Airflow connection describe (design decision 13).

    The server is ``extra["server_url"]``, or else host (a name or an https URL), port and schema ("https"); none of
    them where ``extra["autodiscover"]`` names a domain.
    Raises BadInput naming the field; an unknown key of extra is named with the list of known ones.
    """
    unknown = sorted(key for key in extra if key not in EXTRA_KEYS)
    if unknown:
        raise BadInput(f"extra {', '.join(unknown)}: not known; known are {', '.join(EXTRA_KEYS)}")
    given = {key: str(value).strip() for key, value in extra.items() if value is not None and str(value).strip()}
    where = given.get("server_url") or ("" if given.get("autodiscover") and not host else _url_of(host, port, schema))
    return ExchangeConnection(
        server_url=where,
        username=login or "",
        password=password or "",
        protocol=given.get("protocol", "ews"),
        authentication=given.get("authentication", "basic"),
        access=given.get("access", "impersonation"),
        min_tls=given.get("min_tls", "1.2"),
        max_connections=int(_number("max_connections", given.get("max_connections", "2"))),
        timeout=_number("timeout", given.get("timeout", "120")),
        confirmed_hosts=tuple(given.get("confirmed_hosts", "").replace(",", " ").lower().split()),
        **{name: given.get(name) for name in _TEXTS},
    )


_TEXTS = (
    "autodiscover",
    "tenant",
    "client_id",
    "authority",
    "scope",
    "private_key",
    "thumbprint",
    "client_certificate",
    "build",
    "ca_bundle",
    "ciphers",
    "proxy",
)


def build_numbers(build: str) -> tuple[int, ...]:
    """The numbers of a build such as ``15.2.1118.7``, two to four of them. Raises BadInput."""
    parts = build.split(".")
    if not 2 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise BadInput(f"build {build!r}: expected numbers as in 15.2.1118.7, or nothing to learn it")
    return tuple(int(part) for part in parts)


def _url_of(host: str | None, port: int | None, schema: str | None) -> str:
    if not host:
        raise BadInput("host: missing; give the server's name, or its EWS URL as extra server_url")
    if "://" in host:
        return host if urlsplit(host).path.strip("/") else host.rstrip("/") + EWS_PATH
    scheme = schema or "https"
    return f"{scheme}://{host}{f':{port}' if port and port != HTTPS_PORT else ''}{EWS_PATH}"


def port_of(host: str | None, port: int | None, server_url: str | None = None) -> int:
    """The port that the fields of an Airflow connection lead to: of the URL where there is one, else port, else 443.

    Airflow 3.3's Test button takes a connection that is kept without a port for a changed one (decision 43).
    """
    url = server_url or (host if host and "://" in host else "")
    try:
        return (urlsplit(url).port if url else port) or HTTPS_PORT
    except ValueError:  # no port at all: the checks of the URL say so
        return HTTPS_PORT


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadInput(f"{name} {value!r}: expected one of {', '.join(allowed)}")


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadInput(f"{name} {value!r}: expected a number") from None
