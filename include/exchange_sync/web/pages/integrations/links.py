"""Links into Airflow's own pages: a run, and the very task whose log tells what happened to a mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from exchange_sync.model.names import attempt_id, backfill_dag_id, live_dag_id

TASKS_A_RUN = 200  # mailboxes; the setting's default, and more than most have
FIRST_TASK, LAST_TASK = "mailbox.extract", "mailbox.load"


def dag(owner: str, name: str) -> str:
    """The live DAG's page, as a path within Airflow."""
    return f"/dags/{quote(live_dag_id(owner, name), safe='')}"


def backfills(owner: str, name: str) -> str:
    """The page of the backfills of an integration."""
    return f"/dags/{quote(backfill_dag_id(owner, name), safe='')}/backfills"


def run(key: str | None) -> str:
    """A run's page by its name (batches.run: DAG, run id and how often it was cleared); "" for one outside Airflow."""
    parts = (key or "").split("/")
    if len(parts) != 3 or not parts[0].startswith(("exchange.", "exchange_backfill.")):
        return ""
    return f"/dags/{quote(parts[0], safe='')}/runs/{quote(parts[1], safe='')}"


def task(batch: Mapping[str, Any] | None, *, task_id: str = FIRST_TASK, tries: int = 1) -> str:
    """The task that made a batch {id, run}: its page shows its log. The run's where the task cannot be told.

    A batch is named by its task's attempt, so the task is the one whose name that is. tries: attempts looked for.
    """
    if batch is None or not (found := run(batch["run"])):
        return ""
    dag_id, run_id, _ = batch["run"].split("/")
    for attempt in range(1, tries + 1):
        for index in range(TASKS_A_RUN):
            if attempt_id(dag_id, run_id, index, attempt) == batch["id"]:
                return f"{found}/tasks/{task_id}/mapped/{index}"
    return found
