"""The pages on a port of their own, over a filled world, and a browser to open them with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.support.filled_pages import CONNECTIONS, address, documents, fill
from tests.web.pages.conftest import Pages

WIDTHS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 800}}


class Site:
    """The pages on a port, and a browser whose every request is somebody's."""

    def __init__(self, pages: Pages, browser: Browser, port: int) -> None:
        self.pages = pages
        self.browser = browser
        self.base = f"http://127.0.0.1:{port}"

    def context(self, size: str, scheme: Any = "light", who: str = "admin") -> BrowserContext:
        headers = {"X-Test-User": who, "X-Test-Roles": who.title()}
        return self.browser.new_context(
            viewport=WIDTHS[size],
            color_scheme=scheme,
            extra_http_headers=headers,
            reduced_motion="reduce",  # type: ignore[arg-type]
        )

    def where(self, place: str) -> str:
        return self.base + (address(self.pages.world, place) if place in documents() else place)


@contextmanager
def served(pages: Pages) -> Iterator[int]:
    """By uvicorn on a free port, which it tells, while the block lasts."""
    server = uvicorn.Server(uvicorn.Config(pages.app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
        assert thread.is_alive(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield port
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def site(module_world: Any, chromium: str) -> Iterator[Site]:
    """Served by uvicorn on a free port, outside Airflow's frame."""
    pages = Pages(module_world)
    fill(pages.world)
    pages.connections.kept.update(CONNECTIONS)
    pages.app.state.services = _outside(pages)
    with served(pages) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield Site(pages, browser, port)
        browser.close()
    pages.pool.close()


def _outside(pages: Pages) -> Any:
    """Inside Airflow a page that is opened by itself leads into its frame; here pages are looked at by themselves."""
    return replace(pages.app.state.services, airflow_path=None, api_path="/exchange-api")
