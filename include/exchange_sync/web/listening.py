"""How long a connection may keep the server waiting: half-sent requests are dropped, and never keep others out.

uvicorn bounds how long a connection is idle between requests, and nothing else. Its protocol class is extended by
what it lacks: seconds for a request's head, a least pace for its body, and so many connections that still wait for a
head, of one address and of all. Where there are more, the oldest of them goes, not the newest: whoever sends a whole
request is answered at any moment.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from exchange_sync.web.http import JsonErrors

_LATE = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 77\r\n\r\n"
    b'{"status":"error","message":"the request did not come in time: send it anew"}'
)


@dataclass(frozen=True)
class Patience:
    """head_seconds: for a request's line and headers. idle_seconds: without a byte of a body. least_pace: bytes a
    second of a body, after idle_seconds. waiting, waiting_of_one: connections without a whole head, of all and of one
    address.
    """

    head_seconds: float = 15.0
    idle_seconds: float = 20.0
    least_pace: int = 512
    waiting: int = 1_000
    waiting_of_one: int = 200


@dataclass
class _Door:
    """Of one server the connections that wait for a head, oldest first, by address; and those with a body coming."""

    patience: Patience
    clock: Callable[[], float] = time.monotonic
    heads: dict[str, OrderedDict[Any, float]] = field(default_factory=dict)
    order: OrderedDict[Any, float] = field(default_factory=OrderedDict)
    bodies: set[Any] = field(default_factory=set)
    sweeping: asyncio.TimerHandle | None = None

    def waits(self, connection: Any) -> None:
        """A connection begins to wait for a head."""
        now = self.clock()
        own = self.heads.setdefault(connection.address, OrderedDict())
        own[connection] = self.order[connection] = now
        if len(own) > self.patience.waiting_of_one:
            next(iter(own)).drop()
        if len(self.order) > self.patience.waiting:
            next(iter(self.order)).drop()
        if self.sweeping is None:
            self.sweeping = connection.loop.call_later(1.0, self._sweep, connection.loop)

    def begun(self, connection: Any) -> None:
        """Its head has come, or it has gone."""
        self.order.pop(connection, None)
        own = self.heads.get(connection.address)
        if own is not None:
            own.pop(connection, None)
            if not own:
                del self.heads[connection.address]

    def gone(self, connection: Any) -> None:
        """It has gone."""
        self.begun(connection)
        self.bodies.discard(connection)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Once a second, while there is anybody to wait for."""
        now = self.clock()
        late = [one for one, since in self.order.items() if now - since > self.patience.head_seconds]
        for one in [*late, *(one for one in self.bodies if one.is_slow(now, self.patience))]:
            one.drop()
        waited_for = self.order or self.bodies
        self.sweeping = loop.call_later(1.0, self._sweep, loop) if waited_for else None


def protocol(patience: Patience) -> type[asyncio.Protocol]:
    """uvicorn's protocol with this patience, for ``uvicorn.Config(http=…)``."""
    door = _Door(patience)

    class Watched(JsonErrors, AutoHTTPProtocol):  # type: ignore[misc, valid-type]
        address = ""
        _request: object = None  # the cycle that is under way, or the last one
        _since = _last = 0.0
        _bytes = 0

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.address = str(self.client[0]) if self.client else ""
            door.waits(self)

        def data_received(self, data: bytes) -> None:
            if self in door.bodies or self in door.order:
                pass
            elif self.cycle is None or self.cycle.response_complete:
                door.waits(self)  # the next request of a connection that is kept alive
            super().data_received(data)
            now = door.clock()
            if self.cycle is not None and self.cycle is not self._request:
                self._request, self._since, self._bytes = self.cycle, now, 0
                door.begun(self)
            self._last, self._bytes = now, self._bytes + len(data)
            if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
                door.bodies.add(self)
            else:
                door.bodies.discard(self)

        def connection_lost(self, exc: Exception | None) -> None:
            door.gone(self)
            super().connection_lost(exc)

        def is_slow(self, now: float, patience: Patience) -> bool:
            """Whether its body lags; not while we are the ones who do not read."""
            if self.flow.read_paused or self.cycle.response_complete:
                self._last, self._since, self._bytes = now, now, 0
                return False
            spent = now - self._since
            return now - self._last > patience.idle_seconds or (
                spent > patience.idle_seconds and self._bytes < spent * patience.least_pace
            )

        def drop(self) -> None:
            """Say why, and close."""
            door.gone(self)
            if not self.transport.is_closing():
                if self.cycle is None or self.cycle.response_complete:
                    self.transport.write(_LATE)
                self.transport.close()

    return Watched
