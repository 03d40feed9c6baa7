"""NTLM over HTTP: three steps on one TCP connection, which then stays logged in; with Extended Protection.

pyspnego does the arithmetic. It looks passwords up in a file that an environment variable names, so one line is
written there for the account that logs in, under a lock.
"""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import tempfile
import threading
from pathlib import Path
from typing import Any

import spnego
from spnego._ntlm_raw.crypto import lmowfv1, ntowfv1
from spnego._ntlm_raw.messages import Authenticate, AvId, NTClientChallengeV2
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from exchange_simulator.ews.auth import Verdict
from exchange_simulator.store.accounts import Account, Accounts

_VARIABLE = "NTLM_USER_FILE"
_ENVIRONMENT = threading.Lock()
_PENDING, _ACCOUNT = "ntlm context", "ntlm account"


class Ntlm:
    """Scheme: see ews.auth. certificate_file: the server's own; clients must bind to it (Extended Protection)."""

    name = "ntlm"

    def __init__(self, accounts: Accounts, certificate_file: Path) -> None:
        self._accounts = accounts
        chain = certificate_file.read_text()
        end = "-----END CERTIFICATE-----"
        der = ssl.PEM_cert_to_DER_cert(chain[: chain.index(end) + len(end)])
        bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + hashlib.sha256(der).digest())
        self._binding = hashlib.md5(bindings.pack(), usedforsecurity=False).digest()

    def challenge(self) -> str:
        """See Scheme."""
        return "NTLM"

    def kept(self, connection: dict[str, Any]) -> Account | None:
        """Who logged in on this TCP connection before."""
        account = connection.get(_ACCOUNT)
        return account if isinstance(account, Account) else None

    def check(self, credentials: str, connection: dict[str, Any]) -> Verdict:
        """See Scheme. The first step is answered by a challenge, the second by a verdict."""
        try:
            token = base64.b64decode(credentials, validate=True)
            if token[8:9] == b"\x01":
                return self._begin(token, connection)
            return self._finish(token, connection)
        except (ValueError, SpnegoError):
            return Verdict("")

    def _begin(self, token: bytes, connection: dict[str, Any]) -> Verdict:
        with _user_file(""):
            context = spnego.server(protocol="ntlm")
            answer = context.step(token) or b""
        connection[_PENDING] = context
        return Verdict("", challenge=f"NTLM {base64.b64encode(answer).decode()}")

    def _finish(self, token: bytes, connection: dict[str, Any]) -> Verdict:
        context = connection.pop(_PENDING, None)
        proof = Authenticate.unpack(token)
        claimed = proof.user_name or ""
        account = self._accounts.named(claimed)
        password = self._accounts.password(claimed)
        if context is None or account is None or password is None or not self._bound(proof):
            return Verdict(claimed)
        who = f"{proof.domain_name}\\{claimed}" if proof.domain_name else claimed
        hashes = ":".join(made.hex().upper() for made in (lmowfv1("x"), ntowfv1(password)))  # LM is never asked for
        try:
            with _user_file(f"{who}:0:{hashes}:[U]:LCT-0\n"):
                context.step(token)
        except SpnegoError:
            return Verdict(claimed)
        connection[_ACCOUNT] = account
        return Verdict(claimed, account)

    def _bound(self, proof: Authenticate) -> bool:
        response = proof.nt_challenge_response or b""
        if len(response) <= 24:
            return False  # NTLMv1
        return bool(NTClientChallengeV2.unpack(response[16:]).av_pairs.get(AvId.channel_bindings) == self._binding)


class _user_file:
    """Passwords for pyspnego, for the length of a with block."""

    def __init__(self, line: str) -> None:
        self._line = line

    def __enter__(self) -> None:
        _ENVIRONMENT.acquire()
        self._before = os.environ.get(_VARIABLE)
        self._file = tempfile.NamedTemporaryFile("w", encoding="utf-8")
        self._file.write(self._line)
        self._file.flush()
        os.environ[_VARIABLE] = self._file.name

    def __exit__(self, *_: object) -> None:
        os.environ.pop(_VARIABLE, None)
        if self._before is not None:
            os.environ[_VARIABLE] = self._before
        self._file.close()
        _ENVIRONMENT.release()
