"""One integration and one mailbox: what is told of them, to whom, and the links to Airflow's very log."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from exchange_sync.clock import now_utc
from exchange_sync.model.config import IntegrationConfig, MailboxConfig
from exchange_sync.model.names import attempt_id
from exchange_sync.store import incidents, people
from exchange_sync.store.incidents import Failure
from starlette.testclient import TestClient

from tests.integration.pipeline.conftest import BOTH, CLAIMS, SUPPORT, World
from tests.support.mail import mail
from tests.web.pages.conftest import Pages
from tests.web.pages.test_integrations import started, synced, words

ONE = "/integrations/acme/exchange"
BOX = f"{ONE}/mailboxes/{SUPPORT}"
RUN = "exchange.acme.exchange/scheduled__2026-03-02T12:00:00+00:00/0"
IN_AIRFLOW = "/dags/exchange.acme.exchange/runs/scheduled__2026-03-02T12%3A00%3A00%2B00%3A00"
GONE = Failure("mailbox_not_found", "ErrorNonExistentMailbox", "There is no such mailbox.", "Check the address.")


def seen(browser: TestClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def failed(world: World, address: str = CLAIMS, runs: int = 3, run: str = RUN) -> None:
    box = world.context.mailbox(address)["id"]
    for n in range(runs):
        name = run if n == runs - 1 else f"{run}-{n}"
        incidents.mailbox_failed(world.db, box, GONE, run=name, limit=3, now=now_utc())


def test_an_integration_tells_its_state_its_figures_and_its_mailboxes(pages: Pages, world: World) -> None:
    synced(world, 1, 2, 3)
    text = words(seen(pages.viewer, ONE))
    assert "up to date Mailboxes 2 Comments 3 Last sync" in text
    assert re.search(rf"{CLAIMS} up to date 0 0 .*{SUPPORT} up to date 3 0 ", text)


def test_what_one_may_not_see_is_not_there(pages: Pages, world: World) -> None:
    assert pages.stranger.get(ONE).status_code == 404
    assert pages.stranger.get(BOX).status_code == 404
    assert pages.viewer.get("/integrations/acme/none").status_code == 404
    assert pages.viewer.get(f"{ONE}/mailboxes/nobody@acme.example").status_code == 404


def test_a_viewer_sees_no_control(pages: Pages, world: World) -> None:
    synced(world, 1)
    for path in (ONE, BOX):
        html = seen(pages.viewer, path)
        assert 'method="post"' not in html
        for action in ("/start", "/stop", "/edit", "/backfill", "/retry", "/relist"):
            assert f'{action}"' not in html
            assert f"{action}?" not in html
    assert f'{ONE}/stop"' in seen(pages.op, ONE)
    assert f"{BOX.replace('@', '%40')}/relist?folder=" in seen(pages.op, BOX)


def test_a_failing_mailbox_tells_why_the_remedy_and_leads_to_the_run(pages: Pages, world: World) -> None:
    synced(world, 1)
    failed(world)
    html = seen(pages.viewer, ONE)
    assert re.search(
        rf"{CLAIMS} disabled There is no such mailbox\. Switched off a moment ago\. Check the address\.", words(html)
    )
    assert f'href="{IN_AIRFLOW}"' in html


def test_a_failing_mailbox_with_a_batch_leads_to_the_very_task_that_made_it(pages: Pages, world: World) -> None:
    synced(world, 1)
    failed(world)
    dag_id, run_id, _ = RUN.split("/")
    batch = attempt_id(dag_id, run_id, 17, 1)
    world.rows(
        """INSERT INTO batches (id, mailbox_id, run, generation, opened_at)
        SELECT %s, id, %s, 9, now() FROM mailboxes WHERE address = %s RETURNING 1""",
        batch, RUN, CLAIMS,
    )  # fmt: skip
    for path in (ONE, f"{ONE}/mailboxes/{CLAIMS}"):
        assert f'href="{IN_AIRFLOW}/tasks/mailbox.extract/mapped/17"' in seen(pages.viewer, path)


def test_a_task_that_was_cleared_is_found_by_its_second_attempt(pages: Pages, world: World) -> None:
    synced(world, 1)
    failed(world)
    dag_id, run_id, _ = RUN.split("/")
    world.rows(
        """INSERT INTO batches (id, mailbox_id, run, generation, opened_at)
        SELECT %s, id, %s, 9, now() FROM mailboxes WHERE address = %s RETURNING 1""",
        attempt_id(dag_id, run_id, 3, 2), RUN, CLAIMS,
    )  # fmt: skip
    html = seen(pages.viewer, f"{ONE}/mailboxes/{CLAIMS}")
    assert f'href="{IN_AIRFLOW}/tasks/mailbox.extract/mapped/3"' in html


def test_a_run_outside_airflow_has_no_link(pages: Pages, world: World) -> None:
    synced(world, 1)
    failed(world, run="cli")
    assert "/dags/exchange.acme.exchange/runs" not in seen(pages.viewer, ONE)


@pytest.mark.parametrize(
    ("state", "shown"), [("trouble", CLAIMS), ("stopped", ""), ("behind", SUPPORT), ("quarantine", SUPPORT)]
)
def test_mailboxes_are_filtered_by_state(pages: Pages, world: World, state: str, shown: str) -> None:
    synced(world, 1, 2)
    failed(world)
    world.rows(
        "UPDATE origins SET state = 'quarantined', reason = 'x' WHERE id = (SELECT min(id) FROM origins) RETURNING 1"
    )
    world.rows("UPDATE origins SET state = 'pending' WHERE id = (SELECT max(id) FROM origins) RETURNING 1")
    html = seen(pages.viewer, f"{ONE}?state={state}")
    listed = re.findall(r'<th scope="row"><a href="[^"]*">([^<]*@[^<]*)</a>', html)
    assert listed == ([shown] if shown else [])
    assert shown or "No mailbox fits." in html


def test_mailboxes_come_fifty_at_a_time_and_are_found_by_a_part_of_the_address(pages: Pages, world: World) -> None:
    world.configure(
        replace(BOTH, mailboxes=tuple(MailboxConfig(f"b{n:03}@x.example", "acme", "mail") for n in range(70)))
    )
    first = seen(pages.viewer, ONE)
    assert first.count('<th scope="row"><a') == 50
    assert "b049@x.example" in first
    assert "after=b049%40x.example" in first
    assert seen(pages.viewer, f"{ONE}?after=b049@x.example").count('<th scope="row"><a') == 20
    assert seen(pages.viewer, f"{ONE}?q=B06").count('<th scope="row"><a') == 10


def test_every_item_of_a_folder_is_accounted_for_against_the_servers_count(pages: Pages, world: World) -> None:
    synced(world, 1, 2, 3, 4)
    world.rows("UPDATE folders SET total = 4 WHERE path = '{Inbox}' AND mailbox_id = %s RETURNING 1",
               world.context.mailbox(SUPPORT)["id"])  # fmt: skip
    first, second = (row["id"] for row in world.rows("SELECT id FROM origins ORDER BY id LIMIT 2"))
    world.rows("UPDATE origins SET state = 'skipped', reason = 'draft' WHERE id = %s RETURNING 1", first)
    world.rows("UPDATE origins SET state = 'pending' WHERE id = %s RETURNING 1", second)
    text = words(seen(pages.viewer, BOX))
    assert "✓ every folder agrees" in text
    assert "Inbox 4 4 2 1 1 draft 0 1 ✓ yes" in text

    world.rows("UPDATE folders SET total = 6 WHERE path = '{Inbox}' RETURNING 1")
    text = words(seen(pages.viewer, BOX))
    assert "Inbox 6 4 2 1 1 draft 0 1 ✗ -2" in text
    assert "✗ 1 of 2 folders differ" in text


def test_folders_left_out_are_told_with_the_reason(pages: Pages, world: World) -> None:
    synced(world, 1)
    assert "Drafts: " in words(seen(pages.viewer, BOX))


def test_the_quarantine_tells_which_mail_it_is_to_those_alone_who_may_read_it(pages: Pages, world: World) -> None:
    world.exchange.deliver(SUPPORT, world.exchange.folder(SUPPORT, "Inbox"), mail(1, subject="A secret subject"))
    world.sync()
    started(world)
    world.rows("UPDATE origins SET state = 'quarantined', reason = 'clean: too deep' RETURNING 1")
    world.rows(
        """INSERT INTO quarantine (origin_id, stage, code, attempts, first_at, last_at, retry_at, told)
        SELECT id, 'clean', 'too deep', 2, now(), now(), %s,
            '{"subject": "A secret subject <b>", "sender": "Ann <ann@client.example>", "message_id": "<1@x>"}'
        FROM origins RETURNING 1""",
        now_utc() + timedelta(hours=4, minutes=1),
    )
    html = seen(pages.viewer, BOX)
    assert re.search(r"Inbox 2026-03-02 12:01 clean: too deep \d+ bytes 2 \S+ \S+ in 4 h", words(html))
    assert "A secret subject &lt;b&gt;" in html
    assert "ann@client.example" in html
    assert "/why?id=%3C1%40x%3E" in html or "/why?id=%3C1@x%3E" in html

    world.configure(BOTH, IntegrationConfig("other", "x", "c", viewers=("Acme",)))
    world.rows("UPDATE buckets SET owner = 'other' RETURNING 1")
    html = seen(pages.viewer, BOX)
    assert "clean: too deep" in html
    for told in ("A secret subject", "ann@client.example", "1@x"):
        assert told not in html


def test_incidents_are_told_open_first_and_with_their_end(pages: Pages, world: World) -> None:
    synced(world, 1)
    failed(world, SUPPORT)
    with world.db.transaction() as cursor:
        incidents.close(cursor, world.context.row["id"], world.context.mailbox(SUPPORT)["id"], now_utc())
    world.rows("UPDATE incidents SET opened_at = now() + interval '1 minute' RETURNING 1")
    failed(world)
    text = words(seen(pages.viewer, ONE))
    assert re.search(rf"open {CLAIMS} There is no such mailbox.*over {SUPPORT} There is no such mailbox", text)
    own = words(seen(pages.viewer, BOX)).split("Incidents")[1]
    assert own.count("There is no such mailbox") == 1


def test_charts_have_their_sentence_and_a_table(pages: Pages, world: World) -> None:
    synced(world)
    now = now_utc()
    world.rows("UPDATE mailboxes SET synced_until = %s RETURNING 1", now - timedelta(minutes=10))
    inbox = world.exchange.folder(SUPPORT, "Inbox")
    for n, seconds in ((1, 60), (2, 120)):
        world.exchange.deliver(SUPPORT, inbox, mail(n), received=now - timedelta(seconds=seconds))
    world.context.clock = lambda: now
    world.sync()
    hour = f"{now:%a} {now:%H}:00"
    for path in (ONE, BOX):
        html = seen(pages.viewer, path)
        assert f"2 new emails; most, 2, from {hour}." in html
        assert f"On average 1 min; the slowest took 2 min, from {hour}." in html
        assert f"{now:%Y-%m-%d %H}:00 2 1 min 2 min" in words(html)
    assert "No new email." in seen(pages.viewer, f"{ONE}/mailboxes/{CLAIMS}")
    week = words(seen(pages.viewer, f"{ONE}?hours=168"))
    assert "2 new emails" in week
    assert seen(pages.viewer, f"{ONE}?hours=5").count("<g>") == seen(pages.viewer, ONE).count("<g>")


def test_the_trail_tells_who_did_what_and_shows_details_as_text(pages: Pages, world: World) -> None:
    with world.db.transaction() as cursor:
        people.record(
            cursor, "ann", "integration changed", "acme/exchange",
            {"fields": ["<b>title", "mailboxes"], "enabled": True}, datetime(2026, 3, 2, 8, tzinfo=UTC),
        )  # fmt: skip
        people.record(cursor, "mallory", "integration changed", "acme/other", {}, now_utc())
    html = seen(pages.viewer, ONE)
    assert "2026-03-02 08:00" in html
    assert "ann" in html
    assert "mallory" not in html
    assert "(fields: &lt;b&gt;title, mailboxes, enabled: yes)" in html


def test_the_list_of_mailboxes_refreshes_itself_as_it_was_asked_for(pages: Pages, world: World) -> None:
    synced(world, 1)
    whole = seen(pages.viewer, f"{ONE}?q=claims")
    part = seen(pages.viewer, f"{ONE}/boxes?q=claims")
    assert "<html" not in part
    assert CLAIMS in part
    assert SUPPORT not in part
    assert part.strip().splitlines()[1] in whole
    assert pages.stranger.get(f"{ONE}/boxes").status_code == 404


def test_a_mailbox_in_which_nothing_changed_was_synced_when_that_was_seen(pages: Pages, world: World) -> None:
    synced(world, 1)
    with world.db.transaction() as cursor:
        cursor.execute(
            """UPDATE mailboxes SET synced_at = now() - interval '3 hours', looked_at = now() - interval '2 minutes',
                change_mark = 'same', seen_mark = 'same' WHERE address = %s""",
            (SUPPORT,),
        )
    assert "Last sync 2 min ago" in words(seen(pages.viewer, BOX))
    with world.db.transaction() as cursor:
        cursor.execute("UPDATE mailboxes SET seen_mark = 'another' WHERE address = %s", (SUPPORT,))
    assert "Last sync 3 h ago" in words(seen(pages.viewer, BOX))


def test_the_part_that_refreshes_itself_bears_the_state(pages: Pages, world: World) -> None:
    synced(world, 1)
    part = seen(pages.viewer, f"{ONE}/now")
    assert 'id="now"' in part
    assert 'data-summary="up to date"' in part
    assert "<html" not in part
