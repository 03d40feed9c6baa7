"""Failing well on a live Airflow: one error of each level, from the misbehaving Exchange to the mended sync."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from stack.layout import script
from stack.local import DAG_ID, INTEGRATION, LocalStack
from stack.rest import Rest, RestError
from tests.airflow.plant import BACKFILL, Plant, account_of, everybody, planting
from tests.airflow.told import AnyPort, posting

pytestmark = pytest.mark.live


@pytest.fixture
def post() -> Iterator[AnyPort]:
    with posting() as server:
        yield server


@pytest.fixture
def plant(live_stack: LocalStack, post: AnyPort) -> Iterator[Plant]:
    with planting(live_stack, post) as made:
        yield made


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
    seen = set(rest.dags("exchange"))
    assert DAG_ID in seen
    assert all(dag_id.startswith(("exchange.", "exchange_backfill.")) for dag_id in seen), "of integrations alone"
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
