"""Free TCP ports: a busy one is passed over, a chosen one is remembered so that addresses stay the same.

From its choice until somebody listens there a port is held, so that two stacks that start at the same time do not share
it. A hold is a Unix socket of a name that the port tells: the system gives a name once, and takes it back when the
process ends. On Linux the name lies where the ports do, in the network's name space; elsewhere it is a file's.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SPAN = 200  # how many ports after the preferred one are tried before the system is asked for any


def is_free(port: int) -> bool:
    """True when ``port`` can be bound on every IPv4 address, and on every IPv6 address where there is IPv6.

    All addresses, since a program that listens on all of them answers on ours too.
    """
    return _binds(socket.AF_INET, "", port) and (not socket.has_ipv6 or _binds(socket.AF_INET6, "::", port))


@dataclass
class Hold:
    """Ports that are promised to this process."""

    _names: dict[int, socket.socket] = field(default_factory=dict)

    def take(self, port: int) -> bool:
        """Whether this very port is free, held by nobody, and held by us from now on."""
        if port in self._names:
            return False
        name = _claim(port)
        if name is None:
            return False
        if not is_free(port):
            name.close()
            return False
        self._names[port] = name
        return True

    def pick(self, preferred: int | None = None, taken: Collection[int] = ()) -> int:
        """The first free port from ``preferred`` on that is not in ``taken``; without a preference, any free port."""
        if preferred is not None:
            for port in range(preferred, min(preferred + SPAN, 65536)):
                if port not in taken and self.take(port):
                    return port
        for _ in range(SPAN):
            port = _any()
            if port not in taken and self.take(port):
                return port
        raise OSError(
            f"no free TCP port found in {SPAN} attempts; stop some of the programs that listen on this machine"
        )

    def release(self) -> None:
        """To be called once somebody listens there, or nobody will."""
        for name in self._names.values():
            name.close()
        self._names.clear()


@contextlib.contextmanager
def held() -> Iterator[Hold]:
    """A hold for as long as the block lasts."""
    hold = Hold()
    try:
        yield hold
    finally:
        hold.release()


def pick(preferred: int | None = None, taken: Collection[int] = ()) -> int:
    """A free port that nobody holds, and that is not held either: for whoever listens there at once."""
    with held() as hold:
        return hold.pick(preferred, taken)


def _claim(port: int) -> socket.socket | None:
    """The port's name, or None where another process, or another hold of this one, has it."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if sys.platform == "linux":
            name.bind(f"\0exchange-sync-port-{port}")
            return name
        path = Path(tempfile.gettempdir()) / f"exchange-sync-port-{port}-{os.getuid()}"
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(path))
            name.close()
            return None  # somebody listens: it is held
        path.unlink(missing_ok=True)
        name.bind(str(path))
        name.listen()
    except OSError:
        name.close()
        return None
    return name


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
