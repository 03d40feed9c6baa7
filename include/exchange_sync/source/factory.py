"""Opens the mail source that a connection asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput
from exchange_sync.source.api import MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.found import FoundServers


def located(
    connection: ExchangeConnection, mailbox: str, *, clock: Callable[[], datetime] = now_utc
) -> ExchangeConnection:
    """The connection with its server URL: as named, or as autodiscover tells for a mailbox.

    Raises as source.ews.autodiscover.discover does.
    """
    if connection.server_url:
        return connection
    from exchange_sync.source.ews.autodiscover import discover

    return replace(connection, server_url=discover(connection, mailbox, clock))


def open_source(
    connection: ExchangeConnection, *, clock: Callable[[], datetime] = now_utc, known: FoundServers | None = None
) -> MailSource:
    """The source for a connection; nothing is sent yet. Close it when done. Raises BadInput.

    clock is read where a server names a moment to come back at (an HTTP date in Retry-After). known: where
    autodiscover's findings are remembered from run to run; None asks anew.
    """
    if connection.protocol == "ews":
        from exchange_sync.source.ews.source import EwsSource  # exchangelib takes 0.4 s: import only when needed

        return EwsSource(connection, clock=clock, known=known)
    raise BadInput(f"protocol {connection.protocol}: not there yet; use protocol ews")
