"""At which address each mailbox is spoken to: the one that was named, or what autodiscover tells (decision 0038)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from exchange_sync.errors import ExchangeSyncError, IntegrationFault
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.allowlist import ReadOnlyGuard
from exchange_sync.source.ews.autodiscover import discover, require_allowed
from exchange_sync.source.ews.protocol import ConnectionProtocol
from exchange_sync.source.found import FoundServers
from exchange_sync.source.tls import ssl_context

_MOVED_KINDS = ("mailbox_removed",)
_MOVED_CODES = ("ErrorNonExistentMailbox",)
_LOGIN_REFUSED = ("HTTP 401", "HTTP 403", "HTTP 407")  # the server is the right one


class Places:
    """The addresses of one connection, each with its own sessions. What autodiscover found is kept as long as this
    object, and in known for those that come after it."""

    def __init__(
        self,
        connection: ExchangeConnection,
        guard: ReadOnlyGuard,
        clock: Callable[[], datetime],
        known: FoundServers | None = None,
    ) -> None:
        self._connection = connection
        self._guard = guard
        self._clock = clock
        self._context = ssl_context(connection)
        self._protocols: dict[str, ConnectionProtocol] = {}
        self._found: dict[str, str] = {}
        self._asked: set[str] = set()
        self._known = known
        self._latest = connection.server_url
        if connection.server_url:
            self._open(connection.server_url)

    def of(self, mailbox: str) -> ConnectionProtocol:
        """The sessions for a mailbox. Raises what discover() raises."""
        if not self._connection.server_url:
            self._latest = self._latest or self._remembered("") or self._look(mailbox)
            if mailbox not in self._found and (own := self._remembered(mailbox)):
                self._found[mailbox] = own
        return self._open(self._found.get(mailbox, self._latest))

    def moved(self, mailbox: str, code: str, kind: str = "") -> bool:
        """The server does not know the mailbox: is there another address for it now? Asked once a mailbox."""
        missing = code in _MOVED_CODES or kind in _MOVED_KINDS
        if not missing or self._connection.server_url or mailbox in self._asked:
            return False
        self._asked.add(mailbox)
        before = self._found.get(mailbox, self._latest)
        self._found[mailbox] = self._look(mailbox, mailbox)
        return self._found[mailbox] != before

    def doubt(self, error: ExchangeSyncError) -> None:
        """What went wrong may be that the remembered server is no longer the right one: the next run asks again."""
        wrong = isinstance(error, IntegrationFault) and error.reason.code not in _LOGIN_REFUSED
        if wrong and self._known is not None and not self._connection.server_url:
            self._known.drop(self._connection)

    def close(self) -> None:
        """Closes all sessions. Harmless when called twice."""
        for protocol in self._protocols.values():
            protocol.close()

    def _look(self, mailbox: str, owner: str = "") -> str:
        """Ask autodiscover, and remember the answer as the connection's own, or as one mailbox's."""
        url = discover(self._connection, mailbox, self._clock)
        if self._known is not None:
            self._known.put(self._connection, url, owner)
        return url

    def _remembered(self, owner: str) -> str | None:
        url = self._known.get(self._connection, owner) if self._known is not None else None
        if url is None:
            return None
        try:
            require_allowed(self._connection, url)  # a file may have been written by anybody
        except IntegrationFault:
            return None
        return url

    def _open(self, url: str) -> ConnectionProtocol:
        if url not in self._protocols:
            there = replace(self._connection, server_url=url)
            self._protocols[url] = ConnectionProtocol(there, self._context, self._guard, self._clock)
        return self._protocols[url]
