"""The DAG on a live Airflow, PostgreSQL and simulated Exchange (issue 2, "Done when")."""

from __future__ import annotations

import json
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import psycopg2
import pytest

from stack.local import DAG_ID, INTEGRATION, LocalStack, configuration
from stack.rest import RestError
from tests.airflow.plant import Looking, shown

pytestmark = pytest.mark.live

STEPS = ("mailbox.extract", "mailbox.clean", "mailbox.enrich", "mailbox.load")


class Live(Looking):
    """What the tests ask of the stack: its runs, its comments, its mailboxes."""

    def __init__(self, stack: LocalStack) -> None:
        super().__init__(stack)
        self.items: dict[str, str] = {}  # Message-ID → item id, of what was delivered

    def comments(self) -> dict[str, Any]:
        """Of each comment what may not change by itself."""
        rows = self.query("SELECT bucket_id || '/' || id, sequence, updated_at, user_properties FROM comments")
        return {row[0]: row[1:] for row in rows}

    def deliver(self, address: str, subject: str) -> str:
        """A new mail; returns its Message-ID."""
        mail, message_id = EmailMessage(), f"<{subject.replace(' ', '.')}.{time.time_ns()}@tests.example>"
        mail["From"], mail["To"], mail["Subject"] = "sender@tests.example", address, subject
        mail["Message-ID"], mail["Date"] = message_id, "Mon, 23 Nov 2026 10:00:00 +0000"
        mail.set_content("A mail that a live test delivered.")
        self.items[message_id] = self.exchange.deliver(address, mail.as_bytes())[address]
        return message_id

    def runs(self) -> list[dict[str, Any]]:
        """The DAG's runs, newest first."""
        found = self.rest.get(f"/dags/{DAG_ID}/dagRuns", order_by="-id", limit="100")
        return list(found["dag_runs"])

    def run_with(self, note: str, act: Callable[[], Any]) -> dict[str, Any]:
        """Do something, and wait for the first run that ends since and whose note tells this."""
        before = {run["dag_run_id"] for run in self.ended()}
        act()
        told = re.compile(rf"(^|, ){re.escape(note)}")  # not "1 new" in "1471 new"
        return self.eventually(lambda: [run for run in self.ended_besides(before) if told.search(run["note"] or "")])[
            -1
        ]

    def ended(self) -> list[dict[str, Any]]:
        """The runs that are over, newest first."""
        return [run for run in self.runs() if run["state"] in ("success", "failed")]

    def ended_besides(self, known: set[str]) -> list[dict[str, Any]]:
        return [run for run in self.ended() if run["dag_run_id"] not in known]

    def another_run(self) -> dict[str, Any]:
        """Wait until a run that begins from now on has ended; return it."""
        known = {run["dag_run_id"] for run in self.runs()}
        return self.eventually(lambda: self.ended_besides(known))[0]

    def tasks(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/dags/{DAG_ID}/dagRuns/{urllib.parse.quote(run['dag_run_id'])}/taskInstances"
        return list(self.rest.get(path, limit="100")["task_instances"])

    def log(self, run: dict[str, Any], task: dict[str, Any]) -> list[str]:
        """A task's log as the page shows it: without what is folded away."""
        path = f"/dags/{DAG_ID}/dagRuns/{urllib.parse.quote(run['dag_run_id'])}/taskInstances/{task['task_id']}/logs/1"
        return shown(self.rest.get(path, map_index=str(task["map_index"]), full_content="true")["content"])

    def pause(self, *, paused: bool) -> None:
        self.rest.send("PATCH", f"/dags/{DAG_ID}?update_mask=is_paused", {"is_paused": paused})

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Paused, and no task runs. Airflow starts no further task of a run that a pause met halfway, and maintenance
        ends it after a minute."""
        self.pause(paused=True)
        try:
            self.eventually(lambda: not self._busy_tasks())
            yield
        finally:
            self.pause(paused=False)

    @contextmanager
    def one_mailbox_more(self, address: str) -> Iterator[str]:
        """Configured for a while, and there in Exchange."""
        self.exchange.add_mailbox(address)
        self._apply([*self.addresses, address])
        try:
            yield address
        finally:
            self._apply(self.addresses)

    def _apply(self, addresses: list[str]) -> None:
        file = self.stack.layout.local / "live-test.yaml"
        file.touch(mode=0o600)  # as all that lies there
        file.write_text(configuration(addresses, self.stack.options.interval))
        self.stack.command("apply", str(file))

    def _busy_tasks(self) -> int:
        query = "state=running&state=queued"
        return int(self.rest.get(f"/dags/{DAG_ID}/dagRuns/~/taskInstances?{query}")["total_entries"])

    def variable(self, address: str) -> str | None:
        owner, name = INTEGRATION.split("/")
        found = self.rest.get("/variables", variable_key_pattern=f"exchange.{owner}.{name}.{address}")["variables"]
        return str(found[0]["value"]) if found else None


@pytest.fixture
def live(live_stack: LocalStack) -> Iterator[Live]:
    made = Live(live_stack)
    made.pause(paused=False)
    made.eventually(lambda: [run for run in made.ended()[:1] if (run["note"] or "").startswith("0 of ")])
    yield made
    made.exchange.close()


@pytest.mark.slice
def test_the_dag_is_green_its_tasks_bear_addresses_and_the_run_has_a_note(live: Live) -> None:
    run = live.run_with("1 new", lambda: live.deliver(live.addresses[0], "a first mail"))
    assert run["state"] == "success"
    assert re.fullmatch(r"1 new, \d+ moved, 0 bad(, \d+ skipped)?", run["note"])
    labels = {task["task_id"]: task["rendered_map_index"] for task in live.tasks(run) if task["state"] == "success"}
    assert {labels[step] for step in STEPS} == {live.addresses[0]}
    assert set(labels) == {"gate", "verdict", *STEPS}


def test_a_task_tells_in_sentences_what_it_did_and_no_correspondent(live: Live) -> None:
    run = live.run_with("1 new", lambda: live.deliver(live.addresses[0], "a mail to tell of"))
    lines = {task["task_id"]: live.log(run, task) for task in live.tasks(run)}
    assert any("1 listed" in line for line in lines["mailbox.extract"]), lines
    assert any("1 created" in line for line in lines["mailbox.load"]), lines
    text = json.dumps(lines)
    assert "sender@tests.example" not in text
    assert "a mail to tell of" not in text
    assert lines["verdict"] == [run["note"]], "and nothing else"


def test_a_mailbox_with_nothing_to_load_never_starts_clean_enrich_and_load(live: Live) -> None:
    message_id = live.deliver(live.addresses[0], "a mail that is deleted")
    live.eventually(lambda: live.is_comment(message_id))
    run = live.run_with("0 new", lambda: live.exchange.delete(live.items[message_id]))
    tasks = {task["task_id"]: task for task in live.tasks(run)}
    assert tasks["mailbox.extract"]["state"] == "success"
    for step in STEPS[1:]:
        assert (tasks[step]["state"], tasks[step]["hostname"]) == ("skipped", ""), step


def test_pausing_stops_the_sync_and_unpausing_resumes_it(live: Live) -> None:
    with live.paused():
        last = live.runs()[0]["dag_run_id"]
        message_id = live.deliver(live.addresses[1], "a mail while paused")
        time.sleep(3 * live.stack.options.interval)
        assert live.runs()[0]["dag_run_id"] == last
        assert not live.is_comment(message_id)
    live.eventually(lambda: live.is_comment(message_id))


@pytest.mark.slice
def test_a_deleted_variable_lists_everything_again_downloads_nothing_and_changes_nothing(live: Live) -> None:
    address = live.addresses[0]
    before = json.loads(live.eventually(lambda: live.variable(address)))
    with live.paused():
        comments = live.comments()
        live.exchange.clear_calls()
        live.rest.send("DELETE", f"/variables/{urllib.parse.quote(_key(address))}", None)
    after = json.loads(live.eventually(lambda: live.variable(address)))
    with live.paused():
        assert live.comments() == comments
        calls = live.exchange.calls(mailbox=address)
        listed = sum(call["ids"] for call in calls if call["operation"] == "SyncFolderItems")
        assert listed >= live.query("SELECT count(*) FROM origins o JOIN mailboxes m ON m.id = o.mailbox_id "
                                    "WHERE m.address = %s AND o.gone_at IS NULL", address)[0][0]  # fmt: skip
        assert not [call for call in calls if call["operation"] == "GetItem"]
    assert (after["pending"], after["note"]) == (0, "up to date")
    assert after["synced_until"] >= before["synced_until"]


def test_clearing_every_task_of_an_old_run_changes_nothing(live: Live) -> None:
    run = live.run_with("1 new", lambda: live.deliver(live.addresses[0], "a mail of a run to clear"))
    with live.paused():
        comments = live.comments()
    path = f"/dags/{DAG_ID}/dagRuns/{urllib.parse.quote(run['dag_run_id'])}"
    live.rest.send("POST", f"{path}/clear", {"dry_run": False, "only_failed": False})
    cleared = live.eventually(lambda: _ended(live.rest.get(path)))
    assert cleared["state"] == "success"
    live.another_run()
    assert live.comments() == comments


@pytest.mark.slice
def test_a_mailbox_that_is_gone_is_red_with_the_reason_as_its_last_line_and_the_run_is_green(live: Live) -> None:
    with live.one_mailbox_more("temporary@tests.example") as address:
        live.eventually(lambda: live.variable(address))
        run = live.run_with(f"failed: {address}", lambda: live.exchange.remove_mailbox(address))
        assert run["state"] == "success"
        (red,) = [task for task in live.tasks(run) if task["state"] == "failed"]
        assert (red["task_id"], red["rendered_map_index"]) == ("mailbox.extract", address)
        last = live.log(run, red)[-1]
        assert last.startswith(address)
        assert last.endswith(".")


@pytest.mark.parametrize("minutes", [1, pytest.param(5, marks=pytest.mark.soak)])
def test_the_products_database_away_for_minutes_no_dag_is_stale_or_paused_and_the_sync_resumes(
    live: Live, minutes: int
) -> None:
    _outage(live, seconds=minutes * 60)


def test_postgresql_stopped_for_a_minute_no_dag_is_stale_or_paused_and_the_sync_resumes_by_itself(
    live: Live,
) -> None:
    """The whole server, with Airflow's own database: scheduler and DAG processor end, and are started again."""
    with live.paused():
        comments = live.comments()
    live.stack.postgres.stop()
    try:
        message_id = live.deliver(live.addresses[0], "a mail while PostgreSQL was stopped")
        time.sleep(60)
    finally:
        live.stack.postgres.start()
    live.eventually(lambda: _well(live))
    live.eventually(lambda: live.is_comment(message_id))
    assert _well(live)
    after = live.comments()
    assert {key: after[key] for key in comments} == comments


def test_housekeeping_trims_runs_and_their_logs_while_the_dag_goes_on(live: Live) -> None:
    live.another_run()
    live.stack.command("housekeeping")
    assert len(live.runs()) > 3, "by default a week of runs stays"
    settings = {"EXCHANGE_SYNC_KEEP_SUCCEEDED_SECONDS": "1", "EXCHANGE_SYNC_KEEP_FAILED_SECONDS": "1",
                "EXCHANGE_SYNC_KEEP_NEWEST_RUNS": "3"}  # fmt: skip
    trimmed = LocalStack(live.stack.layout, replace(live.stack.options, variables=settings))
    trimmed.command("housekeeping")
    assert len(live.runs()) <= 6
    folders = list((live.stack.layout.airflow / "logs" / f"dag_id={DAG_ID}").iterdir())
    assert len(folders) <= 8
    assert live.another_run()["state"] == "success"


def _outage(live: Live, seconds: float) -> None:
    """Nobody may connect to the product's database for so long; Airflow's own stays."""
    name = live.database.rsplit("/", 1)[1].split("?")[0]
    admin = live.stack.postgres.url("postgres")
    with live.paused():
        comments = live.comments()
    message_id = live.deliver(live.addresses[0], "a mail during the outage")
    with closing(psycopg2.connect(admin)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            try:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    assert _well(live)
                    time.sleep(2)
                assert live.another_run()["state"] == "success", "an outage of PostgreSQL turns no run red"
            finally:
                cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    live.eventually(lambda: live.is_comment(message_id))
    with live.paused():
        after = live.comments()
    assert {key: after[key] for key in comments} == comments


def _well(live: Live) -> bool:
    """Airflow answers, and the DAG is neither stale nor paused nor broken."""
    try:
        dag = live.rest.get(f"/dags/{DAG_ID}")
    except RestError:
        return False
    return not (dag["is_stale"] or dag["is_paused"] or dag["has_import_errors"])


def _key(address: str) -> str:
    owner, name = INTEGRATION.split("/")
    return f"exchange.{owner}.{name}.{address}"


def _ended(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run["state"] in ("success", "failed") else None
