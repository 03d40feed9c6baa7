"""The little of Airflow's REST API that the stack needs: sign in, look at DAGs, unpause them."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

TIMEOUT_SECONDS = 30


class RestError(RuntimeError):
    """Airflow refused a request, or did not answer; ``status`` is the HTTP status, 0 without an answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Rest:
    """Airflow's API at ``url``, as one user. Signs in at the first request."""

    url: str
    user: str
    password: str
    _token: str = field(default="", repr=False)

    def get(self, path: str, **query: str) -> Any:
        """The JSON answer to a GET of ``path`` (below /api/v2). Raises RestError."""
        return self._ask("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path, None)

    def send(self, method: str, path: str, body: Any) -> Any:
        """The JSON answer to ``method`` of ``path`` with a JSON body. Raises RestError."""
        return self._ask(method, path, body)

    def dags(self, prefix: str) -> dict[str, bool]:
        """Id → paused, of every DAG whose id starts with ``prefix``."""
        found = self.get("/dags", dag_id_pattern=f"{prefix}%", limit="100")["dags"]
        return {dag["dag_id"]: dag["is_paused"] for dag in found if dag["dag_id"].startswith(prefix)}

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run. Raises RestError, status 404 while Airflow has not read it yet."""
        self.send("PATCH", f"/dags/{urllib.parse.quote(dag_id)}?update_mask=is_paused", {"is_paused": False})

    def _ask(self, method: str, path: str, body: Any) -> Any:
        if not self._token:
            signed_in = self._call("POST", "/auth/token", {"username": self.user, "password": self.password})
            self._token = signed_in["access_token"]
        return self._call(method, f"/api/v2{path}", body)

    def _call(self, method: str, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer) if answer.status != 204 else None
        except urllib.error.HTTPError as error:
            raise RestError(f"Airflow answered {error.code} to {method} {path}", error.code) from error
        except (OSError, ValueError) as error:
            raise RestError(f"Airflow did not answer {method} {path}: {error}", 0) from error
