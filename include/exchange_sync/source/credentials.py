"""How to reach one Exchange: the values of an Airflow connection, checked once, passed on frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from exchange_sync.errors import BadInput

EWS_PATH = "/EWS/Exchange.asmx"
PROTOCOLS = ("ews", "graph")
AUTHENTICATIONS = ("basic", "ntlm", "kerberos", "oauth_secret", "oauth_certificate", "client_certificate")
ACCESSES = ("impersonation", "delegate")
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
EXTRA_KEYS = (
    "server_url",
    "protocol",
    "authentication",
    "access",
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

    server_url: https only, e.g. ``https://mail.example.org/EWS/Exchange.asmx``. build: ``15.2.1118.7`` pins the
    server's version and saves learning it. ca_bundle: a file's path, or PEM text; None trusts the system's and
    certifi's authorities; given, it is trusted alone. min_tls below 1.2 is for Exchange 2010 and is logged.
    ciphers: an OpenSSL cipher list, for TLS 1.2 and below. timeout: seconds a request may wait for bytes.
    Raises BadInput for whatever does not fit.
    """

    server_url: str
    username: str
    password: str = field(repr=False)
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

    def __post_init__(self) -> None:
        _check_url(self.server_url)
        _require_there(self.protocol, self.authentication)
        _one_of("access", self.access, ACCESSES)
        _one_of("min_tls", self.min_tls, TLS_VERSIONS)
        if not self.username or not self.password:
            raise BadInput("login and password: both are needed for basic authentication; fill them in")
        if not 1 <= self.max_connections <= 16:
            raise BadInput(f"max_connections {self.max_connections}: expected 1 to 16")
        if not 1 <= self.timeout <= 3600:
            raise BadInput(f"timeout {self.timeout:g}: expected 1 to 3600 seconds")
        if self.build is not None:
            build_numbers(self.build)
        if self.proxy is not None:
            _check_proxy(self.proxy)


def from_fields(
    host: str | None,
    port: int | None,
    login: str | None,
    password: str | None,
    schema: str | None,
    extra: Mapping[str, object],
) -> ExchangeConnection:
    """The connection that the fields of an Airflow connection describe (design decision 13).

    The server is ``extra["server_url"]``, or else host (a name or an https URL), port and schema ("https").
    Raises BadInput naming the field; an unknown key of extra is named with the list of known ones.
    """
    given = {key: str(value).strip() for key, value in extra.items() if value is not None and str(value).strip()}
    _require_there(given.get("protocol", "ews"), given.get("authentication", "basic"))  # before its keys are unknown
    unknown = sorted(key for key in extra if key not in EXTRA_KEYS)
    if unknown:
        raise BadInput(f"extra {', '.join(unknown)}: not known; known are {', '.join(EXTRA_KEYS)}")
    return ExchangeConnection(
        server_url=given.get("server_url") or _url_of(host, port, schema),
        username=login or "",
        password=password or "",
        protocol=given.get("protocol", "ews"),
        authentication=given.get("authentication", "basic"),
        access=given.get("access", "impersonation"),
        build=given.get("build"),
        ca_bundle=given.get("ca_bundle"),
        min_tls=given.get("min_tls", "1.2"),
        ciphers=given.get("ciphers"),
        proxy=given.get("proxy"),
        max_connections=int(_number("max_connections", given.get("max_connections", "2"))),
        timeout=_number("timeout", given.get("timeout", "120")),
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
    return f"{scheme}://{host}{f':{port}' if port else ''}{EWS_PATH}"


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, usable = None, False
    if parts is None or parts.scheme != "https" or not usable:
        raise BadInput(f"server URL {_shown(url)}: expected https://…; Exchange is only spoken to over TLS")
    if parts.username or parts.password:
        raise BadInput("server URL: it holds a login; put login and password into their own fields")


def _check_proxy(proxy: str) -> None:
    if urlsplit(proxy).scheme not in ("http", "https") or not urlsplit(proxy).hostname:
        raise BadInput("proxy: expected http://host:port or https://host:port")


def _shown(url: str) -> str:
    """The URL without a login that it may hold."""
    return repr(url.split("@")[-1] if "@" in url else url)


def _require_there(protocol: str, authentication: str) -> None:
    _one_of("protocol", protocol, PROTOCOLS)
    _one_of("authentication", authentication, AUTHENTICATIONS)
    if protocol == "graph":
        raise BadInput("protocol graph: Microsoft Graph is not there yet; use protocol ews")
    if authentication != "basic":
        raise BadInput(f"authentication {authentication}: not there yet; use authentication basic")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadInput(f"{name} {value!r}: expected one of {', '.join(allowed)}")


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise BadInput(f"{name} {value!r}: expected a number") from None
