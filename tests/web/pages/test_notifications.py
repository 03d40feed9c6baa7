"""The bell's list: what is told, to whom, and what counts as read."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange_sync.store import inbox, incidents, switching
from exchange_sync.store.incidents import Failure
from starlette.testclient import TestClient

from tests.support.explained import Explained, nodes
from tests.web.pages.conftest import Pages

NOW = datetime.now(UTC)
REFUSED = Failure(
    "invalid_exchange_credentials", "HTTP 401", "Exchange refused the log-in.", "Check the password & user."
)
JSON = {"Accept": "application/json"}


def meet(pages: Pages, *usernames: str) -> None:
    """People are known from their first page on."""
    for name in usernames:
        assert getattr(pages, name).get("/notifications").status_code == 200


def integration_id(pages: Pages) -> str:
    return str(pages.world.rows("SELECT id FROM integrations WHERE name = 'exchange'")[0]["id"])


def fail(pages: Pages, at: datetime = NOW, run: str = "exchange.acme.exchange/scheduled__1/gate") -> None:
    one = integration_id(pages)
    incidents.integration_failed(pages.world.db, one, REFUSED, run=run, limit=1, now=at)


def mend(pages: Pages, at: datetime) -> None:
    switching.enable(pages.world.db, integration_id(pages), at, unpause=False)


def shown_ids(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'name="id" value="(\d+)"', text)]


def unread(browser: TestClient) -> int:
    return int(browser.get("/notifications/unread").json()["unread"])


def test_a_failure_says_what_since_when_what_it_means_and_how_to_mend_it(pages: Pages) -> None:
    meet(pages, "viewer")
    fail(pages)

    page = pages.viewer.get("/notifications")

    text = html.unescape(page.text)
    for part in (
        "Integration acme/exchange was disabled",
        "Exchange refused the log-in. [HTTP 401] (invalid_exchange_credentials)",
        f"{NOW:%Y-%m-%d %H:%M}",
        "None of its mailboxes is synced",
        "Check the password & user.",
        "exchange-sync enable acme/exchange",
    ):
        assert part in text
    assert 'href="/integrations/acme/exchange"' in page.text
    assert 'href="/dags/exchange.acme.exchange/runs/scheduled__1"' in page.text
    assert "password & user" not in page.text  # escaped, like all that comes from elsewhere


def test_a_recovery_is_told_above_the_failure_and_the_failure_is_over(pages: Pages) -> None:
    meet(pages, "viewer")
    fail(pages)
    mend(pages, NOW + timedelta(minutes=5))

    page = pages.viewer.get("/notifications").text

    assert page.index("is enabled again") < page.index("was disabled")
    assert f"over since {NOW + timedelta(minutes=5):%Y-%m-%d %H:%M}" in page


def test_the_bell_counts_what_is_unread_on_every_page_and_for_its_script(pages: Pages) -> None:
    meet(pages, "viewer")
    assert unread(pages.viewer) == 0
    fail(pages)
    assert unread(pages.viewer) == 1
    assert 'aria-label="Notifications, 1 unread"' in pages.viewer.get("/tokens").text


def test_looking_marks_nothing_and_only_what_was_shown_is_marked(pages: Pages) -> None:
    meet(pages, "viewer", "op")
    fail(pages)
    ids = shown_ids(pages.viewer.get("/notifications").text)
    mend(pages, NOW + timedelta(minutes=1))  # arrives after the page was made
    assert unread(pages.viewer) == 2

    answer = pages.viewer.post("/notifications/read", data={"id": ids}, headers=JSON)

    assert answer.json() == {"unread": 1}
    assert unread(pages.op) == 2


def test_without_script_a_button_marks_and_says_so(pages: Pages) -> None:
    meet(pages, "viewer")
    fail(pages)
    ids = shown_ids(pages.viewer.get("/notifications").text)
    answer = pages.viewer.post("/notifications/read", data={"id": ids})
    assert "Marked as read" in answer.text
    assert shown_ids(answer.text) == []


def test_nobody_marks_the_messages_of_others(pages: Pages) -> None:
    meet(pages, "viewer", "op")
    fail(pages)
    ids = shown_ids(pages.viewer.get("/notifications").text)
    pages.op.post("/notifications/read", data={"id": ids})
    assert unread(pages.viewer) == 1


def test_what_is_no_number_is_refused_in_a_sentence(pages: Pages) -> None:
    answer = pages.viewer.post("/notifications/read", data={"id": "1; DROP TABLE notifications"})
    assert answer.status_code == 422
    assert "id is not a number" in answer.text


def test_messages_of_an_integration_that_one_may_not_see_any_more_are_gone(pages: Pages) -> None:
    meet(pages, "viewer", "admin")
    fail(pages)
    pages.world.rows("UPDATE integrations SET viewers = '{Claims}' RETURNING 1")
    assert "acme/exchange" not in pages.viewer.get("/notifications").text
    assert unread(pages.viewer) == 0
    assert "acme/exchange" in pages.admin.get("/notifications").text


def test_an_empty_list_says_what_will_come_here(pages: Pages) -> None:
    assert "Nothing to tell" in pages.viewer.get("/notifications").text


def test_older_messages_are_a_page_away_and_none_is_shown_twice(pages: Pages) -> None:
    meet(pages, "viewer")
    for number in range(40):
        at = NOW + timedelta(minutes=number)
        fail(pages, at, run=f"run-{number}")
        mend(pages, at + timedelta(seconds=30))
    seen: list[int] = []
    address = "/notifications"
    while address:
        page = pages.viewer.get(address).text
        seen += shown_ids(page)
        older = re.search(r'href="(/notifications\?before=\d+)"', page)
        address = older[1] if older else ""
    assert len(seen) == len(set(seen)) == 80
    assert seen == sorted(seen, reverse=True)


def test_a_long_history_is_entered_by_its_index_and_not_read_to_its_end(pages: Pages) -> None:
    meet(pages, "viewer")
    fail(pages)
    pages.world.rows(
        """WITH made AS (INSERT INTO incidents (integration_id, level, kind, text, remedy, action, since, opened_at,
            closed_at) SELECT id, 'integration', 'k', 't', 'r', 'none', now(), now(), now()
            FROM integrations, generate_series(1, 20000) RETURNING id)
        INSERT INTO notifications (incident_id, event, channel, recipient, created_at, due_at, processed_at, read_at)
        SELECT id, 'opened', 'in_app', who, now() - id * interval '1 min', now(), now(), now()
        FROM made, unnest(ARRAY['viewer', 'user' || id %% 10]) AS who RETURNING 1"""
    )
    pages.world.rows("ANALYZE notifications; SELECT 1")
    explained: Any = Explained(pages.world.db)

    assert len(inbox.messages(explained, "viewer", limit=31)) == 31
    assert inbox.unread(explained, "viewer") == 1

    for plan in explained.plans:
        scans = [node for node in nodes(plan) if node.get("Relation Name") == "notifications"]
        assert [node["Index Name"] for node in scans] == ["notifications_of_person"]
        assert sum(node["Actual Rows"] for node in scans) <= inbox.LOOKED_AT + 1
    assert len(explained.plans) == 2
