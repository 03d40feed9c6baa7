"""Who is told of what: a person's own choices, services, and tests that tell their result honestly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from exchange_sync.model.config import IntegrationConfig
from exchange_sync.notify.api import Message, NotSent
from exchange_sync.pipeline.telling import Channels, send_due
from exchange_sync.store import subscribers

from tests.integration.pipeline.conftest import BOTH
from tests.web.pages.conftest import Pages
from tests.web.pages.test_notifications import fail, integration_id, meet, unread

OF = "/subscriptions/acme/exchange"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def off(pages: Pages) -> list[tuple[object, object]]:
    rows = pages.world.rows("SELECT username, channel FROM unsubscriptions ORDER BY 1, 2")
    return [(row["username"], row["channel"]) for row in rows]


def deliver(pages: Pages, refused: str = "") -> None:
    """What the maintenance DAG does. refused: why the mail server and the services take nothing."""

    def send(recipient: str, message: Message) -> None:
        if refused:
            raise NotSent(refused)

    send_due(pages.world.db, Channels(send, send, "http://airflow"), lambda: datetime.now(UTC))


def audited(pages: Pages) -> list[object]:
    return [row["action"] for row in pages.world.rows("SELECT action FROM audit ORDER BY id")]


def test_a_person_takes_e_mail_away_and_keeps_the_bell(pages: Pages) -> None:
    one = integration_id(pages)
    answer = pages.viewer.post("/subscriptions", data={"shown": one, "in_app": one})
    assert "Saved" in answer.text
    assert off(pages) == [("viewer", "email")]
    assert audited(pages) == ["subscriptions changed"]
    fail(pages)
    rows = pages.world.rows("SELECT channel FROM notifications WHERE recipient LIKE 'viewer%%'")
    assert [row["channel"] for row in rows] == ["in_app"]


def test_saving_what_is_so_already_changes_nothing_and_is_not_audited(pages: Pages) -> None:
    one = integration_id(pages)
    pages.viewer.post("/subscriptions", data={"shown": one, "in_app": one, "email": one})
    assert (off(pages), audited(pages)) == ([], [])


def test_a_page_that_showed_some_integrations_touches_no_other(pages: Pages) -> None:
    pages.world.configure(BOTH, IntegrationConfig("acme", "other", "exchange_other"))
    pages.viewer.post("/subscriptions", data={"shown": integration_id(pages)})
    rows = pages.world.rows(
        "SELECT DISTINCT i.name FROM unsubscriptions u JOIN integrations i ON i.id = u.integration_id"
    )
    assert [row["name"] for row in rows] == ["exchange"]


def test_everything_off_and_on_is_asked_first_with_the_count(pages: Pages) -> None:
    pages.world.configure(BOTH, IntegrationConfig("acme", "other", "exchange_other"))
    assert "<strong>2</strong> integrations" in pages.viewer.get("/subscriptions/all?wanted=off").text
    assert off(pages) == []
    assert "Everything is off" in pages.viewer.post("/subscriptions/all", data={"wanted": "off"}).text
    assert off(pages) == [("viewer", "email"), ("viewer", "email"), ("viewer", "in_app"), ("viewer", "in_app")]
    assert "Everything is on" in pages.viewer.post("/subscriptions/all", data={"wanted": "on"}).text
    assert off(pages) == []


def test_a_stranger_sees_no_integration_and_leaves_no_trace(pages: Pages) -> None:
    one = integration_id(pages)
    assert "acme/exchange" not in pages.stranger.get("/subscriptions").text
    pages.stranger.post("/subscriptions", data={"shown": one})
    assert pages.stranger.get(OF).status_code == 404
    assert off(pages) == []


def test_one_integrations_page_has_the_same_choice(pages: Pages) -> None:
    pages.viewer.post(OF, data={"channel": "email"})
    assert off(pages) == [("viewer", "in_app")]
    pages.viewer.post(OF, data={"channel": ["email", "in_app"]})
    assert off(pages) == []


def test_a_viewer_sees_services_but_no_control_and_no_other_people(pages: Pages) -> None:
    meet(pages, "op", "viewer")
    subscribers.add_channel(pages.world.db, integration_id(pages), "teams_claims")
    page = pages.viewer.get(OF).text
    assert "teams_claims" in page
    for absent in ("/services/", "op@acme.example", "<h2>People"):
        assert absent not in page
    for what in ("add", "remove", "test"):
        answer = pages.viewer.post(f"{OF}/services/{what}", data={"connection": "teams_claims"})
        assert answer.status_code == 403
    assert subscribers.services(pages.world.db, integration_id(pages)) == ["teams_claims"]


def test_who_may_modify_adds_and_removes_services(pages: Pages) -> None:
    meet(pages, "viewer")
    assert "is told from now on" in pages.op.post(f"{OF}/services/add", data={"connection": "teams"}).text
    assert "was told already" in pages.op.post(f"{OF}/services/add", data={"connection": "teams"}).text
    page = pages.op.get(OF).text
    assert "viewer@acme.example" in page
    assert "not told any more" in pages.op.post(f"{OF}/services/remove", data={"connection": "teams"}).text
    assert "removed already" in pages.op.post(f"{OF}/services/remove", data={"connection": "teams"}).text
    assert audited(pages) == ["service added", "service removed"]


@pytest.mark.parametrize("typed", ["", "https://hooks.example/secret", "a b", "é", "x" * 251])
def test_what_is_no_connections_id_is_refused_beside_the_field(pages: Pages, typed: str) -> None:
    answer = pages.op.post(f"{OF}/services/add", data={"connection": typed})
    assert answer.status_code == 422
    assert "expected the id of an Airflow connection" in answer.text
    assert subscribers.services(pages.world.db, integration_id(pages)) == []


def test_there_is_an_end_to_the_services_of_one_integration(pages: Pages) -> None:
    for number in range(20):
        subscribers.add_channel(pages.world.db, integration_id(pages), f"service_{number}")
    answer = pages.op.post(f"{OF}/services/add", data={"connection": "one_more"})
    assert answer.status_code == 422
    assert "remove one first" in answer.text


def test_a_test_rings_the_bell_at_once_and_waits_for_the_mail_server(pages: Pages) -> None:
    page = pages.viewer.post("/subscriptions/test").text
    assert "It is in your notifications" in page
    assert "It goes out within a minute" in page
    assert "data-pending" in page
    assert unread(pages.viewer) == 1
    assert "You asked for this test message" in pages.viewer.get("/notifications").text
    assert audited(pages) == ["test message asked for"]

    deliver(pages)

    found = pages.viewer.get("/subscriptions/tests").text
    assert "The mail server took it" in found
    assert "data-pending" not in found


def test_a_test_that_is_refused_says_why_and_is_not_repeated(pages: Pages) -> None:
    pages.viewer.post("/subscriptions/test")
    deliver(pages, refused="the SMTP server answered 550")
    page = pages.viewer.get("/subscriptions").text
    assert "Not sent" in page
    assert "the SMTP server answered 550." in page
    deliver(pages)
    assert "Not sent" in pages.viewer.get("/subscriptions").text


def test_a_test_that_nobody_sends_points_at_the_dag_that_should(world: object) -> None:
    clock = Clock()
    pages = Pages(world, clock=clock)  # type: ignore[arg-type]
    pages.viewer.post("/subscriptions/test")
    clock.now += timedelta(minutes=4)
    assert "Is the DAG exchange_maintenance running?" in pages.viewer.get("/subscriptions").text
    pages.pool.close()


def test_a_second_test_at_once_is_refused_with_how_long_to_wait(pages: Pages) -> None:
    pages.viewer.post("/subscriptions/test")
    again = pages.viewer.post("/subscriptions/test")
    assert again.status_code == 429
    assert re.search(r"Try again in \d+ s", again.text)
    assert unread(pages.viewer) == 1
    assert pages.op.post("/subscriptions/test").status_code == 200  # another person's do not count


def test_a_service_is_tried_by_who_may_modify_and_only_where_it_is_told(pages: Pages) -> None:
    subscribers.add_channel(pages.world.db, integration_id(pages), "teams")
    assert pages.op.post(f"{OF}/services/test", data={"connection": "smtp_default"}).status_code == 404
    assert "Service teams" in pages.op.post(f"{OF}/services/test", data={"connection": "teams"}).text
    deliver(pages)
    assert "The service took it" in pages.op.get(OF).text


def test_tests_of_others_are_not_told(pages: Pages) -> None:
    pages.viewer.post("/subscriptions/test")
    assert "viewer@acme.example" not in pages.op.get("/subscriptions/tests").text


def test_a_thousand_integrations_are_pages_of_a_hundred(pages: Pages) -> None:
    pages.world.rows(
        """INSERT INTO integrations SELECT (jsonb_populate_record(i, jsonb_build_object(
            'id', lpad(n::text, 16, '0'), 'name', 'i' || lpad(n::text, 4, '0')))).*
        FROM integrations i, generate_series(1, 1000) AS n RETURNING 1"""
    )
    names: list[str] = []
    address = "/subscriptions"
    while address:
        answer = pages.viewer.get(address)
        assert float(answer.headers["server-timing"].split("=")[1]) < 1_000  # the bench measures; this finds a blunder
        names += re.findall(r'aria-label="(\S+) in the bell"', answer.text)
        more = re.search(r'href="(/subscriptions\?after=[^"]+)">Next', answer.text)
        address = more[1].replace("%2F", "/") if more else ""
    assert len(names) == len(set(names)) == 1_001
