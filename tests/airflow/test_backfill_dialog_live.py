"""Airflow's own Backfill dialog over our backfill DAG, as a person uses it (issue 3, item 12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, sync_playwright

from stack.local import BACKFILL_DAG_ID
from tests.airflow.test_backfill_live import lose, ready
from tests.airflow.test_live import Live, live

__all__ = ["live"]  # a fixture
pytestmark = [pytest.mark.live, pytest.mark.browser]

MILLISECONDS = 60_000  # two cores also run Airflow, PostgreSQL and the Exchange


@pytest.fixture
def page(live: Live, chromium: str) -> Iterator[Page]:
    """A browser's page, signed in to Airflow."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        made = browser.new_page(viewport={"width": 1400, "height": 1000})
        made.set_default_timeout(MILLISECONDS)
        made.goto(f"{address(live)}/auth/login/")
        made.fill("#username", "admin")
        made.fill("#password", live.stack.keys.admin_password)
        made.click("input[type=submit]")
        made.wait_for_url(lambda url: "/auth/login" not in url)
        made.get_by_role("link", name="Exchange").wait_for()  # else the next address is cut off by this one's arrival
        yield made
        browser.close()


def address(live: Live) -> str:
    """Airflow as its own base URL names it: whoever signs in under another name is sent there without a cookie."""
    return live.stack.airflow.url.replace("127.0.0.1", "localhost")


def choose(page: Page, dialog: Locator, label: str, moment: datetime) -> None:
    """Pick a day and time in one of the dialog's two fields."""
    field = dialog.get_by_role("group").filter(has_text=label).get_by_test_id("datetime-input")
    field.click()
    opened = page.locator("[data-scope=popover][data-part=content][data-state=open]")
    opened.get_by_placeholder("YYYY/MM/DD").fill(f"{moment:%Y/%m/%d}")
    opened.get_by_placeholder("HH:mm").fill(f"{moment:%H:%M}")
    field.click()  # closes it
    opened.wait_for(state="hidden")


def days_with_something_lost(live: Live) -> tuple[datetime, datetime]:
    """The last two days that are over; of each an email is lost, where it had one that lies in one place only."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = until - timedelta(days=2), until - timedelta(days=1)
    found = live.query(
        """SELECT c.message_id FROM origins o JOIN comments c ON c.id = o.comment_id
        WHERE o.received >= %s AND o.received < %s GROUP BY c.id, c.message_id
        HAVING count(*) = 1 AND bool_and(o.gone_at IS NULL AND o.state = 'loaded' AND NOT c.conflict) LIMIT 1""",
        first, until,
    )  # fmt: skip
    lose(live, found[0][0])
    return first, last


def test_a_span_chosen_in_airflows_dialog_is_reread_and_what_was_lost_is_back(live: Live, page: Page) -> None:
    ready(live)
    before = set(live.comments())
    first, last = days_with_something_lost(live)
    begun = datetime.now(UTC)

    page.goto(f"{address(live)}/dags/{BACKFILL_DAG_ID}")
    page.get_by_role("button", name="Trigger").first.click()
    dialog = page.locator("[role=dialog][data-scope=dialog][data-state=open]")
    dialog.get_by_text("Run this Dag for a range of dates").click()
    choose(page, dialog, "From", first)
    choose(page, dialog, "To", last)
    dialog.get_by_text("All Runs", exact=True).click()
    dialog.get_by_text("2 runs will be triggered").wait_for()
    dialog.get_by_role("button", name="Run Backfill").click()

    done = live.eventually(lambda: _both(live, first, last, begun))
    assert [run["state"] for run in done] == ["success", "success"]
    assert set(live.comments()) == before


def _both(live: Live, first: datetime, last: datetime, since: datetime) -> list[dict[str, Any]] | None:
    """The two runs of this backfill, once they have ended."""
    found = live.rest.get(
        f"/dags/{BACKFILL_DAG_ID}/dagRuns",
        logical_date_gte=first.isoformat(), logical_date_lte=last.isoformat(), start_date_gte=since.isoformat(),
    )["dag_runs"]  # fmt: skip
    over = [run for run in found if run["state"] in ("success", "failed")]
    return over if len(over) == 2 else None
