"""Every page in a browser, wide and narrow, light and dark: axe finds nothing serious, nothing is asked of another
host, nothing is refused by the page's own policy, nothing scrolls sideways, and the keyboard gets everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.filled_pages import MORE, documents
from tests.web.pages.site import WIDTHS, Site, site

__all__ = ["site"]

pytestmark = [pytest.mark.browser]

SCHEMES = ("light", "dark")
GRAVE = ("serious", "critical")
PLACES = [*documents(), *MORE]
TABS = 600  # more than any page has controls

# What a keyboard must reach: shown, not switched off, and of a group of radio buttons the one that is chosen.
MARK_CONTROLS = """() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true}) && !e.closest("[inert]");
  const found = [...document.querySelectorAll(
    "a[href], button:not(:disabled), input:not([type=hidden]):not(:disabled), select:not(:disabled), "
    + "textarea:not(:disabled), summary, [tabindex='0']")].filter(shown);
  const one = found.filter((e) => e.type !== "radio"
    || e.checked || !document.querySelector(`input[type=radio][name="${CSS.escape(e.name)}"]:checked`));
  one.forEach((e, n) => { e.dataset.control = n; });
  document.body.focus();
  return one.map((e) => e.outerHTML.slice(0, 120));
}"""
FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const visible = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return {control: e.dataset.control ?? null, visible: visible};
}"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def watched(page: Page, base: str) -> list[str]:
    """Complaints that the page gives rise to from now on."""
    found: list[str] = []

    def heard(message: Any) -> None:
        missing = (
            "404" in message.text and "/nothing/here" in page.url
        )  # the browser's own word on a page that is not there
        if message.type in ("error", "warning") and not missing:
            found.append(f"console: {message.text} {message.location['url']}")

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    page.on("requestfailed", lambda request: found.append(f"failed: {request.url} {request.failure}"))
    page.on("request", lambda request: None if _own(request.url, base) else found.append(f"elsewhere: {request.url}"))
    return found


def _own(url: str, base: str) -> bool:
    return url.startswith((base + "/", "data:", "about:"))


def grave(page: Page) -> list[str]:
    """What axe finds serious, each with the elements."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']][:3]}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_accessible_and_keeps_to_itself(site: Site, place: str, size: str) -> None:
    context = site.context(size)
    try:
        page = context.new_page()
        complaints = watched(page, site.base)
        page.goto(site.where(place), wait_until="networkidle")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
            complaints += [f"{scheme}: {found}" for found in grave(page)]
        sideways = page.evaluate(SIDEWAYS)
        complaints += [f"scrolls sideways by {sideways} pixels"] if sideways > 0 else []
        assert complaints == []
    finally:
        context.close()


@pytest.mark.parametrize("place", PLACES)
def test_the_keyboard_reaches_every_control_and_one_sees_where_it_is(site: Site, place: str) -> None:
    context = site.context("wide")
    try:
        page = context.new_page()
        page.goto(site.where(place), wait_until="networkidle")
        wanted = page.evaluate(MARK_CONTROLS)
        seen: dict[int, bool] = {}  # a date has a stop for each of its parts: one is enough to see where one is
        for _ in range(TABS):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused["control"] is not None:
                number = int(focused["control"])
                seen[number] = seen.get(number, False) or focused["visible"]
            elif len(seen) == len(wanted):
                break
        assert [control for number, control in enumerate(wanted) if number not in seen] == []
        assert [wanted[number] for number, visible in seen.items() if not visible] == []
    finally:
        context.close()


@pytest.mark.parametrize(
    "place", ["/", "/notifications", "/subscriptions/acme/exchange", "/integrations/acme/exchange"]
)
@pytest.mark.slice
def test_what_a_viewer_sees_is_accessible_too(site: Site, place: str) -> None:
    context = site.context("wide", who="viewer")
    try:
        page = context.new_page()
        page.goto(site.base + place, wait_until="networkidle")
        assert grave(page) == []
        assert page.locator("main").inner_text().strip()
    finally:
        context.close()


def test_the_check_finds_what_it_looks_for(site: Site) -> None:
    """A page with faults on purpose: else a browser that finds nothing proves nothing."""
    context = site.context("narrow")
    try:
        page = context.new_page()
        complaints = watched(page, site.base)
        page.goto(site.base + "/tokens", wait_until="networkidle")
        page.evaluate(
            """() => {
              const wide = document.createElement("div");
              wide.style.width = "900px"; wide.textContent = "wide"; document.body.append(wide);
              const field = document.createElement("input"); document.querySelector("main").append(field);
              const script = document.createElement("script"); script.textContent = "1"; document.body.append(script);
              fetch("http://127.0.0.2:1/").catch(() => null);
            }"""
        )
        page.wait_for_timeout(200)
        assert any(found.startswith("label:") for found in grave(page))
        assert page.evaluate(SIDEWAYS) > 0
        assert any("Content Security Policy" in one for one in complaints)
    finally:
        context.close()
