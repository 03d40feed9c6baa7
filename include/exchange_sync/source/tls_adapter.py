"""requests over the TLS context of one connection, and nothing else."""

from __future__ import annotations

import logging
import ssl
from typing import Any

import requests
import requests.adapters

from exchange_sync.source.connecting import POOLS

log = logging.getLogger(__name__)


class TlsAdapter(requests.adapters.HTTPAdapter):
    """Speaks HTTPS by one context, with a proxy or without, whatever the environment or a caller says of trust."""

    def __init__(self, context: ssl.SSLContext, *, size: int) -> None:
        self._context = context
        super().__init__(pool_connections=size, pool_maxsize=size, max_retries=0, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections to the server use our context."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """So do connections through a proxy."""
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def build_connection_pool_key_attributes(self, request: requests.PreparedRequest, *_verify: Any) -> Any:
        """The context alone decides about certificates: whoever asks for verify=False is not heard."""
        host, _ = super().build_connection_pool_key_attributes(request, True)
        return host, {"ssl_context": self._context}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002 (requests' signature)
        """requests would add certifi's authorities to our context here."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = None
        conn.ca_cert_dir = None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends a request."""
        response = super().send(request, *args, **kwargs)
        if response.status_code == 401:
            _note_certificate(response)
        return response


def _note_certificate(response: requests.Response) -> None:
    """NTLM binds itself to the server's certificate, and once the answer is read its socket is out of reach."""
    socket = getattr(getattr(response.raw, "connection", None), "sock", None)
    shown = socket.getpeercert(binary_form=True) if isinstance(socket, ssl.SSLSocket) else None
    response.server_certificate = shown  # type: ignore[attr-defined]


def https_session(adapter: TlsAdapter, prefix: str, proxy: str | None) -> requests.Session:
    """A session that reaches addresses below prefix by this adapter, and nothing by any other way."""
    session = requests.Session()
    session.trust_env = False  # whatever the environment says of proxies, authorities and logins
    session.adapters = {}  # nothing leaves by another way, http:// least of all
    session.mount(prefix, adapter)
    if proxy:
        if proxy.startswith("http://") and "@" in proxy:
            log.warning("the proxy's log-in is sent to it unencrypted: use an https:// proxy, or one without log-in")
        session.proxies = {"https": proxy}
    return session
