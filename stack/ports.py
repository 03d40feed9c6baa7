"""Free TCP ports: a busy one is passed over, a chosen one is remembered so that addresses stay the same."""

from __future__ import annotations

import socket
from collections.abc import Collection

SPAN = 200  # how many ports after the preferred one are tried before the system is asked for any


def is_free(port: int) -> bool:
    """True when ``port`` can be bound on every IPv4 address, and on every IPv6 address where there is IPv6.

    All addresses, since Airflow's log servers listen on all of them.
    """
    return _binds(socket.AF_INET, "", port) and (not socket.has_ipv6 or _binds(socket.AF_INET6, "::", port))


def pick(preferred: int | None = None, taken: Collection[int] = ()) -> int:
    """The first free port from ``preferred`` on that is not in ``taken``; without a preference, any free port."""
    if preferred is not None:
        for port in range(preferred, min(preferred + SPAN, 65536)):
            if port not in taken and is_free(port):
                return port
    for _ in range(SPAN):
        port = _any()
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free TCP port found in {SPAN} attempts; stop some of the programs that listen on this machine")


def _any() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _binds(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # A listener that has just gone leaves connections in TIME_WAIT; servers reuse such a port, so do we.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
    except OSError as error:
        return family == socket.AF_INET6 and error.errno in _NO_IPV6
    return True


_NO_IPV6 = (97, 99)  # EAFNOSUPPORT, EADDRNOTAVAIL: built with IPv6, but none on this machine
