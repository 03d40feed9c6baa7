"""A live stack as tests look at it, and those of failing besides: what database and Airflow say, who is told."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from email.message import EmailMessage
from typing import Any

import psycopg2
from exchange_simulator.client import Control

from stack.local import DAG_ID, LocalStack
from tests.airflow.told import AnyPort

BACKFILL = "exchange_backfill.demo.exchange"
PATIENCE = 300.0  # maintenance comes by every minute; in work done (stack/patience.py), for a slow machine


class Looking:
    """A live stack: its Airflow, its Exchange, what the product's database says."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack, self.rest, facts = stack, stack.rest(), stack.facts()
        self.database = facts["database_url"]
        self.exchange = Control(facts["simulator_control_url"], facts["simulator_control_token"])
        self.addresses = stack.simulator.mailboxes()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.database)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def is_comment(self, message_id: str) -> bool:
        return bool(self.query("SELECT 1 FROM comments WHERE message_id = %s", message_id))

    def eventually(self, ask: Callable[[], Any], what: str = "it is so", seconds: float = PATIENCE) -> Any:
        """Wait until ask() answers with something true; that answer. seconds: of the stack's work, in vain."""
        patience = self.stack.patience(seconds)
        while not (answer := ask()):
            assert not patience.over(), f"it did not happen: {what} ({patience.spent()})"
            time.sleep(0.5)
        return answer


class Plant(Looking):
    """The stack, as the tests of failing look at it."""

    def paused(self) -> dict[str, bool]:
        return self.rest.dags("exchange")

    def runs(self) -> list[dict[str, Any]]:
        """The newest runs of the live and the backfill DAG."""
        found = [self.rest.get(f"/dags/{dag}/dagRuns", order_by="-id", limit="20") for dag in (DAG_ID, BACKFILL)]
        return [run for page in found for run in page["dag_runs"]]

    def is_idle(self) -> bool:
        """Whether no run of either is under way."""
        return all(run["state"] in ("success", "failed") for run in self.runs())

    def deliver(self, address: str) -> str:
        mail, message_id = EmailMessage(), f"<failing.{time.time_ns()}@tests.example>"
        mail["From"], mail["To"], mail["Subject"] = "sender@tests.example", address, "while it failed"
        mail["Message-ID"], mail["Date"] = message_id, "Tue, 24 Nov 2026 10:00:00 +0000"
        mail.set_content("A mail that arrived while the sync was disabled.")
        self.exchange.deliver(address, mail.as_bytes())
        return message_id

    def are_comments(self, message_ids: Sequence[str]) -> bool:
        """Whether all of them are."""
        found = self.query("SELECT count(DISTINCT message_id) FROM comments WHERE message_id = ANY(%s)",
                           list(message_ids))  # fmt: skip
        return bool(found[0][0] == len(set(message_ids)))

    def red_task(self, dag_id: str, address: str) -> tuple[dict[str, Any], str] | None:
        """The newest run in which a mailbox's task is red, and the last line of that task's log; None: none is."""
        found = self.rest.get(f"/dags/{dag_id}/dagRuns/~/taskInstances", state="failed", order_by="-id", limit="100")
        for task in found["task_instances"]:
            if task["rendered_map_index"] == address:
                path = f"/dags/{dag_id}/dagRuns/{urllib.parse.quote(task['dag_run_id'])}"
                log = self.rest.get(
                    f"{path}/taskInstances/{task['task_id']}/logs/{task['try_number']}",
                    map_index=str(task["map_index"]), full_content="true",
                )["content"]  # fmt: skip
                return self.rest.get(path), shown(log)[-1]
        return None


def shown(content: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of a task's log as Airflow's page shows them: without what is folded away."""
    lines, depth = [], 0
    for event in (entry["event"] for entry in content):
        depth += event.startswith("::group::")
        if depth == 0 and not event.startswith("::"):
            lines.append(event)
        depth = max(0, depth - event.startswith("::endgroup::"))
    return lines


@contextmanager
def planting(stack: LocalStack, post: AnyPort) -> Iterator[Plant]:
    """The stack with its DAG running, its people known, and Airflow's mail going to this server."""
    made = Plant(stack)
    made.rest.unpause(DAG_ID)
    connection = {
        "connection_id": "smtp_default", "conn_type": "smtp", "host": "127.0.0.1", "port": post.port,
        "extra": '{"disable_ssl": true, "disable_tls": true, "from_email": "sync@acme.example"}',
    }  # fmt: skip
    made.rest.send("POST", "/connections", connection)
    try:
        made.eventually(lambda: len(made.query("SELECT 1 FROM people")) >= 2, "Airflow's users are known")
        yield made
    finally:
        made.rest.send("DELETE", "/connections/smtp_default", None)
        made.exchange.close()


def account_of(stack: LocalStack) -> tuple[str, str]:
    """The simulator's service account: name and password."""
    facts = json.loads(stack.simulator.ready_file.read_text(encoding="utf-8"))
    return facts["username"], facts["password"]


def everybody(plant: Plant) -> list[str]:
    return sorted(email for (email,) in plant.query("SELECT email FROM people WHERE email <> ''"))
