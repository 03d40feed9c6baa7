"""Airflow's pause switch by its REST API, as a service account that may do little else (design decision 8)."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from typing import Any

from exchange_sync.errors import Retriable
from exchange_sync.pipeline.pausing import Run

CONNECTION = "exchange_airflow_api"
SERVICE_ROLE = "Exchange Sync Service"
TIMEOUT_SECONDS = 20
AGAIN_SECONDS = 60.0
RUNS = 100  # that are under way in one DAG: far more than it allows


class AirflowSwitch:
    """The pipeline's port. Signs in at its first question, with the Airflow connection ``exchange_airflow_api``."""

    def __init__(self) -> None:
        self._url = self._token = ""

    def is_paused(self, dag_id: str) -> bool | None:
        """None: Airflow does not know the DAG, or the account may not see it. Raises Retriable."""
        found = self._ask("GET", dag_path(dag_id))
        return None if found is None else bool(found["is_paused"])

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Turn it. Raises Retriable."""
        self._ask("PATCH", f"{dag_path(dag_id)}?update_mask=is_paused", {"is_paused": paused})

    def under_way(self, dag_id: str) -> list[Run]:
        """The DAG's runs that have begun and are not over; none of one that is not known. Raises Retriable."""
        found = self._ask("GET", runs_path(dag_id))
        return [] if found is None else runs_of(found)

    def end(self, dag_id: str, run: str, note: str) -> None:
        """End a run as failed, what it has not done as skipped. Raises Retriable."""
        path = f"{dag_path(dag_id)}/dagRuns/{urllib.parse.quote(run, safe='')}"
        self._ask("PATCH", f"{path}?update_mask=state&update_mask=note", {"state": "failed", "note": note})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """What Airflow tells; None where it answers that there is no such thing."""
        if not self._token:
            self._sign_in()
        try:
            return self._call(method, f"/api/v2{path}", body)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise _silent(
                f"answered {error.code} to {method} of {path.partition('?')[0]}", f"HTTP {error.code}"
            ) from None

    def _sign_in(self) -> None:
        connection = _connection()
        self._url = _address(connection)
        try:
            answer = self._call("POST", "/auth/token", {"username": connection.login, "password": connection.password})
        except urllib.error.HTTPError as error:
            raise _silent(f"refused the service account: {error.code}", f"HTTP {error.code}") from None
        self._token = answer["access_token"]

    def _call(self, method: str, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            raise
        except (OSError, ValueError) as error:
            raise _silent("does not answer", type(error).__name__) from None


def dag_path(dag_id: str) -> str:
    """A DAG's path below the API's root."""
    return f"/dags/{urllib.parse.quote(dag_id, safe='')}"


def runs_path(dag_id: str) -> str:
    """The path of its runs that are under way."""
    return f"{dag_path(dag_id)}/dagRuns?state=running&limit={RUNS}"


def runs_of(answer: Any) -> list[Run]:
    """The runs in Airflow's answer."""
    return [
        Run(run["dag_run_id"], _moment(run["last_scheduling_decision"] or run["start_date"]))
        for run in answer["dag_runs"]
    ]


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)


def _connection() -> Any:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(CONNECTION)
    except AirflowNotFoundException:
        raise _silent(f"has no connection {CONNECTION!r}: see docs/how-to/when-something-fails.md", "missing") from None


def _address(connection: Any) -> str:
    host, port = str(connection.host or ""), connection.port
    if "://" not in host:
        host = f"{connection.schema or 'http'}://{host}"
    return f"{host}:{port}" if port else host.rstrip("/")


def _silent(what: str, code: str) -> Retriable:
    return Retriable(f"Airflow's API {what}", AGAIN_SECONDS, code=code)
