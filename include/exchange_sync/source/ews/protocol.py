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
from requests.auth import HTTPBasicAuth

from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.adapter import EwsAdapter
from exchange_sync.source.ews.allowlist import ReadOnlyGuard
from exchange_sync.source.ews.refusal import refusal_of
from exchange_sync.source.ews.xml import begins_like_soap


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
                credentials=exchangelib.Credentials(connection.username, connection.password),
                auth_type=exchangelib.transport.BASIC,
                retry_policy=AnswerPolicy(clock),
                max_connections=connection.max_connections,
            )
        )
        self.TIMEOUT = connection.timeout
        self._proxy = connection.proxy
        self._make_adapter: Callable[[], EwsAdapter] = lambda: EwsAdapter(
            context, guard, size=self.CONNECTIONS_PER_SESSION
        )

    def raw_session(self, prefix: str, **unused: Any) -> requests.Session:  # noqa: ARG002 (exchangelib's signature)
        """A session that speaks through our adapter only, whatever the environment says of proxies and authorities."""
        session = requests.Session()
        session.trust_env = False
        session.headers.update(exchangelib.transport.DEFAULT_HEADERS)
        session.headers["User-Agent"] = "ExchangeSync"
        session.adapters = {}  # nothing leaves by another way, http:// least of all
        session.mount(prefix, self._make_adapter())
        if self._proxy:
            session.proxies = {"https": self._proxy}
        return session

    def create_session(self) -> requests.Session:
        """As exchangelib makes it, but with the password as UTF-8: requests would send Latin-1 or fail."""
        session: requests.Session = super().create_session()
        if self.auth_type == exchangelib.transport.BASIC:
            given = self.credentials
            session.auth = HTTPBasicAuth(given.username.encode(), given.password.encode())
        return session
