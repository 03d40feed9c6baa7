"""Client certificates: the TLS handshake says who is calling. The common name is the account's."""

from __future__ import annotations

from typing import Any

from exchange_simulator.ews.auth import Verdict
from exchange_simulator.store.accounts import Account, Accounts


class ClientCertificate:
    """Scheme: see ews.auth. It has no header: whoever shows a certificate of the simulator's authority is in."""

    name = "certificate"

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def challenge(self) -> str:
        """Nothing is offered in a header."""
        return ""

    def kept(self, connection: dict[str, Any]) -> Account | None:
        """The account that the TLS connection's certificate names."""
        transport = connection.get("transport")
        tls = None if transport is None else transport.get_extra_info("ssl_object")
        shown = None if tls is None else tls.getpeercert()  # verified by OpenSSL, else it is empty
        subject = dict(pair for part in (shown or {}).get("subject", ()) for pair in part)
        return self._accounts.named(subject.get("commonName", ""))

    def check(self, credentials: str, connection: dict[str, Any]) -> Verdict:  # noqa: ARG002
        """See Scheme."""
        return Verdict("")
