"""uvicorn's HTTP protocol, with the connection within reach of the application."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class ConnectionProtocol(H11Protocol):
    """Adds to every request's scope a dict ``connection`` that lives as long as the TCP connection.

    It holds the transport, which scripted faults cut, and whatever a log-in of several steps must remember.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.connection: dict[str, Any] = {}
        inner: ASGIApp = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["connection"] = self.connection
            await inner(scope, receive, send)

        self.app = app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the transport."""
        self.connection["transport"] = transport
        super().connection_made(transport)

    def shutdown(self) -> None:
        """Let a request in work finish; cut idle connections at once, as a TLS farewell may never be answered."""
        idle = self.cycle is None or self.cycle.response_complete
        super().shutdown()
        if idle:
            self.transport.abort()
