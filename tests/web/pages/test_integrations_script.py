"""What the lists' script adds, in a browser whose clock the tests turn: fresh figures, filtering while one types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from exchange_sync.store import integrations, switching
from playwright.sync_api import Page, expect

from tests.web.pages.site import Site, site
from tests.web.pages.test_scripts import HIDE

__all__ = ["site"]
pytestmark = [pytest.mark.browser]
EVERY = 16_000  # milliseconds: once around


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    """A page of the viewer's, with a clock that stands still until it is turned; nothing is stopped."""
    start(site)
    context = site.context("wide", who="viewer")
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()
    start(site)


def one(site: Site) -> str:
    return str(integrations.integration(site.pages.world.db, "acme", "exchange")["id"])


def start(site: Site) -> None:
    switching.enable(site.pages.world.db, one(site), datetime.now(UTC), unpause=False)


def stop(site: Site) -> None:
    switching.disable_by_user(site.pages.world.db, one(site), datetime.now(UTC), paused=True)


@pytest.mark.slice
def test_the_list_shows_a_change_by_itself_says_it_and_rests_in_the_background(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/", wait_until="networkidle")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="acme/exchange", exact=True))
    told = page.locator("[data-told]")
    expect(row).not_to_contain_text("stopped")
    stop(site)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.evaluate(HIDE, True)
    page.clock.run_for(3 * EVERY)
    assert [url for url in asked if "/list" in url] == []

    page.evaluate(HIDE, False)
    expect(row).to_contain_text("Stopped by a person")
    expect(told).to_contain_text("1 stopped")

    start(site)
    page.clock.run_for(EVERY)
    expect(row).not_to_contain_text("Stopped by a person")


def test_whoever_stands_in_the_list_by_keyboard_keeps_the_place(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/", wait_until="networkidle")
    link = page.get_by_role("link", name="acme/exchange", exact=True)
    link.focus()
    stop(site)
    with page.expect_response(lambda answer: "/list" in answer.url):
        page.clock.run_for(EVERY)
    expect(link).to_be_focused()


def test_typing_finds_and_the_address_keeps_what_was_typed(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/?done=x", wait_until="networkidle")
    page.get_by_role("searchbox").press_sequentially("empt")
    page.clock.run_for(1_000)
    expect(page.get_by_role("link", name="acme/exchange", exact=True)).to_have_count(0)
    expect(page.locator("#list caption")).to_contain_text("1 integration with “empt”")
    assert page.url == f"{site.base}/?q=empt"
    page.get_by_role("searchbox").fill("nowhere")
    page.clock.run_for(1_000)
    expect(page.locator("#list")).to_contain_text("No integration has “nowhere” in its name or title.")


def test_an_integrations_state_and_figures_keep_themselves_fresh(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/integrations/acme/exchange", wait_until="networkidle")
    now = page.locator("#now")
    expect(now).not_to_contain_text("stopped")
    stop(site)
    page.clock.run_for(EVERY)
    expect(now).to_contain_text("Stopped by a person")
    expect(page.locator("[data-told]")).to_have_text("stopped")
