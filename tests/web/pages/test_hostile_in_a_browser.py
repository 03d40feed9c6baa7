"""Mail, folders and names that would run, in a browser: nothing of them runs, on any page that shows them."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from exchange_sync.store.database import jsonb
from playwright.sync_api import Page

from tests.integration.pipeline.conftest import SUPPORT
from tests.support.filled_pages import MORE, documents
from tests.support.mail import mail
from tests.web.pages.site import Site, site

__all__ = ["site"]
pytestmark = [pytest.mark.browser]

RUN = "document.title = 'it ran'; window.ran = true; alert(1)"
MARKUP = f'"\'><script>{RUN}</script><img src=x onerror="{RUN}"><svg onload="{RUN}">{{{{7*7}}}}javascript:alert(1)'
FILES = {  # type → content; the names are hostile too
    "text/javascript": RUN,
    "text/html": f"<script>{RUN}</script>",
    "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{RUN}\"/>",
    "application/xhtml+xml": f"<html xmlns='http://www.w3.org/1999/xhtml'><script>{RUN}</script></html>",
    "text/css": "*{display:none}",
}


def hostile_mail(number: int) -> bytes:
    """Every text of it would run where it is not escaped."""
    message = message_from_bytes(mail(number, subject=MARKUP, body=f"{MARKUP}\n"), policy=policy.default)
    assert isinstance(message, EmailMessage)
    del message["From"]
    message["From"] = '"<img src=x onerror=alert(1)>" <eve@client.example>'
    for kind, text in FILES.items():
        main, _, sub = kind.partition("/")
        name = f"<img src=x onerror=alert(1)>.{sub[:3]}"
        message.add_attachment(text.encode(), maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


@pytest.fixture(scope="module")
def hostile(site: Site) -> Site:
    """The filled world, with hostile names of everything that somebody else may name."""
    world = site.pages.world
    folder = world.exchange.add_folder(SUPPORT, ("Inbox", MARKUP[:200]))
    world.exchange.deliver(SUPPORT, folder, hostile_mail(77))
    world.sync(SUPPORT)
    with world.db.transaction() as cursor:
        cursor.execute("UPDATE integrations SET title = %s WHERE name <> 'late'", (MARKUP[:100],))
        cursor.execute(
            "UPDATE comments SET user_properties = user_properties || %s", (jsonb({f"string:{MARKUP[:60]}": MARKUP}),)
        )
    return site


@pytest.fixture
def page(hostile: Site) -> Iterator[Page]:
    """An admin's page that notes whatever would run."""
    context = hostile.context("wide")
    page = context.new_page()
    page.ran = []  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: (page.ran.append(dialog.message), dialog.dismiss()))  # type: ignore[attr-defined]
    yield page
    context.close()


def ran(page: Page) -> bool:
    return bool(page.ran or page.evaluate("window.ran === true") or page.title() == "it ran")  # type: ignore[attr-defined]


@pytest.mark.slice
def test_nothing_of_it_runs_on_any_page(hostile: Site, page: Page) -> None:
    shown = 0
    for place in (*documents(), *MORE):
        page.goto(hostile.where(place), wait_until="load")
        assert not ran(page), place
        assert page.locator("img[onerror], svg[onload], a[href^='javascript:']").count() == 0, place
        shown += page.get_by_text("onerror=").count() > 0
    assert shown >= 5, "the names are not shown on these pages any more: is this test still one?"


def test_an_attachment_is_saved_and_never_shown_or_run(hostile: Site, page: Page) -> None:
    world = hostile.pages.world
    references = [str(row["reference"]) for row in world.rows("SELECT reference FROM attachments")]
    assert len(references) >= len(FILES)
    page.goto(f"{hostile.base}/comments", wait_until="load")
    for reference in references:
        where = f"{hostile.base}/comments/attachments/{reference}"
        answer = page.request.get(where)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert answer.headers["content-disposition"].startswith("attachment;")
        page.evaluate(
            """where => new Promise(done => {
                const script = document.createElement("script")
                script.src = where
                script.onload = script.onerror = done
                document.head.append(script)
            })""",
            where,
        )
        assert not ran(page), reference
