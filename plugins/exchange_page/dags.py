"""An integration's DAGs, turned and started by Airflow's API as the person who asks."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from exchange_sync.errors import BadInput, Retriable
from exchange_sync.model.names import backfill_dag_id, live_dag_id, split_name
from exchange_sync.orchestrate.airflow_api import runs_of, runs_path
from exchange_sync.orchestrate.backfill_requests import AT_ONCE, days
from exchange_sync.pipeline.pausing import Found, Run, settle
from exchange_sync.store.pool import Pool
from exchange_sync.web.ports import Identity
from exchange_sync.web.services import Clock

from exchange_page.inside import Inside

_LATER = "Airflow's pause switch follows within a minute."


class AirflowDags:
    """The web's port."""

    def __init__(self, inside: Inside, pool: Pool, clock: Clock) -> None:
        self._inside = inside
        self._pool = pool
        self._clock = clock

    def settle(self, integration_id: str, identity: Identity) -> str:
        """What the person may not turn, the maintenance DAG turns."""
        with self._pool.lend() as db:
            found = settle(db, integration_id, _Switch(self._inside, identity.credential), self._clock())
        return _LATER if found is Found.UNKNOWN else ""

    def backfill(self, integration: str, since: datetime, until: datetime, identity: Identity) -> str:
        """Whole days: Airflow knows no other windows."""
        dag_id = backfill_dag_id(*split_name(integration, "integration"))
        first, last = days(since, until, self._clock())
        body = {
            "dag_id": dag_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "max_active_runs": AT_ONCE,
            "reprocess_behavior": "completed",
        }
        status, _ = self._inside.ask("POST", "/backfills", identity.credential, body)
        if status >= 400:
            raise _refused(status, "the backfill")
        return f"/dags/{quote(dag_id, safe='')}/backfills"

    def trigger(self, integration: str, identity: Identity) -> None:
        """A manual run."""
        dag_id = live_dag_id(*split_name(integration, "integration"))
        path = f"/dags/{quote(dag_id, safe='')}/dagRuns"
        status, _ = self._inside.ask("POST", path, identity.credential, {"logical_date": None})
        if status >= 400:
            raise _refused(status, "the run")


class _Switch:
    """The pipeline's port (pipeline/pausing.py)."""

    def __init__(self, inside: Inside, credential: str) -> None:
        self._inside = inside
        self._credential = credential

    def is_paused(self, dag_id: str) -> bool | None:
        status, answer = self._inside.ask("GET", _dag(dag_id), self._credential)
        if status == 404:
            return None
        if status >= 400:
            raise Retriable("Airflow refuses to show the DAG to this person", 60.0, code=f"HTTP {status}")
        return bool(answer["is_paused"])

    def set_paused(self, dag_id: str, *, paused: bool) -> None:
        status, _ = self._inside.ask(
            "PATCH", f"{_dag(dag_id)}?update_mask=is_paused", self._credential, {"is_paused": paused}
        )
        if status >= 400 and status != 404:
            raise Retriable("Airflow refuses to let this person turn the switch", 60.0, code=f"HTTP {status}")

    def under_way(self, dag_id: str) -> list[Run]:
        status, answer = self._inside.ask("GET", runs_path(dag_id), self._credential)
        if status == 404:
            return []
        if status >= 400:
            raise Retriable("Airflow refuses to show the DAG's runs to this person", 60.0, code=f"HTTP {status}")
        return runs_of(answer)


def _dag(dag_id: str) -> str:
    return f"/dags/{quote(dag_id, safe='')}"


def _refused(status: int, what: str) -> BadInput:
    remedy = {
        401: "you are not signed in any more: open the page again",
        403: "you may not: ask somebody who may edit this DAG",
        404: "it does not know the DAG yet: wait half a minute",
        409: "one is under way already: wait for its end, or stop it on the DAG's page",
    }.get(status, f"HTTP {status}")
    return BadInput(f"Airflow refused {what}: {remedy}")
