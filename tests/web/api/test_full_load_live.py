"""Fifty programs at full load: no task of Airflow loses its heartbeat, and mail goes on arriving (issue 6).

    EXCHANGE_SYNC_LIVE=DIRECTORY pytest -m "live and soak" tests/web/api/test_full_load_live.py -s

A task that lasts is made by an Exchange that is slow to answer; meanwhile fifty clients page through comments and
consume streams as fast as they are answered.
"""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
import requests
from exchange_sync.store import people
from exchange_sync.store.database import Database

from stack.local import DAG_ID, LocalStack
from tests.airflow.test_live import Live

pytestmark = [pytest.mark.live, pytest.mark.soak]

CLIENTS = 50
SECONDS = 75.0
SLOW_SECONDS = 60.0
LONGEST_SILENCE = timedelta(seconds=60)  # Airflow gives a task up after 300 s
SOURCE, STREAMS = "/api/_private/sources/demo/mail/comments", "/api/v1/datasets/demo/mail/streams"


@dataclass
class Load:
    """Clients that ask as fast as they are answered. statuses: how often each; seconds: of every answer."""

    url: str
    tokens: list[str]
    stop: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Until stop is set."""
        threads = [threading.Thread(target=self._client, args=(number,)) for number in range(len(self.tokens))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _client(self, number: int) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.tokens[number]}"
            requests_of = self._pages(session) if number % 2 else self._stream(session, f"load-{number}")
            for _ in requests_of:
                if self.stop.is_set():
                    return

    def _ask(self, session: requests.Session, method: str, path: str, **more: object) -> dict[str, object]:
        begun = time.monotonic()
        answer = session.request(method, self.url + path, timeout=60, **more)  # type: ignore[arg-type]
        self.seconds.append(time.monotonic() - begun)
        self.statuses[answer.status_code] += 1
        return dict(answer.json())

    def _pages(self, session: requests.Session) -> Iterator[None]:
        after: dict[str, object] = {}
        while True:
            page = self._ask(session, "GET", SOURCE, params={"limit": 64, **after})
            after = {"after": page["continuation"]} if page.get("continuation") else {}
            yield

    def _stream(self, session: requests.Session, name: str) -> Iterator[None]:
        self._ask(session, "PUT", STREAMS, json={"stream": {"name": name, "start": "beginning"}})
        while True:
            batch = self._ask(session, "POST", f"{STREAMS}/{name}/fetch", json={"size": 64})
            self._ask(session, "POST", f"{STREAMS}/{name}/advance", json={"sequence_id": batch["sequence_id"]})
            if batch["is_end_sequence"]:
                reset = {"to_comment_created_at": "2020-01-01T00:00:00Z"}
                self._ask(session, "POST", f"{STREAMS}/{name}/reset", json=reset)
            yield


@pytest.fixture
def tokens(live_stack: LocalStack) -> Iterator[list[str]]:
    """A program each."""
    db, now = Database(live_stack.facts()["database_url"]), datetime.now(UTC)
    names = [f"load-{number}" for number in range(CLIENTS)]
    for name in names:
        people.save_user(db, name, f"{name}@load.example", ["Op"], now)
    yield [people.create_token(db, name, now) for name in names]
    for name in names:
        people.revoke_token(db, name, now)
    db.close()


def silences(url: str, since: datetime) -> list[tuple[str, timedelta]]:
    """How long each running task has been silent."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT task_id, now() - coalesce(last_heartbeat_at, start_date) FROM task_instance
            WHERE dag_id = %s AND state = 'running' AND start_date >= %s""",
            (DAG_ID, since),
        )
        return cursor.fetchall()


def asked(url: str, sql: str, since: datetime) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql, (since,))
        return cursor.fetchall()


def test_fifty_clients_at_full_load_cost_no_task_its_heartbeat(live_stack: LocalStack, tokens: list[str]) -> None:
    live = Live(live_stack)
    live.pause(paused=False)
    airflow = live_stack.postgres.url("airflow")
    load = Load(str(live_stack.facts()["api_url"]), tokens)
    since = asked(airflow, "SELECT now() WHERE %s IS NOT NULL", datetime.now(UTC))[0][0]
    assert isinstance(since, datetime)
    live.exchange.add_fault("slow", operation="SyncFolderItems", times=1, seconds=SLOW_SECONDS)
    delivered = [live.deliver(live.addresses[0], "mail under load")]
    loading = threading.Thread(target=load.run)
    loading.start()
    heard: list[tuple[str, timedelta]] = []
    try:
        end = time.monotonic() + SECONDS
        for number in itertools.takewhile(lambda _: time.monotonic() < end, itertools.count()):
            heard += silences(airflow, since)
            if number % 20 == 10:
                delivered.append(
                    live.deliver(live.addresses[number % len(live.addresses)], f"mail {number} under load")
                )
            time.sleep(0.5)
    finally:
        load.stop.set()
        loading.join()
        live.exchange.remove_faults()

    states = dict(
        asked(airflow, "SELECT state, count(*) FROM task_instance WHERE start_date >= %s GROUP BY state", since)
    )
    lost = asked(airflow, "SELECT task_id FROM log WHERE event = 'heartbeat timeout' AND dttm >= %s", since)
    rate = sum(load.statuses.values()) / SECONDS
    longest = max(heard, key=lambda one: one[1])
    print(
        f"{CLIENTS} clients: {rate:.0f} answers a second, {dict(load.statuses)},"
        f" median {statistics.median(load.seconds) * 1000:.0f} ms, slowest {max(load.seconds):.1f} s;"
        f" longest silence of a task {longest}; tasks {states}"
    )
    assert set(load.statuses) <= {200, 429, 503}
    assert load.statuses[200] > 1_000
    assert lost == []
    assert "failed" not in states
    assert longest[1] < LONGEST_SILENCE
    assert sum(task == "mailbox.extract" for task, _ in heard) > 40  # the slow one was watched while it ran
    live.eventually(lambda: all(live.is_comment(one) for one in delivered))
    live.exchange.close()
