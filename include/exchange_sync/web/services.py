"""What a request is served with. Made once for an application; nothing of it is global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from starlette.requests import HTTPConnection

from exchange_sync.source.api import MailSource
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.pool import Pool
from exchange_sync.web.limits import RateLimit
from exchange_sync.web.ports import Connections, Identities

Clock = Callable[[], datetime]


def now_utc() -> datetime:
    """The clock of real servers."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """The pool and blobs to read and write, the two ports, the rate limit, the clock.

    open_source: makes the mail source by which credentials are tried.
    """

    pool: Pool
    blobs: Blobs
    identities: Identities
    connections: Connections
    rate: RateLimit
    open_source: Callable[[ExchangeConnection], MailSource]
    clock: Clock = now_utc


def services_of(request: HTTPConnection) -> Services:
    """The services of the application that a request reached."""
    return cast(Services, request.app.state.services)
