"""The API in this process over a real PostgreSQL, filled by the pipeline itself; and people with tokens to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from exchange_sync.clock import now_utc
from exchange_sync.model.identity import comment_id
from exchange_sync.store import people
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.pool import Pool
from exchange_sync.web.api.app import create_app
from exchange_sync.web.auth import TokenIdentities
from exchange_sync.web.limits import RateLimit
from exchange_sync.web.ports import NoConnections
from exchange_sync.web.services import Services
from starlette.testclient import TestClient

from tests.integration.pipeline.conftest import SUPPORT, World, make_world  # noqa: F401
from tests.support.mail import mail

ROLES = {"viewer": ["Viewer"], "user": ["User"], "op": ["Op"], "admin": ["Admin"], "nobody": ["Public"]}


def identifier(number: int) -> str:
    """The id of the comment of tests.support.mail.mail(number)."""
    return comment_id(f"<mail-{number}@client.example>")


class Api:
    """The application, and a client for each kind of person."""

    def __init__(self, world: World, **changes: Any) -> None:
        self.world = world
        self.pool = Pool(world.settings.database_url, wait_seconds=2)
        services = {
            "pool": self.pool,
            "blobs": Blobs(world.settings.blob_url),
            "identities": TokenIdentities(self.pool, now_utc),
            "connections": NoConnections(),
            "rate": RateLimit(0),
            "open_source": _no_exchange,
            "network": lambda connection: [],
            "clock": now_utc,
        }
        self.app = create_app(Services(**{**services, **changes}))  # type: ignore[arg-type]
        self._clients: dict[str, TestClient] = {}

    def token(self, username: str, roles: list[str]) -> str:
        now = datetime.now(UTC)
        people.save_user(self.world.db, username, f"{username}@acme.example", roles, now)
        return people.create_token(self.world.db, username, now)

    def client(self, token: str | None = None) -> TestClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)

    def __getattr__(self, name: str) -> TestClient:
        """A client for a person of ROLES, such as ``api.viewer``."""
        if name not in ROLES:
            raise AttributeError(name)
        if name not in self._clients:
            self._clients[name] = self.client(self.token(name, ROLES[name]))
        return self._clients[name]

    def deliver(self, *numbers: int, **more: Any) -> None:
        """Emails arrive in the support mailbox, and are synced."""
        inbox = self.world.exchange.folder(SUPPORT, "Inbox")
        for number in numbers:
            self.world.exchange.deliver(SUPPORT, inbox, mail(number, **more))
        self.world.sync()

    def close(self) -> None:
        self.pool.close()


def _no_exchange(connection: object) -> Any:
    raise AssertionError("this test reaches no Exchange")


@pytest.fixture
def make_api(make_world: Callable[[], World]) -> Iterator[Callable[..., Api]]:  # noqa: F811
    """Applications, each over a world of its own."""
    made: list[Api] = []

    def make(**changes: Any) -> Api:
        made.append(Api(make_world(), **changes))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """One application."""
    return make_api()


def good(response: httpx.Response) -> dict[str, Any]:
    """The body of an answer that went well, checked for the protocol's form."""
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["status"] == "ok"
    return dict(body)


def bad(response: httpx.Response, status: int) -> str:
    """The message of an error, checked for the protocol's form: exactly ``status`` and ``message``."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert "server-timing" in response.headers
    body = response.json()
    assert set(body) == {"status", "message"}
    assert body["status"] == "error"
    return str(body["message"])
