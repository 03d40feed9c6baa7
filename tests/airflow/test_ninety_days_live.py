"""Ninety days of four mailboxes, re-read twice by a live Airflow: all mended, nothing doubled (issue 3, item 12)."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stack.layout import script
from stack.local import BACKFILL_DAG_ID, INTEGRATION
from tests.airflow.test_backfill_live import live_sync_waits, lose, person, ready
from tests.airflow.test_live import Live, live

__all__ = ["live"]  # a fixture
pytestmark = [pytest.mark.live, pytest.mark.soak]

DAYS = 90
LOST = 20
PATIENCE = 400.0


def spread_over_the_span(live: Live) -> list[str]:
    """Message-IDs of emails of all mailboxes and of the whole span, each in one place only."""
    found = live.query(
        """SELECT c.message_id FROM origins o JOIN comments c ON c.id = o.comment_id
        WHERE o.received < date_trunc('day', now(), 'UTC') GROUP BY c.id, c.message_id
        HAVING count(*) = 1 AND bool_and(o.gone_at IS NULL AND o.state = 'loaded' AND NOT c.conflict)
        ORDER BY min(o.received)"""
    )
    return [found[place][0] for place in range(0, len(found), len(found) // LOST)][:LOST]


def origins(live: Live) -> set[tuple[Any, ...]]:
    """Every place where an email is known to lie, and what became of it; what found it may differ."""
    found = live.query(
        "SELECT mailbox_id, folder_id, item_id, state, reason, comment_id FROM origins WHERE gone_at IS NULL"
    )
    assert len(found) == len(set(found)), "no place is known twice"
    return set(found)


def texts(live: Live) -> dict[str, Any]:
    """Of each comment what a re-read must bring back as it was."""
    rows = live.query("SELECT id, bucket_id, message_id, messages, user_properties, attachments FROM comments")
    return {row[0]: row[1:] for row in rows}


def windows(live: Live, first: datetime, last: datetime, since: datetime) -> list[dict[str, Any]]:
    """The runs of these days that began after a moment."""
    found = live.rest.get(
        f"/dags/{BACKFILL_DAG_ID}/dagRuns",
        logical_date_gte=first.isoformat(), logical_date_lte=last.isoformat(), start_date_gte=since.isoformat(),
        limit="100",
    )  # fmt: skip
    return list(found["dag_runs"])


def test_ninety_days_of_four_mailboxes_twice_bring_all_back_and_double_nothing(live: Live) -> None:
    ready(live)
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = until - timedelta(days=DAYS), until - timedelta(days=1)
    assert len(live.addresses) == 4
    marks = {address: live.variable(address) for address in live.addresses}
    before, places = texts(live), origins(live)
    with live_sync_waits(live):
        begun, lost = datetime.now(UTC), spread_over_the_span(live)
        for message_id in lost:
            lose(live, message_id)
        assert len(texts(live)) == len(before) - LOST

        told = person(live).command("backfill", INTEGRATION, "--from", first.isoformat(), "--to", until.isoformat())

        assert told.splitlines()[-1] == f"{DAYS} of {DAYS} days done"
        runs = windows(live, first, last, begun)
        assert [run["state"] for run in runs] == ["success"] * DAYS
        assert texts(live) == before
        assert origins(live) == places
        assert {address: live.variable(address) for address in live.addresses} == marks

    ready(live)
    live.another_run()
    live.eventually(lambda: (live.ended()[0]["note"] or "").startswith("0 of "))  # what was due meanwhile is done
    mended, places = live.comments(), origins(live)
    marks = {address: live.variable(address) for address in live.addresses}
    live.exchange.clear_calls()
    begun = datetime.now(UTC)
    asked = ["--dag-id", BACKFILL_DAG_ID, "--from-date", first.isoformat(), "--to-date", last.isoformat()]
    asked += ["--max-active-runs", "2", "--reprocess-behavior", "completed"]
    subprocess.run(
        [script("airflow"), "backfill", "create", *asked],
        env=live.stack.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    done = live.eventually(lambda: _all_ended(windows(live, first, last, begun)), seconds=PATIENCE)

    assert [run["state"] for run in done] == ["success"] * DAYS
    assert {run["note"].partition(" compared, ")[2] for run in done} == {"0 missing fetched, 0 mended, 0 gone"}
    assert live.comments() == mended
    assert origins(live) == places
    asked_for = {call["operation"] for call in live.exchange.calls()}
    assert "FindItem" in asked_for
    assert "GetItem" not in asked_for
    assert {address: live.variable(address) for address in live.addresses} == marks


def _all_ended(runs: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    over = [run for run in runs if run["state"] in ("success", "failed") and run["note"]]
    return over if len(over) == DAYS else None
