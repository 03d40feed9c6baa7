"""The simulator's page tells all there is: operations, faults with their parameters, control calls, generations."""

from __future__ import annotations

import re
from pathlib import Path

from exchange_simulator.calllog import CallLog
from exchange_simulator.client import Control
from exchange_simulator.control.app import control_app
from exchange_simulator.ews.auth import Gate
from exchange_simulator.ews.dispatch import OPERATIONS
from exchange_simulator.ews.versions import GENERATIONS
from exchange_simulator.faults.kinds import KINDS
from exchange_simulator.faults.plan import FaultPlan

from tests.unit.simulator.conftest import Office

PAGE = (Path(__file__).resolve().parents[3] / "docs/reference/simulator.md").read_text(encoding="utf-8")


def test_every_operation_and_generation_is_named() -> None:
    assert [name for name in (*OPERATIONS, *GENERATIONS) if name not in PAGE] == []


def test_every_fault_is_named_with_its_parameters() -> None:
    table = PAGE.partition("## Faults")[2].partition("## Assumptions")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| `")]
    told = {kind: row[3] for row in rows for kind in re.findall(r"`(\w+)`", row[1])}
    assert set(told) == set(KINDS)
    assert [(k, name) for k, kind in KINDS.items() for name in kind.parameters if name not in told[k]] == []


def test_every_control_call_and_every_method_of_the_client_is_named(office: Office) -> None:
    app = control_app(office.store, CallLog(), Gate([]), FaultPlan(), "token")
    paths = {path for router in app.routes for path in _paths(router)}
    assert len(paths) > 20
    assert [path for path in paths if path not in PAGE] == []
    methods = {name for name, value in vars(Control).items() if callable(value) and not name.startswith("_")}
    assert [name for name in methods - {"close"} if f"`{name}`" not in PAGE] == []


def _paths(route: object) -> list[str]:
    inner = getattr(route, "original_router", None) or route
    if hasattr(inner, "routes"):
        return [path for each in inner.routes for path in _paths(each)]
    path = getattr(inner, "path", "")
    return [path] if path and path not in ("/docs", "/redoc", "/docs/oauth2-redirect", "/openapi.json") else []
