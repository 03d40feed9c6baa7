"""Failures below HTTP: names, connections, TLS. Which of them a person must mend, and which pass by themselves."""

from __future__ import annotations

import socket
import ssl

import requests.exceptions
import urllib3.exceptions

from exchange_sync.errors import ExchangeSyncError, IntegrationFault, Reason, Retriable

_LOGIN = "invalid_exchange_credentials"
AWAY_SECONDS = 60.0
_PROXY = "Check the proxy of the connection: its address, its login, and that it lets Exchange's address through."
_DNS = "Check the host name in the server URL, and the name servers of this machine."
_CERTIFICATE = (
    "Give the certificate authority of the server as CA bundle, or have the server's certificate renewed or issued "
    "for the name in the server URL."
)
_HANDSHAKE = "Compare the lowest TLS version and the cipher list of the connection with what the server offers."


def network_error(error: BaseException, mailbox: str) -> ExchangeSyncError | None:
    """The error of one link in a chain of exceptions; None when the link says nothing about the network."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"the server's certificate is not valid here ({error.verify_message})"
        return IntegrationFault(f"{mailbox}: {what}", Reason(_LOGIN, "TLS certificate", _CERTIFICATE))
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Retriable(f"{mailbox}: the server hung up", AWAY_SECONDS, whole_server=True, code="TLS EOF")
    if isinstance(error, ssl.SSLError):
        code = f"TLS {getattr(error, 'reason', None) or 'handshake'}"
        return IntegrationFault(f"{mailbox}: no TLS connection can be agreed", Reason(_LOGIN, code, _HANDSHAKE))
    if isinstance(error, socket.gaierror | urllib3.exceptions.NameResolutionError):
        return IntegrationFault(f"{mailbox}: the server's name is not known", Reason(_LOGIN, "DNS", _DNS))
    if isinstance(error, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError):
        return IntegrationFault(f"{mailbox}: the proxy does not serve", Reason(_LOGIN, "Proxy", _PROXY))
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return IntegrationFault(f"{mailbox}: TLS failed", Reason(_LOGIN, "TLS", _HANDSHAKE))
    if isinstance(error, requests.exceptions.Timeout | TimeoutError | urllib3.exceptions.TimeoutError):
        return Retriable(f"{mailbox}: the server did not answer in time", AWAY_SECONDS, code="Timeout")
    if isinstance(error, urllib3.exceptions.LocationValueError | requests.exceptions.InvalidURL):
        return None  # a wrong URL: errors.py knows it by name
    if isinstance(error, _CUT):
        return Retriable(f"{mailbox}: the answer was cut off", 15.0, code="TruncatedAnswer")
    if isinstance(error, requests.exceptions.ConnectionError | ConnectionError | urllib3.exceptions.HTTPError):
        return Retriable(f"{mailbox}: no connection", AWAY_SECONDS, whole_server=True, code=type(error).__name__)
    return None


_CUT = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    urllib3.exceptions.IncompleteRead,
    urllib3.exceptions.DecodeError,
)
