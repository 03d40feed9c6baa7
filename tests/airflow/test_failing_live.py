"""Failing well on a live Airflow: one error of each level, from the misbehaving Exchange to the mended sync."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import psycopg2
import pytest
from aiosmtpd.controller import Controller
from exchange_simulator.client import Control

from stack.layout import script
from stack.local import DAG_ID, INTEGRATION, LocalStack
from stack.rest import Rest, RestError

pytestmark = pytest.mark.live

BACKFILL = "exchange_backfill.demo.exchange"
PATIENCE = 150.0  # maintenance comes by every minute


class AnyPort(Controller):
    """An SMTP server on a port that the system chooses; it keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.lock = threading.Lock()
        super().__init__(self, hostname="127.0.0.1", port=0)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self.lock:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def told(self, words: str) -> list[str]:
        """To whom a mail went that tells this in its subject."""
        with self.lock:
            return sorted(mail["To"] for mail in self.mails if words in mail["Subject"])


class Plant:
    """The stack, as these tests look at it."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack, self.rest, facts = stack, stack.rest(), stack.facts()
        self.database = facts["database_url"]
        self.exchange = Control(facts["simulator_control_url"], facts["simulator_control_token"])
        self.addresses = stack.simulator.mailboxes()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.database)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

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

    def is_comment(self, message_id: str) -> bool:
        return bool(self.query("SELECT 1 FROM comments WHERE message_id = %s", message_id))

    @staticmethod
    def eventually(ask: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        end = time.monotonic() + seconds
        while not (answer := ask()):
            assert time.monotonic() < end, f"within {seconds:g} s it did not happen: {what}"
            time.sleep(0.5)
        return answer


@contextmanager
def posting() -> Iterator[AnyPort]:
    """A running SMTP server."""
    server = AnyPort()
    server.start()
    yield server
    server.stop()


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
    made.eventually(lambda: len(made.query("SELECT 1 FROM people")) >= 2, "Airflow's users are known")
    yield made
    made.rest.send("DELETE", "/connections/smtp_default", None)
    made.exchange.close()


@pytest.fixture
def post() -> Iterator[AnyPort]:
    with posting() as server:
        yield server


@pytest.fixture
def plant(live_stack: LocalStack, post: AnyPort) -> Iterator[Plant]:
    with planting(live_stack, post) as made:
        yield made


def account_of(stack: LocalStack) -> tuple[str, str]:
    """The simulator's service account: name and password."""
    facts = json.loads(stack.simulator.ready_file.read_text(encoding="utf-8"))
    return facts["username"], facts["password"]


def everybody(plant: Plant) -> list[str]:
    return sorted(email for (email,) in plant.query("SELECT email FROM people WHERE email <> ''"))


@pytest.mark.brief
def test_a_changed_password_disables_the_integration_pauses_its_dags_and_tells_once(
    plant: Plant, post: AnyPort, live_stack: LocalStack
) -> None:
    account = account_of(live_stack)
    others = {dag: paused for dag, paused in plant.paused().items() if dag not in (DAG_ID, BACKFILL)}
    plant.eventually(plant.is_idle, "no run is under way, whose tasks would each meet the new password")
    plant.exchange.set_account(account[0], "changed meanwhile")
    plant.exchange.clear_authentication()
    try:
        plant.eventually(
            lambda: plant.query("SELECT 1 FROM integrations WHERE NOT enabled AND pause_confirmed_at IS NOT NULL"),
            "disabled, and the pause read back",
        )
        assert plant.query("SELECT disabled_reason FROM integrations") == [("sync_error",)]
        switches = plant.paused()
        assert switches[DAG_ID]
        assert switches.get(BACKFILL, True)
        assert {dag: switches[dag] for dag in others} == others
        [(level, kind)] = plant.query("SELECT level, kind FROM incidents WHERE closed_at IS NULL")
        assert (level, kind) == ("integration", "invalid_exchange_credentials")
        plant.eventually(lambda: post.told("was disabled") == everybody(plant), "everybody was told, once")
        plant.eventually(plant.is_idle, "the last run has its state")
        red = sum(run["state"] == "failed" for run in plant.runs())
        assert 0 < plant.exchange.authentication()["failures"] <= red
        late = plant.deliver(plant.addresses[0])
    finally:
        plant.exchange.set_account(*account)
        live_stack.command("enable", INTEGRATION)
    plant.eventually(lambda: not plant.paused()[DAG_ID], "maintenance unpauses what was enabled")
    plant.eventually(lambda: plant.is_comment(late), "what arrived meanwhile is synced")
    plant.eventually(lambda: post.told("is enabled again") == everybody(plant), "the recovery was told, once")
    assert post.told("was disabled") == everybody(plant)


@pytest.mark.brief
def test_a_mailbox_without_rights_is_disabled_alone_while_the_others_go_on(
    plant: Plant, post: AnyPort, live_stack: LocalStack
) -> None:
    user, wrong, right = account_of(live_stack)[0], plant.addresses[1], plant.addresses[0]
    plant.exchange.set_impersonation(user, wrong, allowed=False)
    plant.deliver(wrong)
    try:
        plant.eventually(
            lambda: plant.query("SELECT 1 FROM mailboxes WHERE address = %s AND NOT enabled", wrong), "disabled"
        )
        assert plant.query("SELECT enabled FROM integrations") == [(True,)]
        assert not plant.paused()[DAG_ID]
        assert plant.query("SELECT level, kind FROM incidents WHERE closed_at IS NULL") == [
            ("mailbox", "mailbox_access_denied")
        ]
        other = plant.deliver(right)
        plant.eventually(lambda: plant.is_comment(other), "the other mailboxes go on")
        plant.eventually(lambda: post.told(f"mailbox {wrong}") == everybody(plant), "everybody was told, once")
        late = plant.deliver(wrong)
    finally:
        plant.exchange.set_impersonation(user, wrong, allowed=None)
        live_stack.command("enable", INTEGRATION, "--mailbox", wrong)
    plant.eventually(lambda: plant.is_comment(late), "what arrived meanwhile is synced")


def test_the_service_account_may_turn_its_own_switches_and_nothing_else(plant: Plant) -> None:
    told = subprocess.run(
        [script("airflow"), "connections", "get", "exchange_airflow_api", "--output", "json"],
        env=plant.stack.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    [given] = json.loads(told.stdout[told.stdout.index("[") :])
    rest = Rest(plant.stack.airflow.url, given["login"], given["password"])
    assert set(rest.dags("exchange")) <= {DAG_ID, BACKFILL}
    rest.unpause(DAG_ID)
    for method, path, body in (
        ("GET", "/variables", None),
        ("GET", "/connections", None),
        ("POST", f"/dags/{DAG_ID}/dagRuns", {"logical_date": None}),
        ("PATCH", "/dags/exchange_maintenance?update_mask=is_paused", {"is_paused": True}),
    ):
        with pytest.raises(RestError) as refused:
            rest.send(method, path, body)
        assert refused.value.status == 403, (method, path)
