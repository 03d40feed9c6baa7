"""Scripted faults of Graph's answers: a refusal, a link to another host, a lost state, a mail that poisons its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from exchange_simulator.faults.plan import IN_LISTING, Fault, FaultPlan
from exchange_simulator.graph.call import Call, Reply
from exchange_simulator.graph.errors import GraphError

STAGES = ("graph", "wire", "answer")


def meet(plan: FaultPlan, call: Call, answer: Callable[[], Reply]) -> Reply:
    """The answer with the fault in it that meets this call, if one does. Raises GraphError."""
    try:
        reply = answer()
    except GraphError:
        call.fault = _pick(plan, call)
        if call.fault is not None and call.fault.kind == "graph_error":
            raise _told(call.fault) from None
        raise
    call.fault = _pick(plan, call)
    return reply if call.fault is None else _spoiled(call.fault, call, reply)


def _pick(plan: FaultPlan, call: Call) -> Fault | None:
    brings = any(name.removeprefix("$").lower() in ("skiptoken", "deltatoken") for name, _ in call.parameters)
    return plan.pick(call.operation, [call.mailbox], call.named, with_state=brings, stages=STAGES)


def _spoiled(fault: Fault, call: Call, reply: Reply) -> Reply:
    told = fault.parameters
    if fault.kind == "graph_error":
        raise _told(fault)
    if fault.kind == "expired_state":
        raise GraphError(410, "SyncStateNotFound", "The sync state generation is not found.")
    if fault.kind in ("item_error", "unknown_code"):
        if any(item.place == IN_LISTING and fault.meant(item) for item in call.named):
            raise GraphError(500, "InternalServerError", "Error while processing response.")
        raise GraphError(500, told["code"], "Simulated error.")
    if fault.kind == "graph_link_elsewhere" and isinstance(reply.content, dict):
        reply.content = {name: _elsewhere(name, value, told["host"]) for name, value in reply.content.items()}
    return reply


def _told(fault: Fault) -> GraphError:
    told = fault.parameters
    headers = {"Retry-After": str(told["retry_after"])} if told["retry_after"] else {}
    return GraphError(told["status"], told["code"], told["message"], headers)


def _elsewhere(name: str, value: Any, host: str) -> Any:
    if name not in ("@odata.nextLink", "@odata.deltaLink"):
        return value
    return urlsplit(str(value))._replace(netloc=host).geturl()
