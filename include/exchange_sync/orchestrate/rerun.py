"""What makes a run right when it is run again: cleared, or reprocessed by a backfill.

Airflow 3.3 keeps a mapped task's instances from before. Where the list is shorter now it removes some, where it is
longer it makes the missing ones of each task only when an old instance of that very task is about to start. So the last
task of a mapped group may have nothing to wait for, and whoever waits for it alone begins too early.
"""

from __future__ import annotations

from typing import Any


def wait_for_all(gate: Any, group: Any, first: str, last: Any) -> None:
    """Let last wait for the gate, for the mapped group, and by an edge of its own for the group's first task.

    gate, last: tasks as the TaskFlow gives them. group: what expanding a task group gives. first: a task's id.
    """
    [gate, group] >> last
    gate.operator.dag.get_task(first).set_downstream(last.operator)
