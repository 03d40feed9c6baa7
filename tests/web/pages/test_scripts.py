"""What the bell's, the test messages' and the tokens' scripts add, in a browser whose clock the tests turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from exchange_sync.store import inbox, incidents, outbox, switching
from exchange_sync.store.incidents import Failure
from playwright.sync_api import Page, expect

from tests.web.pages.site import Site, site

__all__ = ["site"]
pytestmark = [pytest.mark.browser]

REFUSED = Failure("invalid_exchange_credentials", "HTTP 401", "Exchange refused the log-in.", "Check the password.")
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    """A page of the viewer's, with a clock that stands still until it is turned."""
    context = site.context("wide", who="viewer")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()


def read_all(site: Site) -> None:
    rows = inbox.messages(site.pages.world.db, "viewer")
    inbox.mark_read(site.pages.world.db, "viewer", [row["id"] for row in rows], datetime.now(UTC))


def fail_and_mend(site: Site) -> None:
    """Two messages."""
    db, now = site.pages.world.db, datetime.now(UTC)
    one = str(site.pages.world.rows("SELECT id FROM integrations WHERE name = 'empty'")[0]["id"])
    incidents.integration_failed(db, one, REFUSED, run=f"run-{now.timestamp()}", limit=1, now=now)
    switching.enable(db, one, now + timedelta(seconds=1), unpause=False)


@pytest.mark.slice
def test_the_bell_counts_up_by_itself_and_says_so_and_rests_in_the_background(site: Site, page: Page) -> None:
    read_all(site)
    page.goto(f"{site.base}/tokens", wait_until="networkidle")
    badge, said = page.locator("[data-unread]"), page.locator("[data-bell-said]")
    expect(badge).to_be_hidden()
    fail_and_mend(site)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.evaluate(HIDE, True)
    page.clock.run_for(120_000)
    assert asked == []

    page.evaluate(HIDE, False)
    expect(badge).to_have_text("2")
    expect(said).to_have_text("2 unread notifications")
    expect(page.get_by_role("link", name="Notifications, 2 unread")).to_be_visible()

    fail_and_mend(site)
    page.clock.run_for(31_000)
    expect(badge).to_have_text("4")


def test_a_page_that_opens_in_the_background_asks_nothing_and_marks_nothing(site: Site, page: Page) -> None:
    read_all(site)
    fail_and_mend(site)
    page.add_init_script("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    page.goto(f"{site.base}/notifications", wait_until="networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(120_000)
    assert asked == []
    assert inbox.unread(site.pages.world.db, "viewer") == 2


def test_what_has_been_in_front_for_two_seconds_is_read_and_nothing_else(site: Site, page: Page) -> None:
    read_all(site)
    fail_and_mend(site)
    page.goto(f"{site.base}/notifications", wait_until="networkidle")
    badge, button = page.locator("[data-unread]"), page.get_by_role("button", name="Mark as read")
    expect(badge).to_have_text("2")
    expect(button).to_be_visible()
    fail_and_mend(site)  # while the page is being read

    page.clock.run_for(2_500)

    expect(button).to_be_hidden()
    expect(badge).to_have_text("2")
    assert inbox.unread(site.pages.world.db, "viewer") == 2


def test_the_result_of_a_test_message_appears_by_itself(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/subscriptions", wait_until="networkidle")
    page.get_by_role("button", name="Send me a test message").click()
    result = page.locator("#tests tbody tr").first
    expect(result).to_contain_text("Waiting")
    db, now = site.pages.world.db, datetime.now(UTC)
    for row in outbox.due(db, now):
        outbox.sent(db, row, now)

    page.clock.run_for(6_000)

    expect(result).to_contain_text("The mail server took it")
    expect(page.locator("[data-tests-said]")).to_contain_text("Sent")


def test_a_token_is_copied_by_its_button(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/tokens/new", wait_until="networkidle")
    page.get_by_role("button", name="Replace the token").click()
    shown = page.get_by_label("The token").input_value()
    page.get_by_role("button", name="Copy the token").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == shown
    page.get_by_role("button", name="Copy the line").click()
    expect(page.get_by_role("button", name="Copied")).to_have_count(2)
    assert f"Bearer {shown}" in page.evaluate("() => navigator.clipboard.readText()")


@pytest.mark.slice
def test_without_script_everything_can_still_be_done(site: Site) -> None:
    read_all(site)
    fail_and_mend(site)
    context = site.browser.new_context(
        java_script_enabled=False, extra_http_headers={"X-Test-User": "viewer", "X-Test-Roles": "Viewer"}
    )
    try:
        page = context.new_page()
        page.goto(f"{site.base}/notifications")
        page.get_by_role("button", name="Mark as read").click()
        expect(page.get_by_role("status").filter(has_text="Marked as read")).to_be_visible()
        page.goto(f"{site.base}/subscriptions")
        page.get_by_label("acme/empty by e-mail").uncheck()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("acme/empty by e-mail")).not_to_be_checked()
        page.goto(f"{site.base}/tokens/new")
        page.get_by_role("button", name="Replace the token").click()
        assert len(page.get_by_label("The token").input_value()) > 40
        expect(page.get_by_role("button", name="Copy the token")).to_be_hidden()
    finally:
        context.close()
