"""The list of integrations: how each is, in words, and what a visitor may do from here."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

from exchange_sync.clock import now_utc
from exchange_sync.model.config import IntegrationConfig
from exchange_sync.store import incidents, switching
from exchange_sync.store.incidents import Failure

from tests.integration.pipeline.conftest import BOTH, CLAIMS, SUPPORT, World
from tests.support.mail import mail
from tests.web.pages.conftest import Pages

WRONG = Failure("invalid_exchange_credentials", "HTTP 401", "The server refused the log-in.", "Correct the password.")


def words(html: str) -> str:
    """What a reader sees, tags away."""
    text = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))
    return re.sub(r"\b\d+ s\b", "a moment", text)  # however long the test takes


def started(world: World) -> None:
    world.rows("UPDATE integrations SET last_run_at = now(), last_success_at = now(), looked_run = 'r' RETURNING 1")


def synced(world: World, *numbers: int) -> None:
    for number in numbers:
        world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(number))
    for address in (SUPPORT, CLAIMS):
        world.sync(address)
    started(world)


def seen(pages: Pages, path: str = "/") -> str:
    answer = pages.viewer.get(path)
    assert answer.status_code == 200
    return words(answer.text)


def test_one_that_was_never_run_says_so(pages: Pages) -> None:
    assert "not started yet" in seen(pages)


def test_one_that_is_up_to_date_tells_its_figures_and_the_last_day(pages: Pages, world: World) -> None:
    synced(world, 1, 2, 3)
    text = seen(pages)
    assert "up to date 2 3 " in text  # mailboxes, comments
    assert "3 new emails; most, 3, from" in text


def test_a_first_sync_tells_how_far_it_is(pages: Pages, world: World) -> None:
    synced(world, 1, 2, 3, 4)
    world.rows(
        "UPDATE mailboxes SET synced_until = NULL, totals = '{\"created\": 1}' WHERE address = %s RETURNING 1", SUPPORT
    )
    text = seen(pages)
    assert "catching up" in text
    assert "1 of 2 mailboxes: about 1 of 4 emails" in text
    assert '<progress value="1" max="4"' in pages.viewer.get("/").text


def test_a_busy_server_is_waited_for_until_a_time(pages: Pages, world: World) -> None:
    synced(world, 1)
    until = now_utc() + timedelta(minutes=9)
    world.rows("UPDATE integrations SET not_before = %s RETURNING 1", until)
    assert f"waiting The server is busy and asked to be left alone until {until:%H:%M:%S} UTC" in seen(pages)


def test_one_that_is_disabled_tells_why_and_the_remedy(pages: Pages, world: World) -> None:
    synced(world, 1)
    for run in range(3):
        incidents.integration_failed(world.db, world.context.row["id"], WRONG, run=f"r{run}", limit=3, now=now_utc())
    text = seen(pages)
    assert "disabled The server refused the log-in." in text
    assert "Correct the password." in text


def test_one_that_fails_but_is_not_disabled_yet_tells_how_often(pages: Pages, world: World) -> None:
    synced(world, 1)
    for run in range(2):
        incidents.integration_failed(world.db, world.context.row["id"], WRONG, run=f"r{run}", limit=3, now=now_utc())
    assert "failing The server refused the log-in. (2 runs in a row) Correct the password." in seen(pages)


def test_one_that_a_person_stopped_is_no_failure(pages: Pages, world: World) -> None:
    synced(world, 1)
    switching.disable_by_user(world.db, world.context.row["id"], now_utc(), paused=False)
    text = seen(pages)
    assert "stopped Stopped by a person a moment ago." in text
    assert "disabled" not in text


def test_one_that_is_late_says_since_when_and_what_to_do(pages: Pages, world: World) -> None:
    synced(world, 1)
    late = Failure(incidents.NOT_FRESH, "freshness", "No sync has succeeded for 31 minutes.", "See the scheduler.")
    incidents.open_not_fresh(world.db, world.context.row["id"], late, since=now_utc(), now=now_utc())
    assert "late No sync has succeeded for 31 minutes. See the scheduler." in seen(pages)


def test_one_bad_mailbox_does_not_hide_behind_the_good_ones(pages: Pages, world: World) -> None:
    synced(world, 1)
    box = world.context.mailbox(CLAIMS)["id"]
    for run in range(3):
        incidents.mailbox_failed(world.db, box, WRONG, run=f"r{run}", limit=3, now=now_utc())
    text = seen(pages)
    assert "partly up to date 1 mailbox is disabled." in text
    assert "2 1 off" in text


def test_the_lag_is_that_of_the_oldest_mailbox_and_a_look_that_found_nothing_new_counts(
    pages: Pages, world: World
) -> None:
    synced(world, 1)
    world.rows(
        """UPDATE mailboxes SET synced_until = now() - interval '50 minutes', change_mark = 'm', seen_mark = 'm',
        looked_at = now() - CASE address WHEN %s THEN interval '5 minutes' ELSE interval '7 minutes' END RETURNING 1""",
        SUPPORT,
    )
    assert " 7 min " in seen(pages)
    world.rows("UPDATE mailboxes SET seen_mark = 'another' RETURNING 1")
    assert " 50 min " in seen(pages)


def test_the_filter_finds_by_name_or_title_and_says_when_nothing_fits(pages: Pages, world: World) -> None:
    world.configure(BOTH, IntegrationConfig("acme", "claims", "exchange_claims", title="Motor claims"))
    assert "acme/exchange" not in seen(pages, "/?q=MOTOR")
    assert "Motor claims" in seen(pages, "/?q=MOTOR")
    hostile = pages.viewer.get("/?q=<b>").text
    assert "No integration has “&lt;b&gt;” in its name" in hostile
    assert "<b>" not in hostile


def test_hundreds_are_shown_fifty_at_a_time(pages: Pages, world: World) -> None:
    world.configure(*(IntegrationConfig("acme", f"n{n:03}", f"c{n}") for n in range(120)))
    first = pages.viewer.get("/").text
    assert first.count('<th scope="row">') == 50
    last = pages.viewer.get("/?after=acme/n099").text
    assert last.count('<th scope="row">') == 20
    assert "Next 50" not in last


def test_the_part_that_refreshes_itself_is_the_same_list_without_the_frame(pages: Pages, world: World) -> None:
    synced(world, 1)
    part = pages.viewer.get("/list").text
    assert "<html" not in part
    assert 'data-summary="1 up to date"' in part
    assert words(part).strip() in seen(pages)


def test_only_those_who_may_are_led_to_a_new_integration(pages: Pages) -> None:
    assert "/integrations/new" in pages.op.get("/").text
    assert "/integrations/new" not in pages.viewer.get("/").text


def test_the_empty_list_explains_what_to_do_first(pages: Pages, world: World) -> None:
    world.rows("DELETE FROM mailboxes RETURNING 1")
    world.rows("DELETE FROM integrations RETURNING 1")
    may, may_not = pages.op.get("/").text, pages.viewer.get("/").text
    assert "No integration yet" in may
    assert "/integrations/new" in may
    assert "/integrations/new" not in may_not
    assert "Modify integrations" in may_not


def test_an_owner_that_names_viewers_is_seen_by_them_alone(pages: Pages, world: World) -> None:
    world.configure(replace(BOTH, viewers=("Claims Team",)))
    assert "acme/exchange" not in seen(pages)
    assert "acme/exchange" in words(pages.browser("carl", "Claims Team").get("/").text)


def test_an_integration_without_a_mailbox_says_what_it_lacks(pages: Pages, world: World) -> None:
    world.configure(replace(BOTH, mailboxes=()))
    started(world)
    assert "no mailbox It has no mailbox to read. Add one under Edit." in seen(pages)


def test_a_quarantined_email_is_counted(pages: Pages, world: World) -> None:
    synced(world, 1)
    world.rows("UPDATE origins SET state = 'quarantined', reason = 'clean: x' RETURNING 1")
    assert '/integrations/acme/exchange?state=quarantine">1</a>' in pages.viewer.get("/").text


def test_one_that_was_just_made_is_no_stopped_one(pages: Pages, world: World) -> None:
    switching.disable_by_user(world.db, world.context.row["id"], now_utc(), paused=False)
    assert "not started yet It is switched off. Check it and see its plan, then start it." in seen(pages)
