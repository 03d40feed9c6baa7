"""Who is calling: the Gate and its Schemes. Basic stands here, the others beside this file."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from exchange_simulator.store.accounts import Account, Accounts


@dataclass(frozen=True)
class Verdict:
    """What a proof came to. username: as claimed. account: None when it does not hold. challenge: the WWW-Authenticate
    value of the next step, where the log-in is not finished."""

    username: str
    account: Account | None = None
    challenge: str = ""


class Scheme(Protocol):
    """One way to log in.

    name: the word that opens its Authorization header, in lower case. challenge: its WWW-Authenticate value.
    """

    name: str

    def challenge(self) -> str:
        """The WWW-Authenticate value that offers this scheme."""

    def kept(self, connection: dict[str, Any]) -> Account | None:
        """The account that this TCP connection itself stands for, where a scheme logs connections in."""

    def check(self, credentials: str, connection: dict[str, Any]) -> Verdict:
        """What the proof comes to.

        credentials: the rest of the Authorization header. connection: kept as long as the TCP connection lives, for
        schemes that take several steps.
        """


class Basic:
    """User name and password in the header."""

    name = "basic"

    def __init__(self, accounts: Accounts, realm: str) -> None:
        self._accounts = accounts
        self._realm = realm

    def challenge(self) -> str:
        """See Scheme."""
        return f'Basic realm="{self._realm}"'

    def kept(self, connection: dict[str, Any]) -> Account | None:  # noqa: ARG002
        """Every request brings its own log-in."""
        return None

    def check(self, credentials: str, connection: dict[str, Any]) -> Verdict:  # noqa: ARG002
        """See Scheme."""
        try:
            username, colon, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return Verdict("")
        return Verdict(username, self._accounts.check(username, password) if colon else None)


class Gate:
    """Lets accounts in and counts every attempt, because attempts are what locks accounts out."""

    def __init__(self, schemes: list[Scheme]) -> None:
        self._schemes = schemes
        self._lock = threading.Lock()
        self._attempts: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._anonymous = 0

    def challenges(self) -> list[str]:
        """The WWW-Authenticate values of a 401."""
        return [offer for scheme in self._schemes if (offer := scheme.challenge())]

    def admit(self, headers: Mapping[str, str], connection: dict[str, Any]) -> Account | list[str]:
        """The account behind a request; or the WWW-Authenticate values of a 401."""
        name, _, credentials = headers.get("authorization", "").partition(" ")
        scheme = next((s for s in self._schemes if s.name == name.lower()), None)
        if scheme is None:
            known = next((account for s in self._schemes if (account := s.kept(connection))), None)
            if known is not None:
                return known
            with self._lock:
                self._anonymous += 1
            return self.challenges()
        verdict = scheme.check(credentials.strip(), connection)
        if verdict.challenge:
            return [verdict.challenge]
        with self._lock:
            self._attempts[verdict.username] += 1
            if verdict.account is None:
                self._failures[verdict.username] += 1
        return verdict.account or self.challenges()

    def counts(self) -> dict[str, Any]:
        """Attempts and failures so far, in all and by user name, and requests without credentials."""
        with self._lock:
            return {
                "attempts": sum(self._attempts.values()),
                "failures": sum(self._failures.values()),
                "anonymous": self._anonymous,
                "attempts_by_user": dict(self._attempts),
                "failures_by_user": dict(self._failures),
            }

    def clear(self) -> None:
        """Count from nothing again."""
        with self._lock:
            self._attempts.clear()
            self._failures.clear()
            self._anonymous = 0
