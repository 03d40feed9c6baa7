"""The pages in this process over a real PostgreSQL, and people who are signed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.store import schema
from exchange_sync.store.blobs import Blobs
from exchange_sync.store.pool import Pool
from exchange_sync.web.limits import RateLimit
from exchange_sync.web.pages.app import create_pages
from exchange_sync.web.services import Services
from starlette.testclient import TestClient

from stack import databases
from tests.integration.pipeline.conftest import World, make_world  # noqa: F401
from tests.support.page_ports import KeptConnections, SignedIn, TurnedDags

ORIGIN = "http://testserver"


class Pages:
    """The application, and a browser for each kind of person: ``pages.viewer``, ``pages.op``, ``pages.nobody`` …

    connections, dags: the ports, which remember what was asked of them. exchange: what the pages' checks log in to.
    """

    def __init__(self, world: World, **changes: Any) -> None:
        self.world = world
        self.pool = Pool(world.settings.database_url, wait_seconds=2)
        self.connections, self.dags = KeptConnections(), TurnedDags()
        services: dict[str, Any] = {
            "pool": self.pool,
            "blobs": Blobs(world.settings.blob_url),
            "identities": SignedIn(self.pool),
            "connections": self.connections,
            "rate": RateLimit(0),
            "open_source": lambda connection: world.source,
            "network": lambda connection: [],
            "clock": now_utc,
            "dags": self.dags,
            "airflow_path": "",
        }
        self.app = create_pages(Services(**{**services, **changes}))

    def browser(self, username: str, *roles: str) -> TestClient:
        """A browser in Airflow's frame, signed in as somebody with these roles; "" for nobody."""
        headers = {"X-Test-User": username, "X-Test-Roles": ",".join(roles), "Sec-Fetch-Dest": "iframe"}
        return TestClient(
            self.app, base_url=ORIGIN, headers={**headers, "Origin": ORIGIN}, raise_server_exceptions=False
        )

    def __getattr__(self, name: str) -> TestClient:
        roles = {"viewer": "Viewer", "user": "User", "op": "Op", "admin": "Admin", "stranger": "Public"}
        if name == "nobody":
            return self.browser("")
        if name not in roles:
            raise AttributeError(name)
        return self.browser(name, roles[name])


@pytest.fixture
def world(make_world: Any) -> World:  # noqa: F811
    return make_world()


@pytest.fixture
def pages(world: World) -> Iterator[Pages]:
    found = Pages(world)
    yield found
    found.pool.close()


@pytest.fixture(scope="module")
def module_world(
    postgres_url: str, template_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world that the tests of a module share: they look, or are refused."""
    template = template_database("exchange_sync", lambda url: schema.upgrade(url) and None)
    name = f"test_{uuid.uuid4().hex}"
    made = World(databases.create(postgres_url, name, template), tmp_path_factory.mktemp("stores"))
    yield made
    made.close()
    databases.drop(postgres_url, name)
