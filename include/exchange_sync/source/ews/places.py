"""At which address each mailbox is spoken to: the one that was named, or what autodiscover tells (decision 0038)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.allowlist import ReadOnlyGuard
from exchange_sync.source.ews.autodiscover import discover
from exchange_sync.source.ews.protocol import ConnectionProtocol
from exchange_sync.source.tls import ssl_context

_MOVED_KINDS = ("mailbox_removed",)
_MOVED_CODES = ("ErrorNonExistentMailbox",)


class Places:
    """The addresses of one connection, each with its own sessions. What is found is kept as long as this object."""

    def __init__(self, connection: ExchangeConnection, guard: ReadOnlyGuard, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._guard = guard
        self._clock = clock
        self._context = ssl_context(connection)
        self._protocols: dict[str, ConnectionProtocol] = {}
        self._found: dict[str, str] = {}
        self._latest = connection.server_url
        if connection.server_url:
            self._open(connection.server_url)

    def of(self, mailbox: str) -> ConnectionProtocol:
        """The sessions for a mailbox. Raises what discover() raises."""
        if not self._latest:
            self._look(mailbox)
        return self._open(self._found.get(mailbox, self._latest))

    def moved(self, mailbox: str, code: str, kind: str = "") -> bool:
        """The server does not know the mailbox: is there another address for it now? Asked once a mailbox."""
        missing = code in _MOVED_CODES or kind in _MOVED_KINDS
        if not missing or self._connection.server_url or mailbox in self._found:
            return False
        before = self._latest
        self._look(mailbox)
        return self._found[mailbox] != before

    def close(self) -> None:
        """Closes all sessions. Harmless when called twice."""
        for protocol in self._protocols.values():
            protocol.close()

    def _look(self, mailbox: str) -> None:
        first = not self._latest
        url = discover(self._connection, mailbox, self._clock)
        self._latest = url
        if not first:
            self._found[mailbox] = url

    def _open(self, url: str) -> ConnectionProtocol:
        if url not in self._protocols:
            there = replace(self._connection, server_url=url)
            self._protocols[url] = ConnectionProtocol(there, self._context, self._guard, self._clock)
        return self._protocols[url]
