"""Query plans of the pages of integrations: no page looks at comments, and none at items it does not tell of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from exchange_sync.store import arrivals, folder_counts, integrations, overview, schema, trail
from exchange_sync.store.database import Database

from tests.support.explained import Explained
from tests.support.many_integrations import fill

pytestmark = pytest.mark.long
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COUNT, MAILBOXES, ITEMS = 4, 25, 500

# What gathers beside the items: a quarter of hours, a week of batches, a trail.
GATHERED = """
INSERT INTO arrivals (mailbox_id, hour, emails)
    SELECT m.id, date_trunc('hour', %(now)s - n * interval '1 hour', 'UTC'), 1
    FROM mailboxes m, generate_series(0, 90 * 24) AS n ON CONFLICT DO NOTHING;
INSERT INTO batches (id, mailbox_id, run, generation, opened_at, closed_at)
    SELECT m.id || '-' || n, m.id, 'run ' || n, n, %(now)s - n * interval '1 hour', %(now)s - n * interval '1 hour'
    FROM mailboxes m, generate_series(1, 100) AS n;
INSERT INTO audit (at, username, action, subject)
    SELECT %(now)s - n * interval '1 hour', 'ann', 'integration changed', 'acme/exchange-0' || n %% 9
    FROM generate_series(1, 20000) AS n;
ANALYZE;
"""


@pytest.fixture
def filled(new_database: Callable[..., str], template_database: Callable[..., str]) -> Iterator[Database]:
    """50,000 items of a hundred mailboxes, and what gathers beside them; statistics fresh."""

    def prepare(url: str) -> None:
        schema.upgrade(url)
        db = Database(url)
        fill(db, COUNT, MAILBOXES, ITEMS, NOW)
        with db.transaction() as cursor:
            cursor.execute(GATHERED, {"now": NOW})
        db.close()

    db = Database(new_database(template_database("many_integrations", prepare)))
    yield db
    db.close()


def explained(db: Database, *asked: Callable[[Any], Any]) -> Explained:
    found = Explained(db)
    for ask in asked:
        ask(found)
    assert found.touched("comments") == 0
    assert not found.whole & {"comments", "origins", "arrivals", "batches", "audit", "sync_states"}
    return found


def one(db: Database) -> str:
    return str(integrations.integration(db, "acme", "exchange-02")["id"])


def test_the_list_reads_its_mailboxes_and_what_is_wrong_but_no_other_item(filled: Database) -> None:
    ids = [integrations.integration(filled, "acme", f"exchange-0{n}")["id"] for n in range(1, COUNT + 1)]
    boxes = COUNT * MAILBOXES
    found = explained(
        filled,
        lambda db: overview.of_integrations(db, ids, NOW),
        lambda db: overview.quarantined(db, ids),
        lambda db: overview.progress(db, ids),
        lambda db: overview.open_incidents(db, ids),
        lambda db: arrivals.by_integration(db, ids, NOW - timedelta(hours=24)),
    )
    assert found.touched("origins") <= boxes  # those in the quarantine, one a mailbox
    assert found.touched("arrivals") <= boxes * 25
    assert overview.quarantined(filled, ids) == dict.fromkeys(ids, MAILBOXES)


def test_how_far_a_first_sync_is_costs_folders_and_no_items(filled: Database) -> None:
    with filled.transaction() as cursor:
        cursor.execute("UPDATE mailboxes SET synced_until = NULL, totals = '{\"created\": 100}'")
    found = explained(filled, lambda db: overview.progress(db, [one(filled)]))
    assert found.touched("origins") == 0
    assert overview.progress(filled, [one(filled)])[one(filled)]["total"] == MAILBOXES * ITEMS
    assert overview.progress(filled, [one(filled)])[one(filled)]["remaining"] == MAILBOXES * (ITEMS - 100)


@pytest.mark.parametrize("state", list(overview.STATES))
def test_a_page_of_mailboxes_reads_those_mailboxes_alone(filled: Database, state: str) -> None:
    found = explained(
        filled,
        lambda db: overview.mailboxes(db, one(filled), state=state),
        lambda db: trail.last_batches(db, [row["id"] for row in overview.mailboxes(filled, one(filled))]),
        lambda db: arrivals.by_hour(db, one(filled), NOW - timedelta(days=7)),
        lambda db: trail.incidents(db, one(filled)),
        lambda db: trail.audit(db, "acme/exchange-02"),
    )
    assert found.touched("origins") <= 2 * MAILBOXES
    assert found.touched("arrivals") <= MAILBOXES * 7 * 25


def test_a_mailbox_counts_its_own_items_by_the_index_of_their_folders(filled: Database) -> None:
    box = integrations.mailbox(filled, one(filled), "box0003@exchange-02.example")["id"]
    found = explained(
        filled,
        lambda db: overview.mailbox(db, one(filled), "box0003@exchange-02.example"),
        lambda db: folder_counts.folders(db, box),
        lambda db: folder_counts.quarantined(db, box),
        lambda db: arrivals.by_hour(db, one(filled), NOW - timedelta(days=7), box),
        lambda db: trail.batch_of_run(db, box, "run 7"),
    )
    assert found.touched("origins") <= 2 * ITEMS
    assert sum(row["listed"] for row in folder_counts.folders(filled, box)) == ITEMS
    assert found.touched("arrivals") <= 7 * 25
