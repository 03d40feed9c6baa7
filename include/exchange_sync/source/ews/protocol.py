"""exchangelib's protocol object, one to a connection: sessions, log-in and TLS that nothing else shares.

exchangelib keeps ``Protocol`` objects in a cache by endpoint and credentials, so that a second connection silently
gets the first one's settings, and takes its HTTP adapter from a class. ``BaseProtocol`` has neither cache nor that
need: here the adapter belongs to the object (reference 3.2 and 3.4).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any

import exchangelib
import exchangelib.protocol
import exchangelib.transport
import requests

from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.adapter import EwsAdapter
from exchange_sync.source.ews.allowlist import ReadOnlyGuard
from exchange_sync.source.ews.login import login_of
from exchange_sync.source.ews.refusal import refusal_of
from exchange_sync.source.ews.xml import begins_like_soap
from exchange_sync.source.tls_adapter import https_session


class AnswerPolicy(exchangelib.FailFast):  # type: ignore[misc] # exchangelib has no types
    """No retry and no sleep (design decision 10); an answer that is no SOAP is raised with its status, unread."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock

    def raise_response_errors(self, response: requests.Response) -> None:
        """Raises HttpRefusal; a fault of SOAP comes as HTTP 500 and passes."""
        if response.status_code == 200:
            return
        body = response.content
        if response.status_code == 500 and begins_like_soap(body) and "X-CasErrorCode" not in response.headers:
            return
        raise refusal_of(response.status_code, response.headers, body, self._clock)


class ConnectionProtocol(exchangelib.protocol.BaseProtocol):  # type: ignore[misc]
    """The sessions of one connection. Not cached anywhere; close() ends it."""

    def __init__(
        self,
        connection: ExchangeConnection,
        context: ssl.SSLContext,
        guard: ReadOnlyGuard,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(
            exchangelib.Configuration(
                service_endpoint=connection.server_url,
                auth_type=exchangelib.transport.NOAUTH,  # login_of() logs in: see create_session()
                retry_policy=AnswerPolicy(clock),
                max_connections=connection.max_connections,
            )
        )
        self.TIMEOUT = connection.timeout
        self.connection = connection
        self._make_login = login_of(connection, clock)
        self._make_adapter: Callable[[], EwsAdapter] = lambda: EwsAdapter(
            context, guard, size=self.CONNECTIONS_PER_SESSION
        )

    def raw_session(self, prefix: str, **unused: Any) -> requests.Session:  # noqa: ARG002 (exchangelib's signature)
        """A session that speaks through our adapter only, whatever the environment says of proxies and authorities."""
        session = https_session(self._make_adapter(), prefix, self.connection.proxy)
        session.headers.update(exchangelib.transport.DEFAULT_HEADERS)
        session.headers["User-Agent"] = "ExchangeSync"
        return session

    def create_session(self) -> requests.Session:
        """As exchangelib makes it, but with our own log-in."""
        session: requests.Session = super().create_session()
        session.auth = self._make_login()
        return session
