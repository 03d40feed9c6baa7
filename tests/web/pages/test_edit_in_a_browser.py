"""What script adds to the forms, in Chromium: fields that apply, lines as they come, folders that are ticked."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from exchange_sync.pipeline.check import CheckLine
from exchange_sync.source.api import Welcome
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.pipeline.conftest import SUPPORT
from tests.support.memory_exchange import MemorySource
from tests.web.pages.conftest import Pages
from tests.web.pages.site import served

pytestmark = [pytest.mark.browser]
ONE = f"/integrations/acme/exchange/mailboxes/{SUPPORT}/edit"


class Source(MemorySource):
    """A server that tells its build."""

    def welcome(self) -> Welcome:
        return Welcome("basic", "Exchange 2019 or SE, build 15.2.1118.7", "impersonation")


class Site:
    """The pages on a port. go_on: lets the check's second line come."""

    def __init__(self, pages: Pages, browser: Browser, base: str, go_on: threading.Event) -> None:
        self.pages, self.base, self.go_on = pages, base, go_on
        headers = {"X-Test-User": "ann", "X-Test-Roles": "Admin"}
        self.context = browser.new_context(extra_http_headers=headers)

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.goto(self.base + path)
        return page


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(module_world: Any, browser: Browser) -> Iterator[Site]:
    go_on = threading.Event()

    def network(_: Any) -> Iterator[CheckLine]:
        yield CheckLine(True, "DNS", "first line")
        assert go_on.wait(30)
        yield CheckLine(True, "TLS", "second line", "<b>no markup</b>")

    pages = Pages(module_world, open_source=lambda _: Source(module_world.exchange), network=network)
    pages.connections.kept["exchange_acme"] = {"host": "m.example", "login": "svc", "password": "pw", "extra": {}}
    pages.app.state.services = replace(pages.app.state.services, airflow_path=None)
    with served(pages) as port:
        yield Site(pages, browser, f"http://127.0.0.1:{port}", go_on)
    pages.pool.close()


def test_fields_that_the_authentication_does_not_use_are_hidden(site: Site) -> None:
    page = site.open("/integrations/new")
    page.check("input[name=connection][value=existing]")
    expect(page.locator("#c_host")).to_be_hidden()
    page.check("input[name=connection][value=new]")
    expect(page.locator("#c_password")).to_be_visible()
    expect(page.locator("#c_tenant")).to_be_hidden()
    page.select_option("#c_authentication", "oauth_certificate")
    expect(page.locator("#c_tenant")).to_be_visible()
    expect(page.locator("#c_private_key")).to_be_visible()
    expect(page.locator("#c_password")).to_be_hidden()
    page.close()


@pytest.mark.slice
def test_a_checks_lines_come_into_the_form_one_by_one_and_what_was_typed_stays(site: Site) -> None:
    site.go_on.clear()
    page = site.open("/integrations/new")
    page.check("input[name=connection][value=new]")
    for name, value in (("c_host", "m.example"), ("c_login", "svc"), ("c_password", "pw"), ("addresses", SUPPORT)):
        page.fill(f"#{name}", value)
    page.click("[data-check]")
    expect(page.locator("[data-live] tbody tr")).to_have_count(1)
    expect(page.locator("[data-live] tbody")).to_contain_text("first line")
    site.go_on.set()
    expect(page.locator("[data-verdict]")).to_contain_text("This works.")
    expect(page.locator("[data-live] tbody")).to_contain_text("<b>no markup</b>")
    assert page.locator("[data-live] tbody").get_attribute("aria-live") == "polite"
    assert page.input_value("#c_password") == "pw"
    page.close()


def test_folders_are_ticked_in_the_tree_and_typed_paths_move_into_it(site: Site) -> None:
    site.pages.world.exchange.add_folder(SUPPORT, ("Inbox", "A/B"))
    page = site.open(ONE)
    page.click("text=Type paths")
    page.fill("#folder_deny", "inbox/a\\/b\nNot There")
    page.click("[data-load]")
    expect(page.get_by_label("Leave out Inbox/A\\/B")).to_be_checked()
    expect(page.locator("#folder_deny")).to_have_value("Not There")
    page.get_by_label("Only Inbox", exact=True).check()
    page.click("button.primary")
    expect(page.locator(".said")).to_contain_text("Saved")
    [row] = site.pages.world.rows("SELECT filters FROM mailboxes WHERE address = %s", SUPPORT)
    assert row["filters"] == {"folder_allow": [["Inbox"]], "folder_deny": [["Inbox", "A/B"], ["Not There"]]}
    page.close()


@pytest.mark.slice
def test_what_is_wrong_gets_the_focus_and_leads_to_its_field(site: Site) -> None:
    page = site.open("/integrations/acme/exchange/edit")
    page.fill("#interval", "never")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#faults")).to_be_focused()
    expect(page.locator("#interval")).to_have_attribute("aria-invalid", "true")
    page.click("#faults a")
    assert re.search(r"#interval$", page.url)
    page.close()
