"""Control of faults: script, list, remove."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from exchange_simulator.control.models import NewFault
from exchange_simulator.faults.kinds import KINDS
from exchange_simulator.faults.plan import FaultPlan, Schedule, Target


def router(faults: FaultPlan) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post("/faults")
    def add(body: NewFault) -> dict[str, Any]:
        target = Target(body.operation, body.mailbox, body.item_id, body.message_id)
        schedule = Schedule(body.nth, body.times, body.probability, body.seed)
        return {"fault_id": faults.add(body.kind, target, schedule, body.parameters).number}

    @routes.get("/faults")
    def listed() -> dict[str, Any]:
        return {"faults": [fault.as_json() for fault in faults.list()]}

    @routes.delete("/faults")
    def remove(fault_id: int | None = None) -> dict[str, Any]:
        faults.remove(fault_id)
        return {}

    @routes.get("/faults/kinds")
    def kinds() -> dict[str, Any]:
        return {name: {"text": kind.text, "parameters": dict(kind.parameters)} for name, kind in KINDS.items()}

    return routes
