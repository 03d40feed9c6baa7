"""What fails while something fails, on a live Airflow: the state converges, and each change is told once (issue 4).

Three integrations of their own, beside the demo's, so that each can be broken by itself and is told of by itself.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from exchange_sync.store import editing
from exchange_sync.store.database import Database

from stack.files import write_private
from stack.local import DAG_ID, LocalStack, demo_connection
from stack.processes import ProcessError
from stack.rest import RestError
from tests.airflow.test_failing_live import AnyPort, Plant, everybody, planting, posting

pytestmark = pytest.mark.live

SCHEDULER, API = "airflow-scheduler", "airflow-api-server"
AWAY_SECONDS = 60.0
PASSWORD = "right for both"


class Hook(ThreadingHTTPServer):
    """A webhook on a port that the system chooses; it keeps the titles of what it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.titles: list[str] = []

    def told(self, *words: str) -> int:
        """How many messages had all these words in their title."""
        return sum(all(word in title for word in words) for title in self.titles)


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.titles.append(str(body["title"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class One:
    """One of the integrations: its account, mailbox, DAG and what the product's database says of it."""

    def __init__(self, plant: Plant, name: str) -> None:
        self.plant, self.name, self.integration = plant, name, f"proof/{name}"
        self.account, self.address, self.connection = f"svc-{name}", f"{name}@proof.example", f"proof_{name}"
        self.dag_id = f"exchange.proof.{name}"
        self.dag_ids = (self.dag_id, f"exchange_backfill.proof.{name}")

    @property
    def row(self) -> dict[str, Any]:
        [row] = self.plant.query(
            "SELECT to_jsonb(i) FROM integrations i WHERE owner = 'proof' AND name = %s", self.name
        )
        return dict(row[0])

    def set_password(self, password: str) -> None:
        """On the Exchange; nobody tells the integration."""
        self.plant.exchange.set_account(self.account, password)

    def is_off(self) -> bool:
        return not self.row["enabled"]

    def is_off_and_paused(self) -> bool:
        return self.row["pause_confirmed_at"] is not None and self.plant.paused()[self.dag_id]

    def incidents(self) -> list[tuple[str, str]]:
        return self.plant.query(
            "SELECT n.level, n.kind FROM incidents n JOIN integrations i ON i.id = n.integration_id WHERE i.name = %s",
            self.name,
        )  # type: ignore[return-value]


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    server = Hook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def post() -> Iterator[AnyPort]:
    with posting() as server:
        yield server


@pytest.fixture(scope="module")
def plant(live_stack: LocalStack, post: AnyPort) -> Iterator[Plant]:
    with planting(live_stack, post) as made:
        yield made


@pytest.fixture(scope="module")
def proofs(plant: Plant, hook: Hook, live_stack: LocalStack) -> Iterator[tuple[One, One, One]]:
    """Integrations that are synced; a service and people are told of them. Gone at the end."""
    made = One(plant, "one"), One(plant, "two"), One(plant, "three")
    with suppress(RestError):  # a test before this one may have left it
        plant.rest.send("DELETE", "/connections/proof_hook", None)
    config = json.dumps({"config": [{"path": f"json://127.0.0.1:{hook.server_address[1]}/"}]})
    hooked = {"connection_id": "proof_hook", "conn_type": "apprise", "extra": config}
    plant.rest.send("POST", "/connections", hooked)
    for one in made:
        plant.exchange.add_mailbox(one.address)
        one.set_password(PASSWORD)
        plant.exchange.set_impersonation(one.account, one.address, allowed=True)
        plant.rest.send("POST", "/connections", {"connection_id": one.connection, **_fields(one, PASSWORD)})
    file = live_stack.layout.local / "proof.yaml"
    write_private(file, _configuration(made, live_stack.options.interval))
    live_stack.command("apply", str(file))
    try:
        for one in made:
            live_stack.command("subscriptions", "add-service", one.integration, "proof_hook")
            live_stack.unpause(one.dag_id)
        for one in made:
            first = plant.deliver(one.address)
            plant.eventually(lambda first=first: plant.is_comment(first), "its first mail is synced")
        yield made
    finally:
        _remove(plant, live_stack, made)


def _fields(one: One, password: str) -> dict[str, Any]:
    """The fields of an integration's connection, as Airflow's API takes them."""
    facts = json.loads(one.plant.stack.simulator.ready_file.read_text(encoding="utf-8"))
    found = demo_connection(facts)
    return {**found, "login": one.account, "password": password, "extra": json.dumps(found["extra"])}


def _configuration(made: tuple[One, ...], interval: int) -> str:
    """As JSON, which is YAML."""
    integrations = [
        {
            "name": one.integration, "connection": one.connection, "interval": f"{interval}s",
            "mailboxes": [{"address": one.address, "bucket": "proof/mail"}],
        }
        for one in made
    ]  # fmt: skip
    return json.dumps({"buckets": [{"name": "proof/mail"}], "integrations": integrations})


def _remove(plant: Plant, stack: LocalStack, made: tuple[One, ...]) -> None:
    with closing(Database(plant.database)) as db:
        for one in made:
            editing.delete(db, one.row["id"])
    known = stack.layout.product / "integrations.json"
    plant.eventually(lambda: "proof" not in known.read_text(), "no DAG file builds their DAGs any more")
    for one in made:
        for dag_id in one.dag_ids:
            with suppress(RestError):
                plant.rest.send("DELETE", f"/dags/{dag_id}", None)
        plant.rest.send("DELETE", f"/connections/{one.connection}", None)
        plant.exchange.remove_mailbox(one.address)
    plant.rest.send("DELETE", "/connections/proof_hook", None)


def kill_scheduler(stack: LocalStack) -> None:
    """As a machine that lacks memory would: the scheduler and its workers, at once. The stack's keeper revives it."""
    pid = json.loads((stack.layout.run / f"{SCHEDULER}.json").read_text())["pid"]
    os.killpg(pid, signal.SIGKILL)


@contextmanager
def api_away(stack: LocalStack, seconds: float) -> Iterator[None]:
    """Airflow's API server is stopped for at least so long; the keeper leaves alone what was stopped on purpose."""
    stack.processes.stop([API])
    end = time.monotonic() + seconds
    try:
        yield
        time.sleep(max(0.0, end - time.monotonic()))
    finally:
        stack.airflow.start(stack.processes)
        stack.airflow.wait(stack.processes)


def told_once(one: One, post: AnyPort, hook: Hook, words: str) -> bool:
    """Whether everybody and the service were told of this change of this integration, no more than once."""
    mails = post.told(f"integration {one.integration} {words}")
    calls = hook.told(one.integration, words)
    assert calls <= 1
    assert len(mails) <= len(everybody(one.plant))
    return mails == everybody(one.plant) and calls == 1


def test_two_integrations_fail_at_once_and_the_scheduler_is_killed_before_the_pause(
    proofs: tuple[One, One, One], plant: Plant, post: AnyPort, hook: Hook, live_stack: LocalStack
) -> None:
    both = proofs[:2]
    for one in both:
        one.set_password("changed meanwhile")
    end = time.monotonic() + 120
    while not any(one.is_off() for one in both):
        assert time.monotonic() < end, "neither was disabled"
        time.sleep(0.05)
    kill_scheduler(live_stack)
    assert not any(one.row["pause_confirmed_at"] for one in both), "killed between incident and pause"

    for one in both:
        plant.eventually(one.is_off_and_paused, f"{one.name} is off, and its pause is read back")
        plant.eventually(lambda one=one: told_once(one, post, hook, "was disabled"), f"{one.name} was told")
        assert one.incidents() == [("integration", "invalid_exchange_credentials")]
    assert not plant.paused()[DAG_ID], "the demo's own goes on"
    assert not plant.paused()["exchange_maintenance"]

    late = [plant.deliver(one.address) for one in both]
    for one in both:
        one.set_password(PASSWORD)
    live_stack.command("enable", both[0].integration)
    plant.rest.unpause(both[1].dag_id)  # a person's hand does the same
    for message_id in late:
        plant.eventually(lambda message_id=message_id: plant.is_comment(message_id), "what arrived meanwhile is there")
    for one in both:
        plant.eventually(lambda one=one: told_once(one, post, hook, "is enabled again"), f"{one.name}'s end was told")
        assert told_once(one, post, hook, "was disabled"), "and nothing twice"
        assert len(one.incidents()) == 1


def test_while_airflows_api_is_away_an_integration_is_disabled_and_the_pause_follows(
    proofs: tuple[One, One, One], plant: Plant, post: AnyPort, hook: Hook, live_stack: LocalStack
) -> None:
    other, _, one = proofs
    wrong = live_stack.layout.local / "wrong.yaml"
    fields = {**_fields(one, "wrong"), "extra": demo_connection(json.loads(
        live_stack.simulator.ready_file.read_text(encoding="utf-8")))["extra"]}  # fmt: skip
    write_private(wrong, json.dumps({one.connection: {k: v for k, v in fields.items() if k not in _NOT_IN_A_FILE}}))
    with api_away(live_stack, AWAY_SECONDS):
        for _ in range(3):
            with pytest.raises(ProcessError, match="401"):
                live_stack.command("sync", one.integration, "--connections", str(wrong))
        assert one.is_off()
        assert one.row["pause_confirmed_at"] is None, "nobody can turn Airflow's switch"
        late = plant.deliver(one.address)

    plant.eventually(one.is_off_and_paused, "off, and the pause is read back")
    plant.eventually(lambda: told_once(one, post, hook, "was disabled"), "it was told")
    assert one.incidents() == [("integration", "invalid_exchange_credentials")]
    assert (other.is_off(), plant.paused()[other.dag_id]) == (False, False)
    assert not plant.is_comment(late)

    plant.rest.unpause(one.dag_id)
    plant.eventually(lambda: plant.is_comment(late), "what arrived meanwhile is there")
    plant.eventually(lambda: told_once(one, post, hook, "is enabled again"), "the end was told")
    assert told_once(one, post, hook, "was disabled"), "and nothing twice"


_NOT_IN_A_FILE = ("conn_type", "description")
