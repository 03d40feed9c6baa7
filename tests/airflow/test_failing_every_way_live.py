"""Every error of the brief's two lists on a live Airflow (issue 4): what is wrong is off at its level, with its kind,
its reason and one incident, told once; what is right goes on; once mended and enabled, all mail is there.

All of them fail at once, each an integration or a mailbox of its own. The story is played once; a test for each error
reads what was seen of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from stack.local import DAG_ID, LocalStack
from tests.airflow.own import PASSWORD, Own, apply, installed, told_once
from tests.airflow.plant import Plant, planting
from tests.airflow.told import AnyPort, Hook, hooking, posting

pytestmark = pytest.mark.live

INTERVAL = 10
PATIENCE = 240.0
LOGIN = "invalid_exchange_credentials"


@dataclass(frozen=True)
class Way:
    """One error. wrong, right: what makes it and what mends it, at an integration, or at one of its mailboxes."""

    kind: str
    wrong: Callable[[Own, str], object]
    right: Callable[[Own, str], object]
    reason: str = "sync_error"


@dataclass
class Seen:
    """What was seen of one error. mended: how it was switched on again."""

    off: dict[str, Any] = field(default_factory=dict)
    incidents: list[tuple[str, str]] = field(default_factory=list)
    remedy: str = ""
    paused: bool | None = None
    comments: tuple[int, int] = (-1, -2)
    told_off: bool = False
    red: tuple[dict[str, Any], str] | None = None
    mended: str = ""
    late_is_there: bool = False
    on: dict[str, Any] = field(default_factory=dict)
    paused_after: bool | None = None
    told_on: bool = False


def connect(password: str | None = None, **changed: Any) -> Callable[[Own, str], None]:
    given = {**changed, **({"password": password} if password else {})}
    return lambda one, _: one.connect(**given)


def password(given: str) -> Callable[[Own, str], None]:
    return lambda one, _: one.set_password(given)


def fault(kind: str, **words: Any) -> Callable[[Own, str], object]:
    return lambda one, address: one.plant.exchange.add_fault(kind, mailbox=address, times=None, **words)


def no_fault(one: Own, address: str) -> None:
    for known in one.plant.exchange.faults():
        if known["mailbox"] == address:
            one.plant.exchange.remove_faults(known["fault_id"])


def full(one: Own, address: str) -> None:
    """One more would fit, and three come."""
    one.quota = one.comments() + 1
    apply(one.plant, [one], INTERVAL)
    for _ in range(3):
        one.plant.deliver(address)


def enough(one: Own, _: str) -> None:
    one.quota = 1_000
    apply(one.plant, [one], INTERVAL)


def gone(one: Own, address: str) -> None:
    one.plant.exchange.remove_mailbox(address)


def back(one: Own, address: str) -> None:
    one.plant.exchange.add_mailbox(address)
    one.plant.exchange.set_impersonation(one.account, address, allowed=True)


def impersonation(allowed: bool) -> Callable[[Own, str], None]:
    return lambda one, address: one.plant.exchange.set_impersonation(one.account, address, allowed=allowed)


INTEGRATIONS = {
    "wrong-password": Way(LOGIN, connect("wrong"), connect()),
    "expired-password": Way(LOGIN, password("changed meanwhile"), password(PASSWORD)),
    "wrong-host": Way(LOGIN, connect(host="https://no.such.host.invalid/EWS/Exchange.asmx"), connect()),
    "certificate": Way(LOGIN, connect(ca_bundle=None), connect()),
    "autodiscover": Way(LOGIN, connect(host="", autodiscover="nowhere.invalid"), connect()),
    "no-connection": Way(LOGIN, lambda one, _: one.disconnect(), connect()),
    "login-page": Way(LOGIN, fault("html_login"), no_fault),
    "role": Way("app_access_insufficient_scopes", fault("soap_fault", code="ErrorImpersonationFailed"), no_fault),
    "forbidden": Way("unknown_forbidden_error", fault("http_403"), no_fault),
    "quota": Way("comment_quota_hit", full, enough, "quota"),
    "last-mailbox": Way("all_mailboxes_disabled", gone, back),
}  # fmt: skip
MAILBOXES = {
    "right": Way("mailbox_access_denied", impersonation(False), impersonation(True)),
    "misspelt": Way("mailbox_not_found", gone, back),
    "disabled": Way("mailbox_removed", fault("message_error", code="ErrorAccountDisabled"), no_fault),
    "inbox": Way("mailbox_inbox_not_found", fault("message_error", code="ErrorFolderNotFound"), no_fault),
    "licence": Way("mailbox_invalid_license", fault("message_error", code="ErrorInvalidLicense"), no_fault),
    "alias": Way("mailbox_primary_address_not_found", fault("soap_fault", code="ErrorNonPrimarySmtpAddress"), no_fault),
}  # fmt: skip


class Story:
    """All of them: synced, broken at once, looked at, mended, enabled, looked at again."""

    def __init__(self, plant: Plant, post: AnyPort, hook: Hook) -> None:
        self.plant, self.post, self.hook = plant, post, hook
        self.own = {name: Own(plant, "ways", name) for name in INTEGRATIONS}
        self.address = {name: f"{name}@boxes.example" for name in (*MAILBOXES, "good")}
        self.boxes = Own(plant, "ways", "boxes", tuple(self.address.values()))
        self.delegate = Own(plant, "ways", "delegate", ("partly@d.example", "closed@d.example"), access="delegate")
        self.seen: dict[str, Seen] = {name: Seen() for name in (*INTEGRATIONS, *MAILBOXES, "closed")}
        self.partly: Mapping[str, Any] = {}
        self.good_went_on = False

    @property
    def all(self) -> list[Own]:
        return [*self.own.values(), self.boxes, self.delegate]

    @property
    def wrong_boxes(self) -> dict[str, tuple[Own, str]]:
        found = {name: (self.boxes, self.address[name]) for name in MAILBOXES}
        return {**found, "closed": (self.delegate, "closed@d.example")}

    def play(self) -> None:
        self._break()
        self._wait(self._all_off)
        self._look_off()
        self._mend()
        self._wait(self._all_on)
        self._look_on()

    def _break(self) -> None:
        self.before = {name: one.comments() for name, one in self.own.items()}
        for name, one in self.own.items():
            INTEGRATIONS[name].wrong(one, one.address)
        for name, way in MAILBOXES.items():
            way.wrong(self.boxes, self.address[name])
        rights, account = self.plant.exchange.set_rights, self.delegate.account
        for address in self.delegate.addresses:
            rights(account, address, access="none")
        rights(account, "partly@d.example", access="full", folder="inbox")
        self.meanwhile = [self.plant.deliver(self.address["good"]), self.plant.deliver("partly@d.example")]

    def _all_off(self) -> bool:
        for name, one in self.own.items():
            seen = self.seen[name]
            seen.told_off = seen.told_off or (one.is_off_and_paused() and self._told(one, "was disabled"))
        for name, (one, address) in self.wrong_boxes.items():
            seen = self.seen[name]
            off = not one.box(address)["enabled"]
            seen.told_off = seen.told_off or (off and self._told(one, "was disabled", address))
        self.good_went_on = self.plant.are_comments(self.meanwhile)
        return self.good_went_on and all(seen.told_off for seen in self.seen.values())

    def _look_off(self) -> None:
        paused = self.plant.paused()
        for name, one in self.own.items():
            seen = self.seen[name]
            seen.off, seen.incidents, seen.paused = one.row, one.incidents(), paused[one.dag_id]
            seen.remedy = (seen.off["last_error"] or {}).get("remedy", "")
            seen.comments = (self.before[name], one.comments())
        for name, (one, address) in self.wrong_boxes.items():
            seen = self.seen[name]
            seen.off, seen.paused = one.box(address), paused[one.dag_id]
            seen.remedy = seen.off["last_error"]["remedy"]
            seen.incidents = self._incidents(address)
            seen.red = self.plant.red_task(one.dag_id, address)
        self.partly = {
            "box": self.delegate.box("partly@d.example"), "incidents": self._incidents("partly@d.example"),
            "on": [one.row["enabled"] for one in (self.boxes, self.delegate)], "demo": paused[DAG_ID],
        }  # fmt: skip

    def _mend(self) -> None:
        self.late = {}
        for number, (name, one) in enumerate(self.own.items()):
            INTEGRATIONS[name].right(one, one.address)
            self.late[name] = self.plant.deliver(one.address)
            if number % 2:
                self.plant.stack.unpause(one.dag_id)  # a person's hand
            else:
                self.plant.stack.command("enable", one.integration)
        for name, (one, address) in self.wrong_boxes.items():
            if name == "closed":
                self.plant.exchange.set_rights(one.account, address, access="full")
            else:
                MAILBOXES[name].right(one, address)
            self.late[name] = self.plant.deliver(address)
            self.plant.stack.command("enable", one.integration, "--mailbox", address)

    def _all_on(self) -> bool:
        for name, seen in self.seen.items():
            seen.late_is_there = seen.late_is_there or self.plant.is_comment(self.late[name])
            one, address = self.wrong_boxes.get(name) or (self.own[name], "")
            seen.told_on = seen.told_on or self._told(one, "is enabled again", address)
        return all(seen.late_is_there and seen.told_on for seen in self.seen.values())

    def _look_on(self) -> None:
        paused = self.plant.paused()
        for name, seen in self.seen.items():
            one, address = self.wrong_boxes.get(name) or (self.own[name], "")
            seen.on, seen.paused_after = one.box(address) if address else one.row, paused[one.dag_id]
            seen.told_off = self._told(one, "was disabled", address)  # and still no more than once

    def _told(self, one: Own, words: str, mailbox: str = "") -> bool:
        return told_once(one, self.post, self.hook, words, mailbox=mailbox)

    def _incidents(self, address: str) -> list[tuple[str, str]]:
        sql = "SELECT n.level, n.kind FROM incidents n JOIN mailboxes m ON m.id = n.mailbox_id WHERE m.address = %s"
        return self.plant.query(sql, address)  # type: ignore[return-value]

    def _wait(self, ask: Callable[[], bool]) -> None:
        """Until it is so, or for long enough: what did not happen is the failure of its own test."""
        patience = self.plant.stack.patience(PATIENCE)
        while not ask() and not patience.over():
            time.sleep(1)


@pytest.fixture(scope="module")
def story(live_stack: LocalStack) -> Iterator[Story]:
    with posting() as post, hooking() as hook, planting(live_stack, post) as plant:
        plant.rest.send("PATCH", f"/dags/{DAG_ID}?update_mask=is_paused", {"is_paused": True})  # two cores are not many
        played = Story(plant, post, hook)
        try:
            with installed(plant, hook, played.all, INTERVAL):
                played.play()
                yield played
        finally:
            plant.rest.unpause(DAG_ID)


@pytest.mark.parametrize("name", INTEGRATIONS)
def test_an_error_of_the_integration_disables_it_and_pauses_its_dag_until_mended(story: Story, name: str) -> None:
    way, seen = INTEGRATIONS[name], story.seen[name]
    assert (seen.off["enabled"], seen.off["disabled_reason"], seen.paused) == (False, way.reason, True)
    assert [incident for incident in seen.incidents if incident[0] == "integration"] == [("integration", way.kind)]
    assert seen.remedy or name == "last-mailbox"
    assert seen.told_off
    assert seen.comments[0] == seen.comments[1], "nor is a part half loaded that is more than the bucket may hold"
    assert (seen.on["enabled"], seen.on["disabled_reason"], seen.paused_after) == (True, None, False)
    assert seen.late_is_there
    assert seen.told_on


@pytest.mark.parametrize("name", [*MAILBOXES, "closed"])
def test_an_error_of_a_mailbox_disables_it_alone_until_mended(story: Story, name: str) -> None:
    address, seen = story.wrong_boxes[name][1], story.seen[name]
    assert (seen.off["enabled"], seen.off["disabled_reason"], seen.paused) == (False, "sync_error", False)
    kinds = (MAILBOXES[name].kind,) if name in MAILBOXES else ("mailbox_inbox_not_found", "mailbox_access_denied")
    assert [level for level, _ in seen.incidents] == ["mailbox"]
    assert seen.incidents[0][1] in kinds
    assert seen.red is not None, "its task is red"
    run, last = seen.red
    assert run["state"] == "success"
    assert "failed: " in run["note"]
    assert last.startswith(address)
    assert seen.remedy in last
    assert seen.told_off
    assert (seen.on["enabled"], seen.on["disabled_reason"]) == (True, None)
    assert seen.late_is_there
    assert seen.told_on


def test_meanwhile_right_mailboxes_go_on_and_a_delegate_who_may_read_little_more_than_the_inbox_is_one(
    story: Story,
) -> None:
    assert story.good_went_on
    assert story.partly["on"] == [True, True]
    assert story.partly["box"]["enabled"]
    assert story.partly["incidents"] == []
