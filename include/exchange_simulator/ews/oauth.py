"""OAuth 2.0 client credentials: a token endpoint, and the Bearer scheme that takes its tokens.

Every account is an application: its user name is the client id, its password the client secret. A public key may be
added with trust(), for signed assertions (RFC 7523).
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt

from exchange_simulator.ews.auth import Verdict
from exchange_simulator.store.accounts import Account, Accounts
from exchange_simulator.store.database import Clock

TOKEN_PATH_END = "/token"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Bearer:
    """Scheme: see ews.auth. seconds: how long a token lives; may be changed while the simulator runs."""

    name = "bearer"

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[Account, datetime]] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._assertions: set[str] = set()
        self.seconds = 3600
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
        if form.get("grant_type") != "client_credentials" or not form.get("scope", "").endswith("/.default"):
            return self._refuse("invalid_request")
        account = self._accounts.named(form.get("client_id", ""))
        if account is None or not self._proven(account, form, url):
            return self._refuse("invalid_client")
        token = secrets.token_urlsafe(32)
        with self._lock:
            self.issued += 1
            self._tokens[token] = (account, self._clock() + timedelta(seconds=self.seconds))
        return 200, {"token_type": "Bearer", "expires_in": self.seconds, "access_token": token}

    def _refuse(self, error: str) -> tuple[int, Mapping[str, object]]:
        with self._lock:
            self.refused += 1
        return (401 if error == "invalid_client" else 400), {"error": error}

    def _proven(self, account: Account, form: Mapping[str, str], url: str) -> bool:
        if form.get("client_assertion_type") == _ASSERTION_TYPE:
            return self._signed(account.username, form.get("client_assertion", ""), url)
        known = self._accounts.password(account.username) or ""
        return hmac.compare_digest(known.encode(), form.get("client_secret", "").encode())

    def _signed(self, client_id: str, assertion: str, url: str) -> bool:
        key, thumbprint = self._keys.get(client_id, ("", ""))
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(assertion, key, algorithms=["RS256"], audience=url, issuer=client_id,
                                options={"require": ["exp", "nbf", "jti", "sub"]})  # fmt: skip
        except (jwt.PyJWTError, ValueError):
            return False
        if thumbprint not in (header.get("x5t"), header.get("x5t#S256")) or claims["sub"] != client_id:
            return False
        with self._lock:
            fresh = claims["jti"] not in self._assertions
            self._assertions.add(claims["jti"])
        return fresh
