"""OAuth 2.0 client credentials: a token endpoint, and the Bearer scheme that takes its tokens.

Every account is an application: its user name is the client id, its password the client secret. A public key may be
added with trust(), for signed assertions (RFC 7523).
"""

from __future__ import annotations

import hmac
import secrets
import threading
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from exchange_simulator.ews.auth import Verdict
from exchange_simulator.store.accounts import Account, Accounts
from exchange_simulator.store.database import Clock

TOKEN_PATH_END = "/token"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Refused(Exception):
    """The token endpoint gives none. error: OAuth's word. number: Microsoft's own."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.number = status, error, number


class Bearer:
    """Scheme: see ews.auth.

    seconds: how long a token lives. tenant: the only one there is; "" takes any. expired: applications whose secret has
    expired. They may be changed while the simulator runs.
    """

    name = "bearer"

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[Account, datetime]] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._assertions: set[str] = set()
        self._key = secrets.token_bytes(32)
        self.seconds = 3600
        self.tenant = ""
        self.expired: set[str] = set()
        self.issued = 0
        self.refused = 0

    def challenge(self) -> str:
        """See Scheme."""
        return 'Bearer error="invalid_token"'

    def kept(self, connection: dict[str, Any]) -> Account | None:  # noqa: ARG002
        """Tokens come with every request."""
        return None

    def check(self, credentials: str, connection: dict[str, Any]) -> Verdict:  # noqa: ARG002
        """See Scheme."""
        with self._lock:
            account, ends = self._tokens.get(credentials, (None, None))
        if account is None or ends is None:
            return Verdict("")
        return Verdict(account.username, account if self._clock() < ends else None)

    def trust(self, client_id: str, public_key: str, thumbprint: str) -> None:
        """Take assertions that this key (PEM) signed. thumbprint: base64url, as the assertion's header names it."""
        self._keys[client_id] = (public_key, thumbprint)

    def revoke(self) -> None:
        """Forget every token."""
        with self._lock:
            self._tokens.clear()

    def grant(self, body: bytes, url: str) -> tuple[int, Mapping[str, object]]:
        """What the token endpoint answers: status and JSON. url: of the endpoint, which assertions must name."""
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            account = self._application(form, url)
        except Refused as refused:
            return self._refuse(refused)
        ends = self._clock() + timedelta(seconds=self.seconds)
        claims = {
            "aud": form["scope"].removesuffix("/.default"), "appid": account.username, "exp": int(ends.timestamp()),
            "unique_name": account.address or account.username, "jti": secrets.token_urlsafe(16),
        }  # no roles: an application whose rights Exchange narrows has none in its token  # fmt: skip
        token = jwt.encode(claims, self._key, algorithm="HS256")
        with self._lock:
            self.issued += 1
            self._tokens[token] = (account, ends)
        answer = {"token_type": "Bearer", "expires_in": self.seconds, "ext_expires_in": self.seconds}
        return 200, {**answer, "access_token": token}

    def _application(self, form: Mapping[str, str], url: str) -> Account:
        """Who asks for a token. Raises Refused."""
        tenant = urlsplit(url).path.strip("/").split("/")[0]
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if self.tenant and tenant != self.tenant:
            raise Refused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if not form.get("scope", "").endswith("/.default"):
            raise Refused(400, "invalid_scope", 1002012, "The provided value for scope is not valid.")
        account = self._accounts.named(form.get("client_id", ""))
        if account is None:
            told = f"Application with identifier '{form.get('client_id', '')}' was not found in the directory."
            raise Refused(400, "unauthorized_client", 700016, told)
        if form.get("client_assertion_type") == _ASSERTION_TYPE:
            self._signed(account.username, form.get("client_assertion", ""), url)
            return account
        known = self._accounts.password(account.username) or ""
        if not hmac.compare_digest(known.encode(), form.get("client_secret", "").encode()):
            raise Refused(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if account.username in self.expired:
            raise Refused(401, "invalid_client", 7000222, "The provided client secret keys are expired.")
        return account

    def _refuse(self, refused: Refused) -> tuple[int, Mapping[str, object]]:
        with self._lock:
            self.refused += 1
        now, trace, correlation = self._clock().strftime("%Y-%m-%d %H:%M:%SZ"), str(uuid.uuid4()), str(uuid.uuid4())
        described = (
            f"AADSTS{refused.number}: {refused} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
        )
        return refused.status, {
            "error": refused.error, "error_description": described, "error_codes": [refused.number],
            "timestamp": now, "trace_id": trace, "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={refused.number}",
        }  # fmt: skip

    def _signed(self, client_id: str, assertion: str, url: str) -> None:
        """Raises Refused for an assertion that does not hold."""
        key, thumbprint = self._keys.get(client_id, ("", ""))
        wrong = Refused(401, "invalid_client", 700027, "The certificate with identifier used to sign the client "
                        "assertion is not registered on application.")  # fmt: skip
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(assertion, key, algorithms=["RS256", "PS256"], audience=url, issuer=client_id,
                                options={"require": ["exp", "nbf", "jti", "sub"]})  # fmt: skip
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
            told = "Client assertion is not within its valid time range."
            raise Refused(401, "invalid_client", 700024, told) from None
        except (jwt.PyJWTError, ValueError):
            raise wrong from None
        if thumbprint not in (header.get("x5t"), header.get("x5t#S256")) or claims["sub"] != client_id:
            raise wrong
        with self._lock:
            fresh = claims["jti"] not in self._assertions
            self._assertions.add(claims["jti"])
        if not fresh:
            raise wrong
