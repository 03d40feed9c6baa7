"""What fails while something fails, on a live Airflow: the state converges, and each change is told once (issue 4).

Three integrations of their own, beside the demo's, so that each can be broken by itself and is told of by itself.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stack.files import write_private
from stack.local import DAG_ID, LocalStack
from stack.processes import ProcessError
from tests.airflow.own import PASSWORD, Own, installed, told_once
from tests.airflow.plant import PATIENCE, Plant, planting
from tests.airflow.told import AnyPort, Hook, hooking, posting

pytestmark = pytest.mark.live

SCHEDULER, API = "airflow-scheduler", "airflow-api-server"
AWAY_SECONDS = 60.0


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with hooking() as server:
        yield server


@pytest.fixture(scope="module")
def post() -> Iterator[AnyPort]:
    with posting() as server:
        yield server


@pytest.fixture(scope="module")
def plant(live_stack: LocalStack, post: AnyPort) -> Iterator[Plant]:
    with planting(live_stack, post) as made:
        yield made


@pytest.fixture(scope="module")
def proofs(plant: Plant, hook: Hook, live_stack: LocalStack) -> Iterator[tuple[Own, Own, Own]]:
    """Integrations that are synced; a service and people are told of them. Gone at the end."""
    made = Own(plant, "proof", "one"), Own(plant, "proof", "two"), Own(plant, "proof", "three")
    with installed(plant, hook, made, live_stack.options.interval):
        yield made


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


def test_two_integrations_fail_at_once_and_the_scheduler_is_killed_before_the_pause(
    proofs: tuple[Own, Own, Own], plant: Plant, post: AnyPort, hook: Hook, live_stack: LocalStack
) -> None:
    both = proofs[:2]
    for one in both:
        one.set_password("changed meanwhile")
    patience = live_stack.patience(PATIENCE)
    while not any(one.is_off() for one in both):
        assert not patience.over(), "neither was disabled"
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
    proofs: tuple[Own, Own, Own], plant: Plant, post: AnyPort, hook: Hook, live_stack: LocalStack
) -> None:
    other, _, one = proofs
    wrong = live_stack.layout.local / "wrong.yaml"
    fields = one.fields("wrong")
    given = {"extra": json.loads(fields["extra"]), **{name: fields[name] for name in ("host", "login", "password")}}
    write_private(wrong, json.dumps({one.connection: given}))
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
