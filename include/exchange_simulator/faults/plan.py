"""Which fault meets which call. Every call meets at most one: the first in the list that strikes."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange_simulator.errors import UsageError
from exchange_simulator.faults.kinds import KINDS, parameters


@dataclass(frozen=True)
class Target:
    """What a fault strikes. None means any.

    operation: an EWS operation. mailbox: an address. item_id, message_id: a mail that the call names, or is told of.
    """

    operation: str | None = None
    mailbox: str | None = None
    item_id: str | None = None
    message_id: str | None = None


@dataclass(frozen=True)
class Schedule:
    """How often a fault strikes.

    nth: the first of its matching calls that it strikes, counted from 1. times: how many it strikes, None for all that
    follow. probability, seed: strike by chance, the same way for the same seed.
    """

    nth: int = 1
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0


IN_LISTING = -1
"""The place of an item that a listing tells: it shares its answer with others."""


@dataclass(frozen=True)
class Named:
    """An item that a call names or is told of: its place among the answers, its id, its Message-ID if it has one."""

    place: int
    item_id: str
    message_id: str | None


@dataclass
class Fault:
    """A fault that was asked for. seen: matching calls so far. hits: those it struck."""

    number: int
    kind: str
    target: Target
    schedule: Schedule
    parameters: dict[str, Any]
    seen: int = 0
    hits: int = 0
    chance: random.Random = field(default_factory=random.Random)

    @property
    def stage(self) -> str:
        """Where it strikes: answer, body or wire."""
        return KINDS[self.kind].stage

    def meant(self, item: Named) -> bool:
        """Whether the fault names this item."""
        return item.item_id == self.target.item_id or (
            item.message_id is not None and item.message_id == self.target.message_id
        )

    def as_json(self) -> dict[str, Any]:
        """The fault as JSON."""
        return {
            "fault_id": self.number, "kind": self.kind, **vars(self.target), **vars(self.schedule),
            "parameters": self.parameters, "seen": self.seen, "hits": self.hits,
        }  # fmt: skip


class FaultPlan:
    """The faults that wait for their calls. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._number = 0

    def add(self, kind: str, target: Target, schedule: Schedule, given: Mapping[str, Any]) -> Fault:
        """Wait for calls. Raises UsageError for what does not fit."""
        filled = parameters(kind, given)
        if schedule.nth < 1 or (schedule.times is not None and schedule.times < 1):
            raise UsageError("nth and times count from 1; times null means all that follow")
        if not 0.0 < schedule.probability <= 1.0:
            raise UsageError("probability lies above 0 and is at most 1")
        with self._lock:
            self._number += 1
            fault = Fault(self._number, kind, target, schedule, filled, chance=random.Random(schedule.seed))
            self._faults.append(fault)
            return fault

    def list(self) -> Sequence[Fault]:
        """Every fault asked for and not removed, used up or not."""
        with self._lock:
            return list(self._faults)

    def remove(self, number: int | None) -> None:
        """Remove one fault, or all."""
        with self._lock:
            if number is not None and all(fault.number != number for fault in self._faults):
                raise UsageError(f"there is no fault {number}")
            self._faults = [fault for fault in self._faults if number is not None and fault.number != number]

    def pick(
        self, operation: str, mailboxes: Sequence[str], items: Sequence[Named], *, with_state: bool,
        stages: Sequence[str] = ("answer", "body", "wire"),
    ) -> Fault | None:  # fmt: skip
        """The fault that meets a call, if one does. with_state: whether the call brings a sync state. stages: of the
        kinds that the face can play."""
        with self._lock:
            for fault in self._faults:
                if (
                    fault.stage in stages
                    and _matches(fault, operation, mailboxes, items, with_state=with_state)
                    and _strikes(fault)
                ):
                    fault.hits += 1
                    return fault
        return None


def _matches(
    fault: Fault, operation: str, mailboxes: Sequence[str], items: Sequence[Named], *, with_state: bool
) -> bool:  # fmt: skip
    target = fault.target
    if target.operation not in (None, operation) or (fault.kind == "expired_state" and not with_state):
        return False
    if target.mailbox is not None and target.mailbox.casefold() not in (m.casefold() for m in mailboxes):
        return False
    anyone = target.item_id is None and target.message_id is None
    return anyone or any(fault.meant(item) for item in items)


def _strikes(fault: Fault) -> bool:
    schedule = fault.schedule
    if schedule.times is not None and fault.hits >= schedule.times:
        return False
    fault.seen += 1
    return fault.seen >= schedule.nth and fault.chance.random() < schedule.probability
