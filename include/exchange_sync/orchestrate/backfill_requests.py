"""Backfills by Airflow's REST API, as the person who asks: start one over days, and watch how far it is."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange_sync.errors import BadInput, Retriable

TIMEOUT_SECONDS = 30
MOST = 100  # runs and backfills that are asked for at once
AT_ONCE = 2  # runs of one backfill beside each other; the pool allows no more tasks than that either


@dataclass(frozen=True)
class Progress:
    """How many days (runs) there are, how many are done, how many of those failed, and how many are queued."""

    days: int
    done: int
    failed: int
    waiting: int = 0

    @property
    def is_over(self) -> bool:
        """Whether every day has ended."""
        return self.days > 0 and self.done == self.days

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} of {self.days} days done{failed}"


def days(since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The first and the last day, as UTC midnights, whose windows together cover [since, until) up to last midnight.

    Airflow makes no run of a day that is not over. Raises BadInput when the span is empty or lies in that day.
    """
    if not since < until:
        raise BadInput(f"--from {since.isoformat()} is not before --to {until.isoformat()}: name a span of time")
    first, last = _midnight(since), _midnight(until - timedelta(microseconds=1))
    newest = _midnight(now) - timedelta(days=1)
    if first > newest:
        raise BadInput(f"{first:%Y-%m-%d} is not over (in UTC): Airflow re-reads whole days; name --connections FILE")
    return first, min(last, newest)


@dataclass
class Airflow:
    """Airflow's API at url, as one person. Signs in at the first request.

    Every method raises BadInput where Airflow refuses, Retriable where it does not answer.
    """

    url: str
    user: str
    password: str = field(repr=False)
    _token: str = field(default="", repr=False)

    def start(self, dag_id: str, first: datetime, last: datetime) -> int:
        """Re-read every day from first to last, those that are done as well; the backfill's id."""
        if self._ask("GET", f"/dags/{_quoted(dag_id)}", "the DAG")["is_paused"]:
            raise BadInput(f"{dag_id} is paused, so its backfills would wait: unpause it on its page and ask again")
        body = {
            "dag_id": dag_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "max_active_runs": AT_ONCE,
            "reprocess_behavior": "completed",
        }
        return int(self._ask("POST", "/backfills", "the backfill", body)["id"])

    def free(self, dag_id: str, first: datetime, last: datetime) -> int:
        """Ends the runs of these days that no backfill will ever start, so that a new one can; how many.

        Airflow starts no run of a backfill that was cancelled, and a new backfill passes over whatever is queued: a
        run of it that was cleared stays queued for ever (decision 76).
        """
        if self._open(dag_id):
            return 0  # what is queued may be its own
        freed = 0
        while found := self._stuck(dag_id, first, last):
            for run_id in found:
                path = f"/dags/{_quoted(dag_id)}/dagRuns/{_quoted(run_id)}"
                self._ask("PATCH", f"{path}?update_mask=state", "the run", {"state": "failed"})
            freed += len(found)
        return freed

    def is_over(self, number: int) -> bool:
        """Whether a backfill has ended, by itself or because somebody cancelled it."""
        return bool(self._ask("GET", f"/backfills/{number}", "the backfill")["completed_at"])

    def _open(self, dag_id: str) -> bool:
        query = urllib.parse.urlencode({"dag_id": dag_id, "order_by": "-id", "limit": str(MOST)})
        found = self._ask("GET", f"/backfills?{query}", "the backfills")["backfills"]
        return any(one["completed_at"] is None for one in found)

    def _stuck(self, dag_id: str, first: datetime, last: datetime) -> list[str]:
        runs = self._runs(dag_id, first, last, "queued", MOST)["dag_runs"]
        return [run["dag_run_id"] for run in runs if run["run_type"] == "backfill"]

    def progress(self, dag_id: str, first: datetime, last: datetime) -> Progress:
        """How far the runs of these days are."""
        total, queued, good, bad = (
            self._count(dag_id, first, last, state) for state in ("", "queued", "success", "failed")
        )
        return Progress(total, good + bad, bad, queued)

    def notes(self, dag_id: str, first: datetime, last: datetime, limit: int = 5) -> list[str]:
        """Of failed days: the day, and what the run's note says."""
        found = self._runs(dag_id, first, last, "failed", limit)["dag_runs"]
        return [f"{run['logical_date'][:10]}: {run['note'] or 'see the log of its verdict'}" for run in found]

    def _count(self, dag_id: str, first: datetime, last: datetime, state: str) -> int:
        return int(self._runs(dag_id, first, last, state, 1)["total_entries"])

    def _runs(self, dag_id: str, first: datetime, last: datetime, state: str, limit: int) -> Any:
        asked = {"logical_date_gte": first.isoformat(), "logical_date_lte": last.isoformat(), "limit": str(limit)}
        query = urllib.parse.urlencode(asked | ({"state": state} if state else {}))
        return self._ask("GET", f"/dags/{_quoted(dag_id)}/dagRuns?{query}", "the runs")

    def _ask(self, method: str, path: str, what: str, body: Any = None) -> Any:
        if not self._token:
            answer = self._call("POST", "/auth/token", "signing in", {"username": self.user, "password": self.password})
            self._token = answer["access_token"]
        return self._call(method, f"/api/v2{path}", what, body)

    def _call(self, method: str, path: str, what: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url.rstrip("/") + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise self._refused(error, what) from None
        except (OSError, ValueError) as error:
            raise Retriable(f"Airflow at {self.url} does not answer", 10.0, code=type(error).__name__) from None

    def _refused(self, error: urllib.error.HTTPError, what: str) -> BadInput:
        remedy = {
            401: "its user or password is wrong: set EXCHANGE_SYNC_AIRFLOW_USER and EXCHANGE_SYNC_AIRFLOW_PASSWORD",
            403: f"{self.user} may not: sign in as somebody who may edit the DAG and create backfills",
            404: "it knows no such DAG: has `exchange-sync apply` been run, and has Airflow read it yet?",
            409: "a backfill of this integration is still open: wait for it, or cancel it on the DAG's page",
        }.get(error.code, f"HTTP {error.code}")
        return BadInput(f"Airflow refused {what}: {remedy}")


def _midnight(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _quoted(dag_id: str) -> str:
    return urllib.parse.quote(dag_id, safe="")
