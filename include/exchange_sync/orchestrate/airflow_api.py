"""Airflow's pause switch by its REST API, as a service account that may do nothing else (design decision 8)."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from exchange_sync.errors import Retriable

CONNECTION = "exchange_airflow_api"
SERVICE_ROLE = "Exchange Sync Service"
TIMEOUT_SECONDS = 20
AGAIN_SECONDS = 60.0


class AirflowSwitch:
    """The pipeline's port. Signs in at its first question, with the Airflow connection ``exchange_airflow_api``."""

    def __init__(self) -> None:
        self._url = self._token = ""

    def is_paused(self, dag_id: str) -> bool | None:
        """None: Airflow does not know the DAG, or the account may not see it. Raises Retriable."""
        found = self._ask("GET", dag_id, None)
        return None if found is None else bool(found["is_paused"])

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        """Turn it. Raises Retriable."""
        self._ask("PATCH", dag_id, {"is_paused": paused})

    def _ask(self, method: str, dag_id: str, body: Any) -> Any:
        """The DAG as Airflow tells it; None where it answers that there is none."""
        if not self._token:
            self._sign_in()
        mask = "?update_mask=is_paused" if body else ""
        path = f"/api/v2/dags/{urllib.parse.quote(dag_id, safe='')}{mask}"
        try:
            return self._call(method, path, body)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise _silent(f"answered {error.code} to {method} of {dag_id}", f"HTTP {error.code}") from None

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
