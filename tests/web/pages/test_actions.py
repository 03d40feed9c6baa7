"""Actions: told first, done by a POST, refused to those who may not and to stale readers, and kept in the trail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput, IntegrationFault, Reason, Retriable
from exchange_sync.store import incidents, switching
from starlette.testclient import TestClient

from tests.integration.pipeline.conftest import CLAIMS, SUPPORT, World
from tests.support.mail import mail
from tests.support.memory_exchange import MemorySource
from tests.web.pages.conftest import Pages
from tests.web.pages.test_integration import BOX, GONE, ONE, failed
from tests.web.pages.test_integrations import WRONG, synced, words

ACTIONS = [f"{ONE}/{what}" for what in ("start", "stop", "sync", "retry", "backfill")]
ACTIONS += [f"{BOX}/{what}" for what in ("start", "stop", "relist", "retry", "verify")]


def press(browser: TestClient, path: str, **fields: str) -> Any:
    """Open the question, and send its form with what it hides."""
    asked = browser.get(path)
    assert asked.status_code == 200, asked.text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    return browser.post(path.partition("?")[0], data={**hidden, **fields}, follow_redirects=False)


def follow(browser: TestClient, answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    return words(browser.get(answer.headers["location"]).text)


def trail(world: World) -> list[tuple[object, ...]]:
    rows = world.rows("SELECT username, action, subject, details FROM audit ORDER BY id")
    return [(row["username"], row["action"], row["subject"], row["details"]) for row in rows]


def reachable(pages: Pages, world: World) -> None:
    """The pages have the connection, and log in by it to the world's Exchange."""
    fields = {"host": "https://mail.acme.example", "login": "svc", "password": "x", "extra": {}}
    pages.connections.kept["exchange_acme"] = fields
    world.source = MemorySource(world.exchange)  # type: ignore[attr-defined]


def state(world: World) -> Any:
    return switching.state(world.db, world.context.row["id"])


@pytest.mark.parametrize("path", ACTIONS)
def test_no_action_is_a_viewers_or_a_strangers(pages: Pages, world: World, path: str) -> None:
    synced(world, 1)
    assert pages.viewer.post(path).status_code == 403
    assert pages.stranger.post(path).status_code == 404
    assert pages.nobody.post(path).status_code == 401
    if not path.endswith("/sync"):
        assert pages.viewer.get(path).status_code == 403
    assert pages.dags.asked == []
    assert trail(world) == []


@pytest.mark.parametrize("path", ACTIONS)
def test_no_action_is_taken_from_another_site(pages: Pages, world: World, path: str) -> None:
    answer = pages.op.post(path, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert trail(world) == []


def test_stopping_tells_what_it_does_and_turns_airflows_switch_too(pages: Pages, world: World) -> None:
    synced(world, 1)
    assert "No new email of its 2 mailboxes becomes a comment" in words(pages.op.get(f"{ONE}/stop").text)

    text = follow(pages.op, press(pages.op, f"{ONE}/stop"))

    assert "Stopped. A run that is under way ends by itself" in text
    assert (state(world)["enabled"], state(world)["disabled_reason"]) == (False, "user")
    assert pages.dags.asked == [("settle", world.context.row["id"])]
    assert trail(world) == [("op", "integration stopped", "acme/exchange", {})]


def test_starting_after_an_error_closes_its_incident_and_says_so_first(pages: Pages, world: World) -> None:
    synced(world, 1)
    for run in range(3):
        incidents.integration_failed(world.db, world.context.row["id"], WRONG, run=f"r{run}", limit=3, now=now_utc())
    assert "Its incident is closed" in words(pages.op.get(f"{ONE}/start").text)

    follow(pages.op, press(pages.op, f"{ONE}/start"))

    assert state(world)["enabled"]
    assert state(world)["unpause_wanted_at"] is not None
    assert world.rows("SELECT 1 FROM incidents WHERE closed_at IS NULL") == []
    assert trail(world) == [("op", "integration started", "acme/exchange", {})]


def test_of_two_who_read_the_same_the_second_is_refused(pages: Pages, world: World) -> None:
    synced(world, 1)
    ann, bob = pages.browser("ann", "Op"), pages.browser("bob", "Op")
    read = re.findall(r'name="updated_at" value="([^"]*)"', bob.get(f"{ONE}/stop").text)[0]
    follow(ann, press(ann, f"{ONE}/stop"))
    answer = bob.post(f"{ONE}/stop", data={"updated_at": read}, follow_redirects=False)
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert [row[0] for row in trail(world)] == ["ann"]


def test_a_form_without_its_reading_is_refused(pages: Pages, world: World) -> None:
    assert pages.op.post(f"{ONE}/stop").status_code == 422
    assert pages.op.post(f"{ONE}/stop", data={"updated_at": "yesterday"}).status_code == 422
    assert state(world)["enabled"]


def test_what_airflow_could_not_be_told_is_said_to_follow(pages: Pages, world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(pages.dags, "settle", lambda *_: "Airflow's pause switch follows within a minute.")
    assert "Airflow's switch follows within a minute" in follow(pages.op, press(pages.op, f"{ONE}/stop"))


def test_a_start_of_what_runs_has_no_button(pages: Pages, world: World) -> None:
    html = pages.op.get(f"{ONE}/start").text
    assert "It is running already." in html
    assert "<form" not in html


def test_a_mailbox_is_stopped_and_started_alone(pages: Pages, world: World) -> None:
    synced(world, 1)
    follow(pages.op, press(pages.op, f"{BOX}/stop"))
    assert world.context.mailbox(SUPPORT)["disabled_reason"] == "user"
    assert world.context.mailbox(CLAIMS)["enabled"]
    follow(pages.op, press(pages.op, f"{BOX}/start"))
    assert world.context.mailbox(SUPPORT)["enabled"]
    assert trail(world) == [
        ("op", "mailbox stopped", "acme/exchange", {"mailbox": SUPPORT}),
        ("op", "mailbox started", "acme/exchange", {"mailbox": SUPPORT}),
    ]


def test_starting_the_mailbox_with_which_the_integration_went_off_starts_both(pages: Pages, world: World) -> None:
    synced(world, 1)
    for address in (SUPPORT, CLAIMS):
        failed(world, address)
    assert incidents.disable_if_no_mailbox_is_left(world.db, world.context.row["id"], run="r", now=now_utc())
    follow(pages.op, press(pages.op, f"{BOX}/start"))
    assert world.context.mailbox(SUPPORT)["enabled"]
    assert state(world)["enabled"]


def test_two_who_read_the_same_mailbox_cannot_both_turn_it(pages: Pages, world: World) -> None:
    read = re.findall(r'name="updated_at" value="([^"]*)"', pages.op.get(f"{BOX}/stop").text)[0]
    follow(pages.op, press(pages.op, f"{BOX}/stop"))
    assert pages.admin.post(f"{BOX}/start", data={"updated_at": read}).status_code == 409
    assert not world.context.mailbox(SUPPORT)["enabled"]


def test_a_folder_is_listed_again_and_nothing_is_downloaded_twice(pages: Pages, world: World) -> None:
    synced(world, 1, 2)
    before = world.exchange.asked("mimes")
    path = re.findall(r'href="([^"]*relist\?folder=[0-9a-f]+)"[^>]*>List again<span class="off-screen">: Inbox<',
                      pages.op.get(BOX).text)[0]  # fmt: skip
    assert "List Inbox again?" in words(pages.op.get(path).text)

    assert "The next run lists it again from the start." in follow(pages.op, press(pages.op, path))

    assert trail(world) == [("op", "listed again", "acme/exchange", {"mailbox": SUPPORT, "folder": "Inbox"})]
    states = world.rows(
        "SELECT f.path FROM sync_states s JOIN folders f ON f.id = s.folder_id WHERE f.mailbox_id = %s",
        world.context.mailbox(SUPPORT)["id"],
    )
    assert [row["path"] for row in states] == [["Sent Items"]]
    listed = world.exchange.count("changes")
    world.sync()
    assert world.exchange.count("changes") == listed + 1
    assert world.exchange.asked("mimes") == before


def test_a_whole_mailbox_is_listed_again(pages: Pages, world: World) -> None:
    synced(world, 1, 2)
    follow(pages.op, press(pages.op, f"{BOX}/relist"))
    mine = world.context.mailbox(SUPPORT)["id"]
    assert (
        world.rows("SELECT 1 FROM sync_states s JOIN folders f ON f.id = s.folder_id WHERE f.mailbox_id = %s", mine)
        == []
    )
    assert world.rows("SELECT 1 FROM sync_states") != []
    assert trail(world) == [("op", "listed again", "acme/exchange", {"mailbox": SUPPORT})]


def test_a_folder_of_another_mailbox_is_not_listed_again_from_here(pages: Pages, world: World) -> None:
    synced(world, 1)
    [row] = world.rows(
        "SELECT lpad(to_hex(id), 16, '0') AS key FROM folders WHERE path = '{Inbox}' AND mailbox_id = %s",
        world.context.mailbox(CLAIMS)["id"],
    )
    assert pages.op.post(f"{BOX}/relist", data={"folder": str(row["key"])}).status_code == 409
    assert pages.op.post(f"{BOX}/relist", data={"folder": "ffff"}).status_code == 409
    assert trail(world) == []


@pytest.mark.parametrize(("path", "told"), [(ONE, {"emails": 2}), (BOX, {"mailbox": SUPPORT, "emails": 1})])
def test_quarantined_emails_are_tried_again(pages: Pages, world: World, path: str, told: dict[str, object]) -> None:
    world.exchange.deliver(CLAIMS, world.exchange.folder(CLAIMS, "Inbox"), mail(2))
    synced(world, 1)
    world.rows("UPDATE origins SET state = 'quarantined', reason = 'clean: x' RETURNING 1")
    world.rows(
        """INSERT INTO quarantine (origin_id, stage, code, first_at, last_at)
        SELECT id, 'clean', 'x', now(), now() FROM origins RETURNING 1"""
    )
    assert f"{told['emails']} quarantined email" in words(pages.op.get(f"{path}/retry").text)

    follow(pages.op, press(pages.op, f"{path}/retry"))

    left = world.rows("SELECT 1 FROM origins WHERE state = 'quarantined'")
    assert len(left) == 2 - int(str(told["emails"]))
    assert trail(world) == [("op", "quarantine retried", "acme/exchange", told)]


def test_a_run_is_started_now(pages: Pages, world: World) -> None:
    answer = pages.op.post(f"{ONE}/sync", follow_redirects=False)
    assert "A run was started." in follow(pages.op, answer)
    assert pages.dags.asked == [("trigger", "acme/exchange")]
    assert trail(world) == [("op", "sync triggered", "acme/exchange", {})]


def test_a_stopped_one_starts_no_run_and_no_backfill(pages: Pages, world: World) -> None:
    switching.disable_by_user(world.db, world.context.row["id"], now_utc(), paused=True)
    assert "start it first" in pages.op.post(f"{ONE}/sync").text
    answer = pages.op.post(f"{ONE}/backfill", data={"since": "2026-03-01", "until": "2026-03-02"})
    assert (answer.status_code, "start it first" in answer.text) == (422, True)
    assert pages.dags.asked == []


def test_what_airflow_refuses_is_no_success(pages: Pages, world: World, monkeypatch: Any) -> None:
    def refuse(*_: object) -> None:
        raise BadInput("Airflow refused the run: it does not know the DAG yet: wait half a minute")

    def silent(*_: object) -> None:
        raise Retriable("Airflow does not answer", 10.0)

    monkeypatch.setattr(pages.dags, "trigger", refuse)
    answer = pages.op.post(f"{ONE}/sync")
    assert (answer.status_code, "does not know the DAG yet" in answer.text) == (422, True)
    monkeypatch.setattr(pages.dags, "trigger", silent)
    assert pages.op.post(f"{ONE}/sync").status_code == 503
    assert trail(world) == []


def test_a_backfill_says_how_many_days_then_starts_them_whole(pages: Pages, world: World) -> None:
    query = {"since": "2026-03-01", "until": "2026-03-03"}
    assert "3 days will be re-read" in words(pages.op.get(f"{ONE}/backfill", params=query).text)
    answer = pages.op.post(f"{ONE}/backfill", data=query, follow_redirects=False)
    assert "The backfill was started." in follow(pages.op, answer)
    assert pages.dags.asked == [("backfill", "acme/exchange 2026-03-01T00:00:00+00:00 2026-03-04T00:00:00+00:00")]
    assert trail(world) == [("op", "backfill started", "acme/exchange", query)]


def test_a_backfill_leads_to_airflows_page_of_it(pages: Pages, world: World) -> None:
    html = pages.op.get(f"{ONE}/backfill").text
    assert 'data-leave href="/dags/exchange_backfill.acme.exchange/backfills"' in html


@pytest.mark.parametrize(
    ("since", "until", "wrong"),
    [
        ("2026-03-05", "2026-03-01", "The last day, 2026-03-01, is before the first"),
        ("yesterday", "2026-03-01", "as year-month-day"),
        ("1999-12-31", "2026-03-01", "reach back to the year 2000"),
        ("2026-03-01", "today", "as year-month-day"),
    ],
)
def test_days_that_do_not_fit_are_told_before_anything_starts(
    pages: Pages, world: World, since: str, until: str, wrong: str
) -> None:
    for answer in (
        pages.op.get(f"{ONE}/backfill", params={"since": since, "until": until}),
        pages.op.post(f"{ONE}/backfill", data={"since": since, "until": until}),
    ):
        assert answer.status_code == 422
        assert wrong in words(answer.text)
    assert pages.dags.asked == []


def test_today_is_not_over_and_yesterday_is(pages: Pages, world: World) -> None:
    today = datetime.now(UTC)
    for day, status in ((today, 422), (today - timedelta(days=1), 200)):
        query = {"since": "2026-03-01", "until": f"{day:%Y-%m-%d}"}
        assert pages.op.get(f"{ONE}/backfill", params=query).status_code == status


def test_a_mailbox_is_compared_with_what_the_server_counts_now(pages: Pages, world: World) -> None:
    reachable(pages, world)
    synced(world, 1, 2)
    assert "one log-in and two requests" in words(pages.op.get(f"{BOX}/verify").text)
    text = words(pages.op.post(f"{BOX}/verify").text)
    assert "✓ every folder agrees" in text
    assert "Inbox 2 2 0 0 0 ✓ yes" in text

    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(3))
    text = words(pages.op.post(f"{BOX}/verify").text)
    assert "✗ 1 of 2 folders differ" in text
    assert "Inbox 3 2 0 0 0 ✗ no" in text
    assert trail(world)[-1] == ("op", "mailbox verified", "acme/exchange", {"mailbox": SUPPORT})


def test_a_server_that_refuses_the_comparison_is_told_with_the_remedy_and_fails_no_sync(
    pages: Pages, world: World
) -> None:
    reachable(pages, world)
    synced(world, 1)

    def refuse(operation: str, ids: object) -> None:
        raise IntegrationFault(
            "Exchange refused the log-in", Reason("invalid_exchange_credentials", "401", "Correct it.")
        )

    world.exchange.fault = refuse
    answer = pages.op.post(f"{BOX}/verify")
    assert (answer.status_code, "Exchange refused the log-in. Correct it." in answer.text) == (422, True)
    assert state(world)["consecutive_failures"] == 0
    assert trail(world) == []


def test_text_in_the_address_is_never_shown_as_something_done(pages: Pages, world: World) -> None:
    for path in (ONE, BOX):
        assert "you have won" not in pages.op.get(f"{path}?done=you have won").text


def test_a_remedy_of_a_disabled_mailbox_is_told_where_it_is_started(pages: Pages, world: World) -> None:
    synced(world, 1)
    failed(world, SUPPORT)
    assert GONE.remedy in words(pages.op.get(BOX).text)
    assert "Its incident is closed" in words(pages.op.get(f"{BOX}/start").text)
