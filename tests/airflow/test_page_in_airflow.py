"""The page and the API inside a live Airflow: its sessions, its connections, its switches (issues 6 and 7)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from stack.local import BACKFILL_DAG_ID, DAG_ID, INTEGRATION, LocalStack
from tests.airflow.plant import PATIENCE

pytestmark = pytest.mark.live

PAGES, API = "/exchange", "/exchange-api"
OURS = {"X-Exchange-Sync": "1"}
NEW = f"{API}/api/_private/integrations/acme/from-airflow"
CONNECTION = "exchange_acme_from-airflow"


class Person:
    """Somebody who has signed in to Airflow. ``web`` bears the cookie of a browser, ``programs`` no cookie."""

    def __init__(self, stack: LocalStack, username: str, password: str) -> None:
        self.url = stack.airflow.url
        answer = httpx.post(f"{self.url}/auth/token", json={"username": username, "password": password}, timeout=60)
        self.session = answer.json()["access_token"]
        frame = {"Sec-Fetch-Dest": "iframe"}
        self.web = httpx.Client(base_url=self.url, cookies={"_token": self.session}, headers=frame, timeout=60)
        self.airflow = httpx.Client(
            base_url=f"{self.url}/api/v2", headers={"Authorization": f"Bearer {self.session}"}, timeout=60
        )

    def close(self) -> None:
        self.web.close()
        self.airflow.close()


@pytest.fixture
def admin(live_stack: LocalStack) -> Iterator[Person]:
    person = Person(live_stack, "admin", live_stack.keys.admin_password)
    yield person
    if person.web.get(NEW).status_code == 200:
        person.web.delete(NEW, headers={"Origin": person.url, **OURS})
    person.airflow.delete(f"/connections/{CONNECTION}")
    person.close()


@pytest.fixture
def viewer(live_stack: LocalStack) -> Iterator[Person]:
    person = Person(live_stack, "viewer", live_stack.keys.viewer_password)
    yield person
    person.close()


def integration(**connection: Any) -> dict[str, Any]:
    """A request that makes an integration which never runs, with a connection of its own."""
    access = {"kind": "user_access", "username": "svc@acme.example", "password": "a secret of this test"}
    wanted = {
        "microsoft_api": {"kind": "ews"},
        "ews_endpoint": "https://mail.acme.example/EWS/Exchange.asmx",
        "application": {"kind": "basic"},
        "access": access,
    }
    return {"integration": {"title": "A try", "enabled": False, "configuration": {"connection": wanted | connection}}}


@pytest.mark.slice
def test_nobody_gets_in_without_airflows_session(live_stack: LocalStack) -> None:
    for path in (f"{PAGES}/", f"{PAGES}/comments", f"{API}/api/_private/integrations"):
        answer = httpx.get(live_stack.airflow.url + path, timeout=60, headers={"Sec-Fetch-Dest": "iframe"})
        assert answer.status_code == 401, path


def test_the_menu_has_an_entry_that_opens_the_page(viewer: Person) -> None:
    assert viewer.web.get(f"{PAGES}/").status_code == 200
    assert INTEGRATION in viewer.web.get(f"{PAGES}/").text


def test_a_link_opened_by_itself_is_shown_inside_airflows_frame(viewer: Person) -> None:
    answer = viewer.web.get(f"{PAGES}/?q=a", headers={"Sec-Fetch-Dest": "document"}, follow_redirects=False)
    assert answer.headers["location"] == f"/plugin/exchange{PAGES}/?q=a"


def test_a_session_reads_the_api_and_writes_only_with_origin_and_header(admin: Person) -> None:
    assert admin.web.get(f"{API}/api/_private/integrations").json()["integrations"]
    for headers in ({}, {"Origin": admin.url}, OURS, {"Origin": "https://evil.example", **OURS}):
        assert admin.web.put(NEW, json=integration(), headers=headers).status_code == 403
    assert admin.web.get(NEW).status_code == 404


def test_an_integrations_connection_is_written_by_airflow_as_the_person_and_shows_no_secret(admin: Person) -> None:
    answer = admin.web.put(NEW, json=integration(), headers={"Origin": admin.url, **OURS})
    assert answer.status_code == 200, answer.text
    kept = admin.airflow.get(f"/connections/{CONNECTION}").json()
    assert (kept["conn_type"], kept["login"], kept["port"]) == ("exchange", "svc@acme.example", 443)
    assert json.loads(kept["extra"])["server_url"] == "https://mail.acme.example/EWS/Exchange.asmx"
    assert "a secret of this test" not in answer.text + admin.web.get(NEW).text
    seen = admin.airflow.get("/eventLogs", params={"event": "post_connection", "order_by": "-id", "limit": 5}).json()
    assert "admin" in {entry["owner"] for entry in seen["event_logs"]}


@pytest.mark.slice
def test_a_viewer_changes_nothing_by_page_or_api(viewer: Person) -> None:
    headers = {"Origin": viewer.url, **OURS}
    assert viewer.web.put(NEW, json=integration(), headers=headers).status_code == 403
    stopped = {"integration": {"enabled": False}}
    answer = viewer.web.post(f"{API}/api/_private/integrations/{INTEGRATION}", json=stopped, headers=headers)
    assert answer.status_code == 403


def both(stack: LocalStack) -> dict[str, bool]:
    """Whether the integration's two DAGs are paused."""
    return {dag_id: stack.rest().dags(dag_id)[dag_id] for dag_id in (DAG_ID, BACKFILL_DAG_ID)}


@pytest.mark.slice
def test_stopping_and_starting_by_the_api_turns_airflows_switches(live_stack: LocalStack, admin: Person) -> None:
    headers, path = {"Origin": admin.url, **OURS}, f"{API}/api/_private/integrations/{INTEGRATION}"
    for enabled in (False, True):
        answer = admin.web.post(path, json={"integration": {"enabled": enabled}}, headers=headers)
        assert answer.status_code == 200, answer.text
        patience = live_stack.patience(PATIENCE)  # a run that is under way comes to its end before
        while set(both(live_stack).values()) != {not enabled}:
            assert not patience.over(), both(live_stack)
            time.sleep(0.5)


def test_a_token_made_on_the_page_opens_the_api_inside_airflow_until_it_is_revoked(viewer: Person) -> None:
    ours = {"Origin": viewer.url}
    known = re.search(r'name="replaces" value="(\d*)"', viewer.web.get(f"{PAGES}/tokens/new").text)
    assert known
    made = viewer.web.post(f"{PAGES}/tokens", data={"replaces": known[1]}, headers=ours)
    token = re.search(r'<textarea id="token"[^>]*>([\w-]+)<', made.text)
    assert token, made.text[:300]
    address = f"{viewer.url}{API}/api/v1/sources"
    assert address in made.text
    bearer = {"Authorization": f"Bearer {token[1]}"}
    assert httpx.get(address, headers=bearer, timeout=60).json()["sources"]

    path = re.search(r"/tokens/\d+/revoke", viewer.web.get(f"{PAGES}/tokens").text)
    assert path
    assert viewer.web.post(f"{PAGES}{path[0]}", headers=ours).status_code == 303
    assert httpx.get(address, headers=bearer, timeout=60).status_code == 401


def test_a_test_message_is_taken_up_by_the_maintenance_dag(viewer: Person, live_stack: LocalStack) -> None:
    assert viewer.web.post(f"{PAGES}/subscriptions/test", headers={"Origin": viewer.url}).status_code == 303
    patience = live_stack.patience(PATIENCE)
    while "data-pending" in (told := viewer.web.get(f"{PAGES}/subscriptions/tests").text):
        assert not patience.over(), told
        time.sleep(3)
    assert "It is in your notifications" in told
    assert "Not sent" in told  # the stack has no SMTP server: said as it is
    assert viewer.web.get(f"{PAGES}/notifications/unread").json()["unread"] >= 1
