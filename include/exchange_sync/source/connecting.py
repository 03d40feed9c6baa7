"""Every connection goes through here: where it leads is judged by the address, at the moment of connecting.

A name may lead elsewhere between a look and a connection; so a socket is opened to the very address that was judged.
"""

from __future__ import annotations

import socket
from typing import Any

import urllib3.connection
import urllib3.connectionpool
import urllib3.util.connection

from exchange_sync.errors import IntegrationFault, Reason
from exchange_sync.source.addresses import forbidden_address, forbidden_host

REASON = "invalid_exchange_credentials"
_REMEDY = (
    "Name the host of Exchange itself, or mend the name's entry. If it is meant, allow its network by the setting "
    "EXCHANGE_SYNC_ALLOWED_NETWORKS."
)


def addresses_of(host: str, port: int) -> list[tuple[Any, ...]]:
    """getaddrinfo's entries. Raises OSError, and IntegrationFault where one of them may not be connected to."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a label of more than 63 letters
        raise socket.gaierror(socket.EAI_NONAME, "the name is not valid") from None
    refused = [str(entry[4][0]) for entry in found if forbidden_address(str(entry[4][0]))]
    if refused or forbidden_host(host):
        raise IntegrationFault(
            f"{host} leads to {refused[0] if refused else host}, a link-local, loopback or metadata address",
            Reason(REASON, "DNS", _REMEDY),
        )
    return found


def connect(host: str, port: int, timeout: float | None, options: Any = None) -> socket.socket:
    """A TCP connection. Raises OSError, and IntegrationFault as above. options: urllib3's socket options."""
    failed: OSError = OSError("getaddrinfo returns an empty list")
    for family, kind, protocol, _, address in addresses_of(host, port):
        made = socket.socket(family, kind, protocol)
        try:
            for option in options or ():
                made.setsockopt(*option)
            made.settimeout(timeout)
            made.connect(address)
        except OSError as error:
            made.close()
            failed = error
        else:
            return made
    raise failed


class _Judged:
    """A urllib3 connection that is opened by ``connect``."""

    def _new_conn(self) -> socket.socket:
        this: Any = self
        try:
            return connect(this._dns_host, this.port, this.timeout, this.socket_options)
        except socket.gaierror as error:
            raise urllib3.exceptions.NameResolutionError(this.host, this, error) from error
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(this, f"no connection to {this.host} in time") from error
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(this, f"no connection: {error}") from error


class _Http(_Judged, urllib3.connection.HTTPConnection):
    """To a proxy."""


class _Https(_Judged, urllib3.connection.HTTPSConnection):
    """To a server or a proxy."""


class _HttpPool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = _Https


POOLS = {"http": _HttpPool, "https": _HttpsPool}
