"""The ports by which the web knows Airflow (design decision 15): who asks, what connections hold, and its DAGs.

``exchange-sync serve`` fills them with tokens of our own and with no way to write connections; the plugin fills them
with Airflow's session and Airflow's own API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from starlette.requests import HTTPConnection

from exchange_sync.source.credentials import ExchangeConnection

Via = Literal["bearer", "session"]


@dataclass(frozen=True)
class Identity:
    """Who asks. id: 16 hex digits. roles: names of Airflow roles. via: by a token, or by Airflow's session cookie.

    token: names the token for the rate limit; of a session, its user. credential: the session itself, with which
    Airflow is asked as this person; empty for tokens of our own.
    """

    id: str
    username: str
    email: str
    roles: frozenset[str]
    created_at: datetime
    via: Via
    token: str
    credential: str = field(default="", repr=False)


class Identities(Protocol):
    """Who asks?"""

    def identify(self, request: HTTPConnection) -> Identity | None:
        """The person or program behind a request; None when it brings nothing that can be trusted.

        Called in a thread. Raises Retriable when that cannot be found out now.
        """


# Where a connection comes from, in Airflow's own order of asking.
Origin = Literal["secrets backend", "environment", "Airflow"]


class CannotEdit(Exception):
    """This process may not change connections. The message says where one can."""


class Connections(Protocol):
    """Airflow connections of type ``exchange``, by id."""

    def read(self, connection_id: str) -> Mapping[str, Any] | None:
        """Its fields without secrets: host, port, login, schema, extra (a mapping). None when it is not to be had."""

    def ids(self) -> Sequence[str]:
        """The connections of type exchange that Airflow itself keeps, by id; at most a thousand."""

    def origin(self, connection_id: str) -> Origin | None:
        """Where it comes from; None when there is none. Only Airflow's own can be written."""

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

    def ids(self) -> Sequence[str]:
        """None that it knows."""
        return ()

    def origin(self, connection_id: str) -> None:
        """Not known."""

    def write(self, connection_id: str, fields: Mapping[str, Any], identity: Identity) -> None:  # noqa: ARG002
        """Raises CannotEdit."""
        raise CannotEdit(self._WHERE)

    def resolve(self, connection_id: str) -> ExchangeConnection:  # noqa: ARG002
        """Raises CannotEdit."""
        raise CannotEdit(self._WHERE)


class Dags(Protocol):
    """An integration's DAGs, asked and turned as the signed-in person."""

    def settle(self, integration_id: str, identity: Identity) -> str:
        """Make Airflow's pause switches follow what PostgreSQL says, now; "" or a sentence that tells what is left.

        Raises nothing for an Airflow that refuses or is silent: the maintenance DAG makes up for it in a minute.
        """

    def backfill(self, integration: str, since: datetime, until: datetime, identity: Identity) -> str:
        """Re-read the days of [since, until); where the backfill is seen (a path within Airflow).

        integration: ``owner/name``. Raises BadInput where Airflow refuses, Retriable where it is silent.
        """

    def trigger(self, integration: str, identity: Identity) -> None:
        """Start a run of the live DAG now. Raises BadInput where Airflow refuses, Retriable where it is silent."""


class NoDags:
    """For a process without Airflow: what is switched here, the maintenance DAG carries over."""

    def settle(self, integration_id: str, identity: Identity) -> str:  # noqa: ARG002
        """Not from here."""
        return "Airflow's pause switch follows within a minute."

    def backfill(self, integration: str, since: datetime, until: datetime, identity: Identity) -> str:  # noqa: ARG002
        """Raises CannotEdit."""
        raise CannotEdit("this server cannot reach Airflow: start backfills on the Exchange page inside Airflow")

    def trigger(self, integration: str, identity: Identity) -> None:  # noqa: ARG002
        """Raises CannotEdit."""
        raise CannotEdit("this server cannot reach Airflow: start runs on the Exchange page inside Airflow")
