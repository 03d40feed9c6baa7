"""How each authentication proves itself to Exchange, as requests' own auth objects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from exchange_sync.errors import IntegrationFault, Reason
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews.kerberos import KerberosAuth
from exchange_sync.source.tokens import TokenSource

_LOGIN = "invalid_exchange_credentials"


def login_of(connection: ExchangeConnection, clock: Callable[[], datetime]) -> Callable[[], AuthBase | None]:
    """Makes the auth object of each new session; tokens are shared by the sessions of one connection."""
    if connection.authentication == "basic":
        # as bytes: requests would send Latin-1, or fail
        return lambda: HTTPBasicAuth(connection.username.encode(), connection.password.encode())
    if connection.authentication == "ntlm":
        return lambda: _ntlm(connection)
    if connection.authentication == "kerberos":
        return KerberosAuth
    if connection.authentication == "client_certificate":
        return lambda: None  # the TLS handshake has said it all
    tokens = TokenSource(connection, clock)
    return lambda: BearerAuth(tokens)


class BearerAuth(AuthBase):
    """OAuth's bearer token. One that the server took before and refuses now is renewed, once, and the request sent
    again; a new one that is refused costs no second attempt."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Puts the token on."""
        request.headers["Authorization"] = f"Bearer {self._tokens.token().text}"
        request.register_hook("response", self._answered)  # type: ignore[no-untyped-call]
        return request

    def _answered(self, response: requests.Response, **options: Any) -> requests.Response:
        token = self._tokens.token()
        if response.status_code != 401:
            token.accepted = True
            return response
        if not token.accepted:
            return response
        response.close()
        self._tokens.forget()
        again = response.request.copy()
        again.headers["Authorization"] = f"Bearer {self._tokens.token().text}"
        answered: requests.Response = response.connection.send(again, **options)
        self._tokens.token().accepted = answered.status_code != 401
        answered.history.append(response)
        return answered


def _ntlm(connection: ExchangeConnection) -> AuthBase:
    """NTLM, with channel binding: Exchange's Extended Protection wants it (reference 3.4)."""
    import spnego.exceptions
    from requests_ntlm import HttpNtlmAuth
    from requests_ntlm.requests_ntlm import _get_certificate_hash

    class Ntlm(HttpNtlmAuth):  # type: ignore[misc] # has no types
        """Failures of the exchange by name; the binding to the certificate that the adapter noted."""

        def _get_server_cert(self, response: requests.Response) -> bytes | None:
            shown = getattr(response, "server_certificate", None)
            found: bytes | None = _get_certificate_hash(shown) if shown else None
            return found

        def retry_using_http_NTLM_auth(self, *args: Any) -> requests.Response:
            try:
                answered: requests.Response = super().retry_using_http_NTLM_auth(*args)
            except (PermissionError, KeyError, spnego.exceptions.SpnegoError):
                raise IntegrationFault(
                    "the server does not complete the NTLM log-in",
                    Reason(_LOGIN, "NTLM", "Check that NTLM is on for EWS and that no gateway stands in between."),
                ) from None
            return answered

    # an address is no DOMAIN\\name: without the empty domain, pyspnego would take the part after @ for one
    username = connection.username if "\\" in connection.username or "@" not in connection.username else (
        "\\" + connection.username
    )  # fmt: skip
    return Ntlm(username, connection.password)
