"""Airflow's own API, asked from within its server as the signed-in person: their rights hold, its audit log tells."""

from __future__ import annotations

from typing import Any

import anyio.from_thread
import httpx
from exchange_sync.errors import Retriable

_AGAIN_SECONDS = 5.0
_TIMEOUT_SECONDS = 30.0


class Inside:
    """No network: the request goes to the application that this process serves."""

    def ask(self, method: str, path: str, credential: str, body: Any = None) -> tuple[int, Any]:
        """The status and the JSON answer. path: below /api/v2. credential: the person's session.

        For use in the threads in which requests are served. Raises Retriable when Airflow fails.
        """
        answer = anyio.from_thread.run(self._ask, method, path, credential, body)
        if answer.status_code >= 500:
            raise Retriable(f"Airflow's API failed ({answer.status_code})", _AGAIN_SECONDS, code="airflow")
        try:
            return answer.status_code, answer.json() if answer.content else None
        except ValueError:
            return answer.status_code, None

    async def _ask(self, method: str, path: str, credential: str, body: Any) -> httpx.Response:
        from airflow.api_fastapi.main import app  # the one that is served: it is made once a process

        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {credential}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://airflow", timeout=_TIMEOUT_SECONDS
        ) as client:
            return await client.request(method, f"/api/v2{path}", json=body, headers=headers)
