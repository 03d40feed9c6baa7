"""A pipeline of known outcomes, for tests of what Airflow makes of them. Same names as the real one."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest


@dataclass
class FakePipeline:
    """due: what the gate maps. Each step may raise what errors say. calls: what was called, in order.

    asked_to_pause: the runs whose last task asked for it.
    errors: by step ("gate", "extract", …) or by step and address. idle: mailboxes with nothing new.
    """

    due: list[str] = field(default_factory=lambda: ["a@acme.example", "b@acme.example"])
    idle: set[str] = field(default_factory=set)
    errors: dict[Any, Exception] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    asked_to_pause: list[str] = field(default_factory=list)
    verdict: tuple[str, bool] = ("3 new, 1 moved, 0 bad", False)

    def step(self, name: str, address: str, *more: str) -> None:
        """Note the call, then fail as told."""
        self.calls.append((name, address, *more))
        error = self.errors.get((name, address)) or self.errors.get(name)
        if error:
            raise error

    def called(self, name: str) -> list[str]:
        """For which mailboxes a step was called."""
        return sorted(call[1] for call in self.calls if call[0] == name)


def install(monkeypatch: pytest.MonkeyPatch, fake: FakePipeline) -> None:
    """Put the fake in the place of the pipeline's modules."""

    def module(name: str, **contents: Callable[..., Any]) -> None:
        made = types.ModuleType(f"exchange_sync.pipeline.{name}")
        made.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, made.__name__, made)

    @contextmanager
    def open_context(integration: str, *, connections: Any, watermarks: Any, run: str) -> Iterator[Any]:
        yield types.SimpleNamespace(
            integration=integration, run=run, db=None, row={"id": "aa"}, clock=lambda: datetime.now(UTC)
        )
        fake.calls.append(("close", integration))

    def decide(context: Any) -> Any:
        fake.step("gate", context.integration)
        return types.SimpleNamespace(mailboxes=fake.due, note=f"{len(fake.due)} due")

    def extract(context: Any, mailbox: str, batch_id: str) -> Any:
        fake.step("extract", mailbox, batch_id, context.run)
        ref = None if mailbox in fake.idle else f"{mailbox}/fetched"
        return types.SimpleNamespace(ref=ref, counts={"listed": 3}, note="")

    def cleaned(context: Any, mailbox: str, ref: str) -> str:
        fake.step("clean", ref.split("/")[0])
        return ref.replace("fetched", "cleaned")

    def enriched(context: Any, mailbox: str, ref: str) -> str:
        fake.step("enrich", ref.split("/")[0])
        assert ref.endswith("/cleaned")
        return ref.replace("cleaned", "enriched")

    def load(context: Any, mailbox: str, ref: str) -> Any:
        fake.step("load", mailbox)
        assert ref == f"{mailbox}/enriched"
        return types.SimpleNamespace(counts={"created": 3})

    def verdict(context: Any, states: dict[str, str], gate_note: str) -> Any:
        fake.step("verdict", context.integration, context.run, gate_note)
        fake.states = dict(states)
        return types.SimpleNamespace(note=fake.verdict[0], failed=fake.verdict[1])

    def pause_if_disabled(db: Any, integration_id: str, switch: Any, now: datetime, ending: str) -> None:
        fake.asked_to_pause.append(ending)
        fake.step("pause", integration_id)

    module("context", open_context=open_context)
    module("pausing", pause_if_disabled=pause_if_disabled, Run=types.SimpleNamespace)
    for step in (extract, load, verdict):
        module(step.__name__, **{step.__name__: step})
    module("between", cleaned=cleaned, enriched=enriched)
    module("gate", decide=decide)
