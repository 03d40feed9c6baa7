"""What lies below a log-in, looked at step by step: name, port, TLS, certificate, clock. No secret is sent.

A step that fails raises IntegrationFault or Retriable, with what the server offered and what was wanted.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from cryptography import x509

from exchange_sync.errors import IntegrationFault, Reason
from exchange_sync.source.connecting import addresses_of, connect
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.http_date import http_date
from exchange_sync.source.tls import ssl_context

_LOGIN = "invalid_exchange_credentials"
STEP_SECONDS = 15.0


@dataclass(frozen=True)
class Certificate:
    """What a server shows. names: host names and addresses that it is for. ends: aware, UTC."""

    names: tuple[str, ...]
    issuer: str
    ends: datetime

    def __str__(self) -> str:
        return f"for {', '.join(self.names)}, issued by {self.issuer}, valid until {self.ends:%Y-%m-%d}"


@dataclass(frozen=True)
class Agreed:
    """What a handshake came to. offers: the authentications of a 401 (``Basic``, ``NTLM``). server_time: aware."""

    version: str
    cipher: str
    certificate: Certificate
    status: int
    offers: tuple[str, ...]
    server_time: datetime | None


def target(connection: ExchangeConnection) -> tuple[str, int]:
    """Host and port that are connected to first: the proxy's where there is one."""
    parts = urlsplit(connection.proxy or connection.server_url)
    return parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)


def resolve(connection: ExchangeConnection) -> tuple[str, ...]:
    """The addresses of target(). Raises IntegrationFault: not known, or one that is never Exchange."""
    host, port = target(connection)
    try:
        found = addresses_of(host, port)
    except socket.gaierror:
        remedy = "Check the host name in the server URL (or proxy), and the name servers of this machine."
        raise IntegrationFault(f"{host}: the name is not known", Reason(_LOGIN, "DNS", remedy)) from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def reach(connection: ExchangeConnection) -> None:
    """Open a TCP connection to target() and close it. Raises IntegrationFault."""
    host, port = target(connection)
    try:
        connect(host, port, _seconds(connection)).close()
    except OSError as error:
        remedy = "Open the firewall for outgoing connections to it, or check host, port and proxy."
        why = "no answer" if isinstance(error, TimeoutError) else error.strerror or type(error).__name__
        raise IntegrationFault(f"{host}:{port} is not reached: {why}", Reason(_LOGIN, "TCP", remedy)) from None


def agree(connection: ExchangeConnection) -> Agreed:
    """Shake hands as the connection says and ask for the page, without a log-in. Raises IntegrationFault."""
    try:
        with _tls(connection, ssl_context(connection)) as wrapped:
            cipher = wrapped.cipher()
            certificate = _certificate(wrapped)
            version = wrapped.version() or "?"
            status, offers, when = _anonymous(wrapped, connection)
    except ssl.SSLError as error:
        raise _disagreed(connection, error, _offered(connection)) from None
    except OSError as error:
        # Windows answers a handshake that it does not like by a reset: the same as a network that is away, but for
        # what it does to others
        offer = _offered(connection) if isinstance(error, ConnectionError) else None
        raise (_disagreed(connection, error, offer) if offer else _cut(connection, error)) from None
    return Agreed(version, cipher[0] if cipher else "?", certificate, status, offers, when)


def disagreement(connection: ExchangeConnection) -> IntegrationFault | None:
    """After a handshake that failed: the fault, where the server agrees with others and again not with us.

    None where it hangs up on everybody, or takes us now: then it was an outage (decision 0040). Costs two connections.
    """
    if _offered(connection, ask=connection.client_certificate is not None) is None:
        return None
    try:
        agree(connection)
    except IntegrationFault as fault:
        return fault
    return None


@contextmanager
def _tls(connection: ExchangeConnection, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    parts = urlsplit(connection.server_url)
    with (
        closing(_tunnel(connection, parts.hostname or "", parts.port or 443)) as raw,
        context.wrap_socket(raw, server_hostname=parts.hostname) as wrapped,
    ):
        yield wrapped


def _tunnel(connection: ExchangeConnection, host: str, port: int) -> socket.socket:
    seconds = _seconds(connection)
    if connection.proxy is None:
        return connect(host, port, seconds)
    proxy = urlsplit(connection.proxy)
    at = target(connection)
    kind = http.client.HTTPSConnection if proxy.scheme == "https" else http.client.HTTPConnection
    through = kind(*at, timeout=seconds)
    through._create_connection = lambda to, timeout, *_: connect(to[0], to[1], timeout)  # type: ignore[attr-defined]
    headers = {}
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(login).decode()
    through.set_tunnel(host, port, headers)
    through.connect()
    assert through.sock is not None
    return through.sock


def _anonymous(wrapped: ssl.SSLSocket, connection: ExchangeConnection) -> tuple[int, tuple[str, ...], datetime | None]:
    parts = urlsplit(connection.server_url)
    lines = [f"GET {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", "User-Agent: ExchangeSync"]
    wrapped.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii", "replace"))
    answer = http.client.HTTPResponse(wrapped)
    try:
        answer.begin()
        offers = tuple(dict.fromkeys(one.split()[0] for one in answer.headers.get_all("WWW-Authenticate", []) if one))
        return answer.status, offers, http_date(answer.headers.get("Date"))
    except http.client.HTTPException as error:
        if isinstance(error, ConnectionError) and connection.client_certificate:
            raise  # TLS 1.3 tells that a client certificate is not taken after the handshake alone
        return 0, (), None
    finally:
        answer.close()


def _certificate(wrapped: ssl.SSLSocket) -> Certificate:
    found = x509.load_der_x509_certificate(wrapped.getpeercert(binary_form=True) or b"")
    try:
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [*named.get_values_for_type(x509.DNSName), *map(str, named.get_values_for_type(x509.IPAddress))]
    except (x509.ExtensionNotFound, ValueError):
        names = [found.subject.rfc4514_string()]
    return Certificate(tuple(names), found.issuer.rfc4514_string() or "?", found.not_valid_after_utc)


_Offer = tuple[str, str, Certificate]


def _disagreed(connection: ExchangeConnection, error: OSError, offer: _Offer | None) -> IntegrationFault:
    """Why there is no TLS, with what the server would give anybody."""
    host = urlsplit(connection.server_url).hostname
    if isinstance(error, ssl.SSLCertVerificationError):
        shown = f"; offered: {offer[2]}" if offer else ""
        trust = "the CA bundle's authorities" if connection.ca_bundle else "the system's authorities"
        remedy = "Have the certificate renewed or issued for that name, or give its authority as CA bundle."
        return IntegrationFault(
            f"the certificate is not valid here: {error.verify_message}{shown}; wanted: for {host}, issued by {trust}",
            Reason(_LOGIN, "TLS certificate", remedy),
        )
    wanted = f"TLS {connection.min_tls} or later, ciphers {connection.ciphers or 'of the system'}"
    wanted += ", with a client certificate" if connection.client_certificate else ""
    given = "nothing that this machine can speak" if offer is None else f"{offer[0]} with {offer[1]}"
    word = getattr(error, "reason", None) or ("handshake" if isinstance(error, ssl.SSLError) else "EOF")
    remedy = "Compare the lowest TLS version, the ciphers and the client certificate with what the server asks for."
    return IntegrationFault(f"no TLS can be agreed: offered: {given}; wanted: {wanted}",
                            Reason(_LOGIN, f"TLS {word}", remedy))  # fmt: skip


def _offered(connection: ExchangeConnection, *, ask: bool = False) -> _Offer | None:
    """Version, cipher and certificate that the server gives whoever takes anything and shows no certificate.

    Nothing is sent inside. ask: but for one question without a log-in, since TLS 1.3 lets in first and refuses then.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # only looked at, then hung up
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    try:
        with _tls(connection, context) as wrapped:
            cipher = wrapped.cipher()
            offer = wrapped.version() or "?", cipher[0] if cipher else "?", _certificate(wrapped)
            if ask:
                _anonymous(wrapped, connection)
            return offer
    except (OSError, ValueError):
        return None


def _cut(connection: ExchangeConnection, error: OSError) -> IntegrationFault:
    via = "the proxy" if connection.proxy else "the server"
    remedy = "Check that this host and port speak TLS, and the proxy with its login."
    return IntegrationFault(f"{via} ended the connection: {error.strerror or type(error).__name__}",
                            Reason(_LOGIN, "TLS EOF", remedy))  # fmt: skip


def _seconds(connection: ExchangeConnection) -> float:
    return min(connection.timeout, STEP_SECONDS)
