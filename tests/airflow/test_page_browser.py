"""The page as people use it: in Chromium, inside a live Airflow, against the simulated Exchange (issue 7, "Proof").

The screenshots of each step are kept in build/screenshots, or where EXCHANGE_SYNC_SCREENSHOTS says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from exchange_simulator.client import Control
from playwright.sync_api import Browser, BrowserContext, FrameLocator, expect, sync_playwright

from stack.layout import ROOT
from stack.local import LocalStack
from tests.airflow.plant import account_of

pytestmark = [pytest.mark.live, pytest.mark.browser]

SHOTS = Path(os.environ.get("EXCHANGE_SYNC_SCREENSHOTS") or ROOT / "build" / "screenshots")
OWNER, NAME = "story", "exchange"
ACCOUNT, PASSWORD = "story@larkfieldmoss.example", "a password of the story"
PATIENCE = 90_000  # milliseconds; runs follow each other in five seconds


class Visit:
    """One person's window: Airflow, and in its frame the page."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url, self.page = url, context.new_page()
        self.trouble: list[str] = []

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "Content Security Policy" in text:
            self.trouble.append(text)

    def _request(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:", "about:")):
            self.trouble.append(f"asked elsewhere: {url}")

    def sign_in(self, username: str, password: str) -> None:
        self.page.goto(f"{self.url}/auth/login/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("link", name="Exchange").wait_for(timeout=60_000)
        # from here on: Airflow's page of the log-in has an error of its own
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", lambda told: self._console(told.type, told.text))
        self.page.on("request", lambda request: self._request(request.url))

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    def open(self, path: str) -> None:
        """A page of ours by its address in Airflow, as a copied link has it."""
        self.page.goto(f"{self.url}/plugin/exchange/exchange{path}")
        self.is_fine()

    def is_fine(self) -> None:
        """A page is shown, and not one that tells of an error."""
        expect(self.frame.locator("h1")).to_be_visible(timeout=30_000)
        expect(self.frame.locator(".failing h1")).to_have_count(0)

    def heading(self, text: str) -> None:
        expect(self.frame.get_by_role("heading", level=1, name=text)).to_be_visible(timeout=30_000)

    def press(self, name: str) -> None:
        """A button, or a link that looks like one."""
        self.frame.get_by_role("button", name=name, exact=True).or_(
            self.frame.get_by_role("link", name=name, exact=True)
        ).first.click()

    def state(self, word: str) -> None:
        """The integration's state, which the page keeps fresh by itself."""
        expect(self.frame.locator("#now .state").first).to_have_text(word, timeout=PATIENCE)

    def keep(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, live_stack: LocalStack) -> Iterator[Callable[[str], Visit]]:
    contexts: list[BrowserContext] = []
    passwords = {"admin": live_stack.keys.admin_password, "viewer": live_stack.keys.viewer_password}

    def begin(username: str) -> Visit:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        made = Visit(contexts[-1], f"http://localhost:{live_stack.keys.ports['airflow']}")
        made.sign_in(username, passwords[username])
        return made

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def exchange(live_stack: LocalStack) -> Iterator[Control]:
    """The simulated Exchange, with a service account of the story's own: others keep their password."""
    facts = live_stack.facts()
    control = Control(facts["simulator_control_url"], facts["simulator_control_token"])
    control.set_account(ACCOUNT, PASSWORD)
    control.set_impersonation(ACCOUNT, allowed=True)
    forget(live_stack)
    yield control
    forget(live_stack)


def forget(stack: LocalStack) -> None:
    """The story's integration and connection, where they are."""
    login = {"username": "admin", "password": stack.keys.admin_password}
    session = httpx.post(f"{stack.airflow.url}/auth/token", json=login, timeout=60).json()["access_token"]
    with httpx.Client(headers={"Authorization": f"Bearer {session}"}, timeout=60) as airflow:
        airflow.delete(f"{stack.airflow.url}/exchange-api/api/_private/integrations/{OWNER}/{NAME}")
        airflow.delete(f"{stack.airflow.url}/api/v2/connections/exchange_{OWNER}_{NAME}")


def deliver(exchange: Control, address: str, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ines Ferreira <ines@tests.example>", address, subject
    mail["Message-ID"], mail["Date"] = f"<{time.time_ns()}@tests.example>", "Mon, 23 Nov 2026 10:00:00 +0000"
    mail.set_content("The gate of the yard is closed again.")
    exchange.deliver(address, mail.as_bytes())


def fill_in(admin: Visit, facts: dict[str, Any], address: str) -> None:
    """The form of a new integration, with a connection of its own."""
    frame = admin.frame
    for field, value in (("owner", OWNER), ("name", NAME), ("title", "The story's Exchange"), ("interval", "5s")):
        frame.locator(f"#{field}").fill(value)
    frame.get_by_label("A new one").check()
    frame.get_by_label("Server URL").fill(facts["simulator_url"])
    frame.get_by_label("User name").fill(ACCOUNT)
    frame.get_by_label("Password or client secret").fill(PASSWORD)
    frame.locator("details", has=frame.locator("#c_ca_bundle")).locator("summary").click()
    frame.get_by_label("CA bundle").fill(facts["simulator_ca"])
    frame.locator("#addresses").fill(address)
    frame.locator("#bucket").fill(f"{OWNER}/mail")


def test_an_admin_makes_checks_plans_starts_stops_breaks_and_mends_an_integration(
    live_stack: LocalStack, visit: Callable[[str], Visit], exchange: Control
) -> None:
    facts, address = live_stack.facts(), live_stack.simulator.mailboxes()[0]
    admin = visit("admin")
    admin.page.get_by_role("link", name="Exchange").click()
    admin.heading("Integrations")
    admin.keep("integrations")
    admin.press("New integration")
    admin.heading("New integration")
    fill_in(admin, facts, address)
    admin.keep("new integration")
    admin.press("Create, switched off")

    # check, plan, start
    admin.press("Check now")
    expect(admin.frame.get_by_text("Authentication")).to_be_visible(timeout=30_000)
    expect(admin.frame.locator("[data-verdict]")).not_to_be_empty(timeout=30_000)
    admin.keep("check")
    admin.open(f"/integrations/{OWNER}/{NAME}/plan")
    admin.press("Plan now")
    expect(admin.frame.locator("tbody tr", has_text=address)).to_be_visible(timeout=30_000)
    admin.keep("plan")
    admin.open(f"/integrations/{OWNER}/{NAME}")
    admin.press("Start")
    admin.keep("start")
    admin.press("Start")
    admin.state("up to date")
    admin.open(f"/integrations/{OWNER}/{NAME}")
    admin.keep("one integration")
    expect(admin.frame.locator("table.list tbody tr", has_text=address)).to_contain_text("up to date")

    # its comments can be read
    admin.open("/comments")
    admin.keep("comments")
    admin.frame.locator(f"a[href*='/comments/{OWNER}/mail/']").first.click()
    expect(admin.frame.get_by_role("heading", name="Original")).to_be_visible(timeout=30_000)
    admin.is_fine()
    admin.keep("one comment")

    # stopped: nothing is synced, and Airflow's switch says so
    admin.open(f"/integrations/{OWNER}/{NAME}")
    admin.press("Stop")
    admin.press("Stop")
    admin.state("stopped")
    assert live_stack.rest().dags(f"exchange.{OWNER}")[f"exchange.{OWNER}.{NAME}"] is True

    # started with a password that has been changed: disabled, with the remedy, and the bell rings
    exchange.set_account(ACCOUNT, "changed meanwhile")
    deliver(exchange, address, "What arrived while it was broken")
    admin.press("Start")
    admin.press("Start")
    admin.state("disabled")
    expect(admin.frame.locator("#now")).to_contain_text("password")
    admin.keep("disabled")
    admin.open("/notifications")
    expect(admin.frame.locator("main")).to_contain_text(f"{OWNER}/{NAME}")
    admin.keep("notifications")

    # mended and started: caught up, and what arrived meanwhile is there
    exchange.set_account(ACCOUNT, PASSWORD)
    admin.open(f"/integrations/{OWNER}/{NAME}")
    admin.press("Start")
    admin.press("Start")
    admin.state("up to date")
    admin.open("/comments?q=%22while+it+was+broken%22")
    expect(admin.frame.get_by_role("link", name="What arrived while it was broken").first).to_be_visible(timeout=30_000)
    admin.keep("search")
    assert admin.trouble == []


def test_a_viewer_sees_everything_and_finds_no_control_that_would_refuse(
    live_stack: LocalStack, visit: Callable[[str], Visit]
) -> None:
    address = live_stack.simulator.mailboxes()[0]
    viewer = visit("viewer")
    for path in (
        "/",
        "/integrations/demo/exchange",
        f"/integrations/demo/exchange/mailboxes/{address}",
        "/comments",
        "/why",
        "/notifications",
        "/subscriptions",
        "/tokens",
    ):
        viewer.open(path)
        told = viewer.frame.locator("main")
        for control in ("New integration", "Stop", "Start", "Edit", "Sync now", "Backfill", "Retry quarantine"):
            expect(told.get_by_role("button", name=control, exact=True)).to_have_count(0)
            expect(told.get_by_role("link", name=control, exact=True)).to_have_count(0)
        viewer.keep(f"viewer {path.strip('/').replace('/', ' ') or 'integrations'}")
    assert viewer.trouble == []


def test_a_failing_mailboxes_link_leads_to_the_very_task_log(
    live_stack: LocalStack, visit: Callable[[str], Visit]
) -> None:
    facts, address = live_stack.facts(), live_stack.simulator.mailboxes()[1]
    control = Control(facts["simulator_control_url"], facts["simulator_control_token"])
    user = account_of(live_stack)[0]
    control.set_impersonation(user, address, allowed=False)
    deliver(control, address, "What makes the mailbox due")
    viewer = visit("viewer")
    viewer.open("/integrations/demo/exchange")
    try:
        row = viewer.frame.locator("#boxes tbody tr", has_text=address)
        expect(row).to_contain_text("may not read this mailbox", timeout=PATIENCE)  # the list keeps itself fresh
        row.get_by_role("link", name="log").click()
        told = viewer.page.get_by_text("ErrorImpersonateUserDenied").first
        expect(told).to_be_visible(timeout=30_000)
        expect(viewer.page.get_by_text(f"mailbox.extract [{address}]").first).to_be_visible()
        viewer.keep("the task's log")
    finally:
        control.set_impersonation(user, address, allowed=None)
        live_stack.command("enable", "demo/exchange", "--mailbox", address)
        control.close()


def test_airflows_test_button_signs_in_and_tries_the_mailboxes(
    live_stack: LocalStack, visit: Callable[[str], Visit]
) -> None:
    admin = visit("admin")
    admin.page.goto(f"{admin.url}/connections")
    row = admin.page.get_by_role("row").filter(has_text="exchange_demo")
    with admin.page.expect_response("**/connections/test") as answered:
        row.get_by_role("button", name="Test Connection").click()
    told = answered.value.json()
    assert told["status"] is True, told
    for what in ("Authentication", *live_stack.simulator.mailboxes()):
        assert f"✓ {what}" in told["message"]


@pytest.mark.slice
def test_the_page_follows_airflows_theme_and_a_link_leads_to_airflows_runs(visit: Callable[[str], Visit]) -> None:
    viewer = visit("viewer")
    viewer.open("/integrations/demo/exchange")
    shown = viewer.page.evaluate("document.documentElement.classList.contains('dark') ? 'dark' : 'light'")
    assert viewer.frame.locator("html").get_attribute("data-theme") == shown
    other = "light" if shown == "dark" else "dark"
    viewer.page.evaluate(f"document.documentElement.classList.replace('{shown}', '{other}')")
    expect(viewer.frame.locator(f"html[data-theme={other}]")).to_have_count(1)
    viewer.keep(f"one integration {other}")
    viewer.frame.locator("a[data-leave]", has_text="runs").first.click()
    viewer.page.wait_for_url("**/dags/exchange.demo.exchange**", timeout=30_000)
