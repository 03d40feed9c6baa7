"""What every page keeps to: who may open it, what it forbids the browser, where it is shown."""

from __future__ import annotations

from tests.web.pages.conftest import Pages


def test_nobody_sees_anything_without_a_session(pages: Pages) -> None:
    answer = pages.nobody.get("/")
    assert answer.status_code == 401
    assert "acme" not in answer.text


def test_no_page_lets_inline_script_or_another_site_in(pages: Pages) -> None:
    policy = pages.viewer.get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
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
