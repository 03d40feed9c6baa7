"""OAuth 2.0 client credentials: tokens asked for with a secret (RFC 6749, 4.4) or a signed assertion (RFC 7523).

Why not msal: decision 0036.
"""

from __future__ import annotations

import base64
import binascii
import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import jwt
import requests

from exchange_sync.errors import BadInput, ExchangeSyncError, IntegrationFault, Reason, Retriable
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.network import network_error
from exchange_sync.source.tls import ssl_context
from exchange_sync.source.tls_adapter import TlsAdapter, https_session

_MARGIN = timedelta(minutes=2)  # a token is renewed that long before it ends
_ASSERTION_LIFE = timedelta(minutes=10)
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LOGIN = "invalid_exchange_credentials"
_PASSING = ("temporarily_unavailable", "server_error")


@dataclass
class Token:
    """A bearer's token. accepted: a server has taken it once."""

    text: str
    renew_at: datetime
    accepted: bool = False


class TokenSource:
    """The tokens of one connection: one at a time, renewed before it ends. Nothing is kept outside this object."""

    def __init__(self, connection: ExchangeConnection, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._clock = clock
        self._token: Token | None = None

    def token(self) -> Token:
        """The token that holds now. Raises IntegrationFault for refused credentials, Retriable, BadInput."""
        if self._token is None or self._clock() >= self._token.renew_at:
            self._token = self._ask()
        return self._token

    def forget(self) -> None:
        """The server no longer takes the token: the next call asks for a new one."""
        self._token = None

    def _ask(self) -> Token:
        url = self._connection.token_url
        with https_session(TlsAdapter(_context(self._connection), size=1), url, self._connection.proxy) as session:
            try:
                answer = session.post(
                    url, data=self._form(), timeout=self._connection.timeout, allow_redirects=False
                )  # fmt: skip
            except requests.RequestException as error:
                raise _unreached(error) from None
        try:
            told = answer.json()
        except ValueError:
            told = {}
        if answer.status_code != 200 or not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise _refused(answer.status_code, told if isinstance(told, dict) else {})
        life = timedelta(seconds=float(told.get("expires_in", 3600)))
        return Token(told["access_token"], self._clock() + life - min(_MARGIN, life / 10))

    def _form(self) -> dict[str, str]:
        given = self._connection
        form = {"grant_type": "client_credentials", "client_id": given.client_id or "", "scope": given.token_scope}
        if given.authentication == "oauth_secret":
            return {**form, "client_secret": given.password}
        return {**form, "client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion(given, self._clock())}


def assertion(connection: ExchangeConnection, now: datetime) -> str:
    """The client's signed statement of who it is. thumbprint: SHA-1 or SHA-256 of the certificate, in hex."""
    claims = {
        "aud": connection.token_url,
        "iss": connection.client_id,
        "sub": connection.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": int(now.timestamp()),
        "exp": int((now + _ASSERTION_LIFE).timestamp()),
    }
    digest = _digest(connection.thumbprint or "")
    named = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    header = {"x5t" if len(digest) == 20 else "x5t#S256": named}
    try:
        return jwt.encode(claims, connection.private_key or "", algorithm="RS256", headers=header)
    except (ValueError, TypeError, jwt.PyJWTError):
        raise BadInput(
            "private_key: cannot be used to sign; give the unencrypted RSA key in PEM (-----BEGIN PRIVATE KEY-----)"
        ) from None


def _digest(thumbprint: str) -> bytes:
    try:
        found = binascii.unhexlify(thumbprint.replace(":", "").replace(" ", ""))
    except ValueError:
        found = b""
    if len(found) not in (20, 32):
        raise BadInput("thumbprint: expected 40 (SHA-1) or 64 (SHA-256) hex digits, as the certificate's page shows it")
    return found


def _context(connection: ExchangeConnection) -> ssl.SSLContext:
    """Microsoft's authority has a public certificate; an authority that was named is trusted as the server is.

    The client certificate is for Exchange, and an opt-down is for its age: neither goes to the authority.
    """
    bundle = connection.ca_bundle if connection.authority else None
    lowest = connection.min_tls if connection.min_tls == "1.3" else "1.2"
    return ssl_context(replace(connection, ca_bundle=bundle, client_certificate=None, min_tls=lowest, ciphers=None))


def _unreached(error: requests.RequestException) -> ExchangeSyncError:
    here: BaseException | None = error
    found: list[ExchangeSyncError] = []
    while here is not None:
        told = network_error(here, "token endpoint")
        found += [told] if told else []
        here = here.__cause__ or here.__context__ or next((a for a in here.args if isinstance(a, BaseException)), None)
    return found[-1] if found else Retriable("token endpoint: no connection", 60.0, code=type(error).__name__)


def _refused(status: int, told: dict[str, object]) -> ExchangeSyncError:
    word = str(told.get("error", ""))
    code = f"OAuth {word}" if word.isascii() and word.replace("_", "").isalnum() else f"token HTTP {status}"
    if status in (408, 429) or status >= 500 or word in _PASSING:
        return Retriable("the token endpoint is busy", 30.0, whole_server=True, code=code)
    remedy = (
        "Check tenant, client id, authority, scope and the client secret or certificate of the connection; renew the "
        "secret if it has expired or was revoked."
    )
    return IntegrationFault("the token endpoint refuses the application", Reason(_LOGIN, code, remedy))
