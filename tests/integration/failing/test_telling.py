"""Who is told what, by which channel, and that each change is told once: real SMTP server, real webhook."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from exchange_sync.errors import IntegrationFault, Reason
from exchange_sync.model.config import Configuration, IntegrationConfig
from exchange_sync.notify import email, services
from exchange_sync.notify.api import Message, NotSent
from exchange_sync.notify.email import SmtpServer
from exchange_sync.pipeline.failing import look_for_stale
from exchange_sync.pipeline.telling import Channels, send_due
from exchange_sync.store import integrations, subscribers, trying
from exchange_sync.store.subscribers import Person, Role

from tests.integration.failing.conftest import LIVE, Plant
from tests.support.memory_exchange import MemoryExchange, MemorySource

A = "a@acme.example"
LOGIN = IntegrationFault("refused", Reason("invalid_exchange_credentials", "HTTP 401", "Check the password."))


class Mailbag:
    """An SMTP server's handler that keeps what it gets. refuse: answers 451 instead."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refuse = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class AnyPort(Controller):
    """An SMTP server on a port that the system chooses; aiosmtpd would call itself on port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def smtp() -> Iterator[tuple[Mailbag, SmtpServer]]:
    bag = Mailbag()
    controller = AnyPort(bag, hostname="127.0.0.1", port=0)
    controller.start()
    yield bag, SmtpServer("127.0.0.1", controller.port, "sync@acme.example", tls="none", timeout=5)
    controller.stop()


@pytest.fixture
def webhook() -> Iterator[tuple[list[dict[str, Any]], str]]:
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield got, f"json://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def exchange() -> MemoryExchange:
    made = MemoryExchange()
    made.add_mailbox(A)
    return made


@pytest.fixture
def plant(exchange: MemoryExchange, make_plant: Callable[..., Plant]) -> Plant:
    return make_plant(lambda: MemorySource(exchange), [A])


def broken(exchange: MemoryExchange, plant: Plant) -> None:
    def strike(operation: str, ids: object) -> None:
        raise LOGIN

    exchange.fault = strike
    for _ in range(3):
        plant.run()


def send(plant: Plant, server: SmtpServer, url: str = "") -> tuple[int, int]:
    channels = Channels(
        lambda to, message: email.send(server, to, message),
        lambda connection, message: services.send([url], message),
        "https://airflow.acme.example",
    )
    return send_due(plant.db, channels, lambda: plant.now)


def test_one_mail_and_one_webhook_call_tell_a_failure_and_one_each_the_recovery(
    exchange: MemoryExchange, plant: Plant, smtp: Any, webhook: Any
) -> None:
    bag, server = smtp
    got, url = webhook
    subscribers.add_channel(plant.db, str(plant.row["id"]), "teams")
    broken(exchange, plant)
    assert send(plant, server, url) == (2, 0)
    assert send(plant, server, url) == (0, 0)
    plant.run()
    assert send(plant, server, url) == (0, 0)
    [mail] = bag.mails
    [call] = got
    assert mail["To"] == "ann@acme.example"
    text = mail.get_content()
    for part in (
        "What happened:",
        "Since: 2026-11-24 08:01 UTC",
        "What it means:",
        "How to mend it: Check the password.",
    ):
        assert part in text
    assert "exchange-sync enable acme/exchange" in text
    assert f"Log: https://airflow.acme.example/dags/{LIVE}" in text
    assert "HTTP 401" in call["message"]
    assert plant.incidents()[0]["processed_at"] == plant.now - timedelta(minutes=1)
    assert [row["recipient"] for row in plant.messages("in_app")] == ["ann"]

    exchange.fault = lambda operation, ids: None
    plant.enable()
    assert send(plant, server, url) == (2, 0)
    assert "is enabled again" in bag.mails[1]["Subject"]
    assert "goes on where it stopped" in bag.mails[1].get_content()


def test_a_mail_that_is_refused_is_sent_again_with_a_growing_wait(
    exchange: MemoryExchange, plant: Plant, smtp: Any
) -> None:
    bag, server = smtp
    broken(exchange, plant)
    bag.refuse = True
    waits = []
    for _ in range(4):
        assert send(plant, server) == (0, 1)
        [row] = plant.messages()
        waits.append((row["due_at"] - plant.now).total_seconds())  # type: ignore[operator]
        assert row["last_error"] == "the SMTP server answered 451"
        assert send(plant, server) == (0, 0)  # not yet
        plant.now = row["due_at"]  # type: ignore[assignment]
    assert waits == [60, 120, 240, 480]
    assert plant.incidents()[0]["processed_at"] is None
    bag.refuse = False
    assert send(plant, server) == (1, 0)
    assert len(bag.mails) == 1
    assert plant.incidents()[0]["processed_at"] == plant.now


def test_what_nobody_takes_for_two_days_is_given_up(exchange: MemoryExchange, plant: Plant, smtp: Any) -> None:
    bag, server = smtp
    broken(exchange, plant)
    bag.refuse = True
    plant.now += timedelta(days=2, minutes=1)
    assert send(plant, server) == (0, 1)
    [row] = plant.messages()
    assert (row["given_up"], row["processed_at"]) == (True, plant.now)


def roles(*names: str) -> list[Role]:
    return [Role(name, may_view=name != "Public", may_modify=name in ("Op", "Admin")) for name in names]


def test_everyone_who_may_view_is_told_and_can_unsubscribe_and_subscribe_again(
    exchange: MemoryExchange, plant: Plant
) -> None:
    people = [
        Person("ann", "ann@acme.example", ("Viewer",), may_view=True),
        Person("bob", "bob@acme.example", ("Op",), may_view=True),
        Person("public", "public@acme.example", ("Public",), may_view=False),
        Person("robot", "", ("Op",), may_view=True),
    ]
    subscribers.save_people(plant.db, people, roles("Viewer", "Op", "Public"), plant.now)
    integration_id = str(plant.row["id"])
    subscribers.unsubscribe(plant.db, integration_id, "bob")
    broken(exchange, plant)
    assert [row["recipient"] for row in plant.messages()] == ["ann@acme.example"]
    assert sorted(str(row["recipient"]) for row in plant.messages("in_app")) == ["ann", "robot"]
    subscribers.subscribe(plant.db, integration_id, "bob")
    plant.enable()
    recovered = [row["recipient"] for row in plant.messages() if row["event"] == "recovered"]
    assert sorted(map(str, recovered)) == ["ann@acme.example", "bob@acme.example"]


def test_an_integration_with_roles_of_its_own_tells_those_and_admins_alone(
    exchange: MemoryExchange, plant: Plant
) -> None:
    plant.rows("UPDATE integrations SET viewers = '{Claims}' RETURNING id")
    people = [
        Person("ann", "ann@acme.example", ("Viewer",), may_view=True),
        Person("cleo", "cleo@acme.example", ("Claims",), may_view=False),
        Person("root", "root@acme.example", ("Admin",), may_view=True),
    ]
    subscribers.save_people(plant.db, people, roles("Admin", "Claims", "Viewer"), plant.now)
    broken(exchange, plant)
    assert sorted(str(row["recipient"]) for row in plant.messages()) == ["cleo@acme.example", "root@acme.example"]


def test_nothing_synced_for_five_intervals_is_told_once_and_its_end_too(exchange: MemoryExchange, plant: Plant) -> None:
    plant.rows("UPDATE integrations SET fresh_from = %s RETURNING id", plant.now)
    plant.run()
    plant.now += timedelta(minutes=4, seconds=59)
    assert look_for_stale(plant.db, plant.settings, plant.now) == []
    plant.now += timedelta(minutes=1)  # the scheduler was down
    assert look_for_stale(plant.db, plant.settings, plant.now) == ["acme/exchange"]
    assert look_for_stale(plant.db, plant.settings, plant.now) == []
    [incident] = plant.incidents()
    assert (incident["kind"], incident["action"]) == ("not_fresh", "none")
    assert plant.row["enabled"]
    plant.run()
    assert plant.incidents()[0]["closed_at"] == plant.now
    assert [row["event"] for row in plant.messages()] == ["opened", "recovered"]


def test_flapping_around_the_limit_tells_nothing(exchange: MemoryExchange, plant: Plant) -> None:
    def strike(operation: str, ids: object) -> None:
        raise LOGIN

    for _ in range(5):
        exchange.fault = strike
        plant.run()
        plant.run()
        exchange.fault = lambda operation, ids: None
        plant.run()
    assert not plant.incidents()
    assert not plant.messages()


def test_a_service_address_is_told_to_nobody_when_it_does_not_fit() -> None:
    with pytest.raises(NotSent) as refused:
        services.send(["nonsense://token-of-a-team"], Message("title", "text"))
    assert "token" not in str(refused.value)


def test_airflows_connections_say_how_mail_and_services_are_reached() -> None:
    from exchange_sync.orchestrate.channels import apprise_urls, smtp_server

    plain = SimpleNamespace(
        conn_id="smtp_default", host="mail.acme.example", port=None, login="sync@acme.example", password="secret",
        extra_dejson={"disable_ssl": True, "from_email": "noreply@acme.example"},
    )  # fmt: skip
    server = smtp_server(plain)
    assert (server.port, server.tls, server.sender) == (587, "starttls", "noreply@acme.example")
    assert "secret" not in repr(server)
    teams = SimpleNamespace(conn_id="teams", extra_dejson={"config": '{"path": "json://hook.example/"}'})
    assert apprise_urls(teams) == ["json://hook.example/"]
    with pytest.raises(NotSent, match="teams"):
        apprise_urls(SimpleNamespace(conn_id="teams", extra_dejson={"config": '{"url": 1}'}))


def test_a_person_chooses_the_bell_and_e_mail_apart(exchange: MemoryExchange, plant: Plant) -> None:
    integration_id = str(plant.row["id"])
    assert subscribers.unsubscribe(plant.db, integration_id, "ann", ["email"])
    assert not subscribers.unsubscribe(plant.db, integration_id, "ann", ["email"])
    [row] = subscribers.subscriptions(plant.db, integration_id)
    assert (row["recipient"], row["in_app"], row["by_email"]) == ("ann", True, False)
    broken(exchange, plant)
    assert (len(plant.messages("in_app")), len(plant.messages("email"))) == (1, 0)

    subscribers.subscribe(plant.db, integration_id, "ann")
    subscribers.unsubscribe(plant.db, integration_id, "ann", ["in_app"])
    plant.enable()
    assert [row["event"] for row in plant.messages("email")] == ["recovered"]
    assert [row["event"] for row in plant.messages("in_app")] == ["opened"]


def test_the_lists_of_an_owners_integrations_count_together_for_messages_too(
    exchange: MemoryExchange, plant: Plant
) -> None:
    other = IntegrationConfig("acme", "other", "exchange_other", viewers=("Claims",))
    integrations.apply(plant.db, Configuration((), (other,)), plant.now)
    broken(exchange, plant)  # acme/exchange names no roles itself, but acme belongs to Claims by now
    assert plant.messages("in_app") == []


def test_a_test_message_goes_the_way_of_all_messages_and_is_tried_once(plant: Plant, smtp: Any, webhook: Any) -> None:
    bag, server = smtp
    got, url = webhook
    integration_id = str(plant.row["id"])
    with plant.db.transaction() as cursor:
        assert not trying.queue(cursor, "ann", [("in_app", "ann"), ("email", "ann@acme.example")], None, plant.now)
    assert send(plant, server, url) == (1, 0)
    assert "Nothing has failed" in bag.mails[0].get_content()

    plant.now += timedelta(minutes=1)
    bag.refuse = True
    with plant.db.transaction() as cursor:
        trying.queue(cursor, "ann", [("apprise", "teams"), ("email", "ann@acme.example")], integration_id, plant.now)
    assert send(plant, server, url) == (1, 1)
    assert send(plant, server, url) == (0, 0)
    assert "acme/exchange" in got[0]["message"]
    newest = trying.latest(plant.db, "ann")[0]
    assert (newest["given_up"], newest["last_error"]) == (True, "the SMTP server answered 451")


def test_tests_are_limited_by_person(plant: Plant) -> None:
    def ask(name: str) -> timedelta:
        with plant.db.transaction() as cursor:
            return trying.queue(cursor, name, [("in_app", name)], None, plant.now)

    assert ask("ann") == timedelta()
    assert ask("ann") == trying.PAUSE
    assert ask("bob") == timedelta()
    for _ in range(trying.AN_HOUR - 1):
        plant.now += trying.PAUSE
        assert ask("ann") == timedelta()
    plant.now += trying.PAUSE
    assert ask("ann") == timedelta(hours=1) - trying.AN_HOUR * trying.PAUSE


def test_the_command_says_which_channel_has_told_and_which_waits(exchange: MemoryExchange, plant: Plant) -> None:
    """Without a mail server the e-mails wait; the bell has told all the same."""
    from exchange_sync.pipeline.switch import incident_lines

    broken(exchange, plant)
    with plant.db.transaction() as cursor:
        cursor.execute(
            "UPDATE notifications SET processed_at = NULL, last_error = 'refused' WHERE channel = 'email' RETURNING id"
        )
        waiting = len(cursor.fetchall())
    assert waiting
    (line,) = incident_lines(plant.db, "acme/exchange")
    assert f"bell: 1 told; e-mail: {waiting} waiting" in line or f"e-mail: {waiting} waiting; bell: 1 told" in line
