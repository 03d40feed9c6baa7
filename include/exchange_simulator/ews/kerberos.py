"""Kerberos: Negotiate, with the tickets of a KDC outside. KRB5_KTNAME names the keytab of ``HTTP/HOST``."""

from __future__ import annotations

import base64
import hashlib
import ssl
from pathlib import Path
from typing import Any

from exchange_simulator.errors import UsageError
from exchange_simulator.ews.auth import Verdict
from exchange_simulator.store.accounts import Account, Accounts


class Kerberos:
    """Scheme: see ews.auth. certificate_file: the server's own; proofs bound to another one are refused."""

    name = "negotiate"

    def __init__(self, accounts: Accounts, certificate_file: Path) -> None:
        try:
            import gssapi
        except (ImportError, OSError):
            raise UsageError("log-in kerberos: this machine has no gssapi; install it with MIT Kerberos") from None
        self._gssapi: Any = gssapi
        self._accounts = accounts
        chain = certificate_file.read_text()
        end = "-----END CERTIFICATE-----"
        der = ssl.PEM_cert_to_DER_cert(chain[: chain.index(end) + len(end)])
        self._binding = b"tls-server-end-point:" + hashlib.sha256(der).digest()

    def challenge(self) -> str:
        """See Scheme."""
        return "Negotiate"

    def kept(self, connection: dict[str, Any]) -> Account | None:  # noqa: ARG002
        """Every request brings its own proof."""
        return None

    def check(self, credentials: str, connection: dict[str, Any]) -> Verdict:  # noqa: ARG002
        """See Scheme. The account is the ticket's principal without its realm."""
        gssapi = self._gssapi
        try:
            bindings = gssapi.raw.ChannelBindings(application_data=self._binding)
            context = gssapi.SecurityContext(usage="accept", channel_bindings=bindings)
            context.step(base64.b64decode(credentials, validate=True))
            username = str(context.initiator_name).partition("@")[0] if context.complete else ""
        except (ValueError, gssapi.exceptions.GSSError):
            return Verdict("")
        return Verdict(username, self._accounts.named(username))
