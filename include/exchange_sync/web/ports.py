"""The two ports by which the web knows Airflow (design decision 15): who asks, and what connections hold.

``exchange-sync serve`` fills them with tokens of our own and with no way to write connections; the plugin fills them
with Airflow's session and Airflow's own API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from starlette.requests import HTTPConnection

from exchange_sync.source.credentials import ExchangeConnection

Via = Literal["bearer", "session"]


@dataclass(frozen=True)
class Identity:
    """Who asks. id: 16 hex digits. roles: names of Airflow roles. via: by a token, or by Airflow's session cookie.

    token: names the token for the rate limit; of a session, its user.
    """

    id: str
    username: str
    email: str
    roles: frozenset[str]
    created_at: datetime
    via: Via
    token: str


class Identities(Protocol):
    """Who asks?"""

    def identify(self, request: HTTPConnection) -> Identity | None:
        """The person or program behind a request; None when it brings nothing that can be trusted.

        Called in a thread. Raises Retriable when that cannot be found out now.
        """


class CannotEdit(Exception):
    """This process may not change connections. The message says where one can."""


class Connections(Protocol):
    """Airflow connections of type ``exchange``, by id."""

    def read(self, connection_id: str) -> Mapping[str, Any] | None:
        """Its fields without secrets: host, port, login, schema, extra (a mapping). None when it is not to be had."""

    def write(self, connection_id: str, fields: Mapping[str, Any], identity: Identity) -> None:
        """Create or change it as the signed-in user. A secret left out stays as it is.

        fields: host, port, login, password, schema, extra. Raises CannotEdit, BadInput.
        """

    def resolve(self, connection_id: str) -> ExchangeConnection:
        """With its secrets, to log in with. Raises BadInput when there is none, CannotEdit where it cannot be read."""


class NoConnections:
    """For a process that has no Airflow at hand: it reads none and writes none, and says so."""

    _WHERE = (
        "this server cannot reach Airflow's connections: edit them on the Exchange page or under Admin > Connections"
    )

    def read(self, connection_id: str) -> None:
        """Nothing to be had."""

    def write(self, connection_id: str, fields: Mapping[str, Any], identity: Identity) -> None:  # noqa: ARG002
        """Raises CannotEdit."""
        raise CannotEdit(self._WHERE)

    def resolve(self, connection_id: str) -> ExchangeConnection:  # noqa: ARG002
        """Raises CannotEdit."""
        raise CannotEdit(self._WHERE)
