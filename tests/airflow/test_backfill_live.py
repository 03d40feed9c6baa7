"""The backfill DAG on a live Airflow, PostgreSQL and simulated Exchange (issue 3, item 12)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pytest

from stack.local import BACKFILL_DAG_ID, INTEGRATION, LocalStack
from stack.processes import ProcessError
from tests.airflow.test_live import Live, live

__all__ = ["live"]  # a fixture
pytestmark = pytest.mark.live

LIVE_POOL = "exchange.exchange_demo"


def person(live: Live) -> LocalStack:
    """The stack as somebody sees it whose terminal has .local/env: with an account in Airflow."""
    account = {"EXCHANGE_SYNC_AIRFLOW_USER": "admin", "EXCHANGE_SYNC_AIRFLOW_PASSWORD": live.rest.password}
    return LocalStack(live.stack.layout, replace(live.stack.options, variables=account))


def an_old_email(live: Live) -> tuple[str, str, datetime]:
    """Mailbox, Message-ID and received time of one that came before today, and that is in one place only."""
    (row,) = live.query(
        """SELECT min(m.address), c.message_id, min(o.received) FROM origins o
        JOIN comments c ON c.id = o.comment_id JOIN mailboxes m ON m.id = o.mailbox_id
        WHERE o.gone_at IS NULL AND o.state = 'loaded' GROUP BY c.id, c.message_id
        HAVING count(*) = 1 AND min(o.received) < now() - interval '1 day' AND NOT bool_or(c.conflict)
        ORDER BY min(o.received) DESC LIMIT 1"""
    )
    return row  # type: ignore[return-value]


def lose(live: Live, message_id: str) -> None:
    """As a restored backup would: the comment and all that is known of the email are gone."""
    change(live, "DELETE FROM origins WHERE comment_id = (SELECT id FROM comments WHERE message_id = %s)", message_id)
    change(live, "DELETE FROM comments WHERE message_id = %s", message_id)


@contextmanager
def live_sync_waits(live: Live) -> Iterator[None]:
    """The live DAG's tasks that read mail get no slot, as an operator may do it: what changes is the backfill's."""
    path = f"/pools/{LIVE_POOL}"
    slots = live.rest.get(path)["slots"]

    def give(number: int) -> None:
        live.rest.send("PATCH", path, {"pool": LIVE_POOL, "slots": number, "include_deferred": False})

    give(0)
    try:
        live.eventually(lambda: live.rest.get(path)["running_slots"] == 0)
        yield
    finally:
        give(slots)


def change(live: Live, sql: str, value: str) -> None:
    """Change one row of the product's database."""
    with closing(psycopg2.connect(live.database)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql, (value,))
        assert cursor.rowcount == 1


def ready(live: Live) -> None:
    """The DAG runs (a pause of the live one pauses it too, for a while), and no backfill is open."""
    live.eventually(lambda: not live.rest.get(f"/dags/{BACKFILL_DAG_ID}")["is_paused"])
    live.eventually(lambda: not _open_backfills(live))


def _open_backfills(live: Live) -> int:
    found = live.rest.get("/backfills", dag_id=BACKFILL_DAG_ID)["backfills"]
    return sum(each["completed_at"] is None for each in found)


def note_of(live: Live, day: datetime) -> str:
    """The note of the run over a day, once the scheduler has written it."""
    midnight = f"{day:%Y-%m-%d}T00:00:00Z"
    path = f"/dags/{BACKFILL_DAG_ID}/dagRuns"

    def look() -> Any:
        runs = live.rest.get(path, logical_date_gte=midnight, logical_date_lte=midnight)["dag_runs"]
        assert [run["state"] for run in runs] == ["success"]
        return runs[0]["note"]

    return str(live.eventually(look))


@pytest.mark.slice
def test_a_lost_comment_comes_back_twice_is_no_double_and_the_watermark_stays(live: Live) -> None:
    ready(live)
    address, message_id, received = an_old_email(live)
    with live_sync_waits(live):
        before, mark = live.comments(), live.variable(address)
        lose(live, message_id)
        live.exchange.clear_calls()
        span = ("--from", received.isoformat(), "--to", (received + timedelta(seconds=1)).isoformat())

        printed = person(live).command("backfill", INTEGRATION, *span)

        assert printed.splitlines()[-1] == "1 of 1 days done"
        assert live.is_comment(message_id)
        assert live.variable(address) == mark
        mended = live.comments()
        assert set(mended) == set(before)
        assert len([key for key in before if mended[key] != before[key]]) == 1, "it has a sequence number of its own"
        fetched = [call for call in live.exchange.calls() if call["operation"] == "GetItem"]
        assert sum(call["ids"] for call in fetched) <= 2, "its properties, then its MIME; nothing else"
        assert " compared, 1 missing fetched, 0 mended, 0 gone" in note_of(live, received)

        ready(live)
        printed = person(live).command("backfill", INTEGRATION, *span)

        assert printed.splitlines()[-1] == "1 of 1 days done"
        assert live.comments() == mended
        assert " compared, 0 missing fetched, 0 mended, 0 gone" in note_of(live, received)
        assert live.variable(address) == mark


def test_a_wrong_password_and_an_unknown_integration_are_told_in_a_sentence(live: Live) -> None:
    span = ("--from", "2026-11-01T00:00:00Z", "--to", "2026-11-02T00:00:00Z")
    with pytest.raises(ProcessError, match="knows no such DAG"):
        person(live).command("backfill", "acme/nowhere", *span)
    wrong = replace(live.stack.options, variables={"EXCHANGE_SYNC_AIRFLOW_USER": "admin",
                                                   "EXCHANGE_SYNC_AIRFLOW_PASSWORD": "wrong"})  # fmt: skip
    with pytest.raises(ProcessError, match="its user or password is wrong"):
        LocalStack(live.stack.layout, wrong).command("backfill", INTEGRATION, *span)


def test_the_stack_has_a_pool_for_its_connection_and_its_dags_name_it(live: Live) -> None:
    made = {pool["name"]: pool["slots"] for pool in live.rest.get("/pools", limit="50")["pools"]}
    assert (made["exchange.exchange_demo"], made["exchange_backfill"]) == (4, 2)
    tasks = live.rest.get("/dags/exchange.demo.exchange/tasks")["tasks"]
    assert {task["pool"] for task in tasks if task["task_id"] == "mailbox.extract"} == {"exchange.exchange_demo"}
