"""What every page keeps to: who may open it, what it forbids the browser, where it is shown."""

from __future__ import annotations

import re

import pytest
from exchange_sync.model.config import IntegrationConfig

from tests.integration.pipeline.conftest import World
from tests.web.pages.conftest import Pages


def test_nobody_sees_anything_without_a_session(pages: Pages) -> None:
    answer = pages.nobody.get("/")
    assert answer.status_code == 401
    assert "acme" not in answer.text


def test_no_page_lets_inline_script_or_another_site_in(pages: Pages) -> None:
    policy = pages.viewer.get("/").headers["content-security-policy"]
    again = pages.viewer.get("/").headers["content-security-policy"]
    nonces = [re.search(r"script-src 'nonce-([\w-]{24})';", one)[1] for one in (policy, again)]  # type: ignore[index]
    assert nonces[0] != nonces[1]
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy


def test_a_copied_link_opens_the_same_view_inside_airflows_frame(pages: Pages) -> None:
    answer = pages.viewer.get("/?q=1", headers={"Sec-Fetch-Dest": "document"}, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == "/plugin/exchange/?q=1"


def test_a_viewer_sees_the_integrations_and_a_stranger_none(pages: Pages) -> None:
    assert "acme/exchange" in pages.viewer.get("/").text
    assert "acme/exchange" not in pages.stranger.get("/").text


def test_a_page_that_is_not_there_is_told_as_a_page(pages: Pages) -> None:
    answer = pages.viewer.get("/nothing/here")
    assert answer.status_code == 404
    assert "<main" in answer.text


def test_what_nobody_caught_is_a_page_with_all_its_headers_and_its_text_is_logged_nowhere(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    @pages.app.get("/broken")
    def broken() -> None:
        raise KeyError("what a mail says")

    answer = pages.viewer.get("/broken")

    assert answer.status_code == 500
    assert "<main" in answer.text
    assert "script-src 'nonce-" in answer.headers["content-security-policy"]
    assert "what a mail says" not in answer.text + caplog.text
    assert "unexpected KeyError" in caplog.text


def test_static_files_are_kept_by_browsers_and_pages_are_not(pages: Pages) -> None:
    page = pages.viewer.get("/")
    found = re.search(r'href="(/static/page\.css\?v=\w{12})"', page.text)
    assert found
    assert "immutable" in pages.nobody.get(found[1]).headers["cache-control"]
    assert page.headers["cache-control"] == "no-store"
    assert pages.nobody.get("/static/none.css").headers["cache-control"] == "no-store"


def test_a_page_whose_owner_is_called_static_is_not_kept(world: World) -> None:
    world.configure(IntegrationConfig("static", "exchange", "exchange_static"))
    pages = Pages(world)
    assert pages.viewer.get("/subscriptions/static/exchange").headers["cache-control"] == "no-store"
    pages.pool.close()
