"""What a red run sets off in Airflow, who may see a DAG, and the DAG that looks after all that (issue 4)."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stack import airflow as stack_airflow

ROOT = Path(__file__).resolve().parents[2]


def bag(file: str) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    found = DagBag(dag_folder=str(ROOT / "dags" / file))
    assert not found.import_errors
    return found


def test_maintenance_runs_every_minute_from_the_start_in_one_task(airflow_database: Path) -> None:
    dag = bag("exchange_maintenance.py").dags["exchange_maintenance"]
    assert dag.is_paused_upon_creation is False
    assert dag.schedule.total_seconds() == 60
    assert (dag.max_active_runs, dag.catchup, [task.task_id for task in dag.tasks]) == (1, False, ["maintain"])


def test_a_dag_names_only_roles_that_airflow_has(airflow_database: Path, product_settings: Path) -> None:
    row = {
        "owner": "acme", "name": "mail", "title": "", "connection": "exchange_default", "interval_seconds": 60,
        "viewers": ["Claims", "Not made yet"], "editors": ["Claims leads"],
        "known_roles": ["Claims", "Claims leads", "Exchange Sync Service"],
    }  # fmt: skip
    product_settings.write_text(json.dumps({"integrations": [row]}))
    os.utime(product_settings, (time.time(), time.time()))
    rights = bag("exchange_integrations.py").dags["exchange.acme.mail"].access_control
    assert set(rights) == {"Claims", "Claims leads", "Exchange Sync Service"}
    assert set(rights["Exchange Sync Service"]["DAGs"]) == {"can_read", "can_edit"}
    assert set(rights["Claims"]["DAGs"]) == {"can_read"}
    assert set(rights["Claims leads"]["DAGs"]) == {"can_read", "can_edit"}


def test_where_no_role_is_known_what_was_granted_by_hand_stays(
    airflow_database: Path, integrations: Callable[..., Path]
) -> None:
    integrations("acme/mail")
    dag = bag("exchange_integrations.py").dags["exchange.acme.mail"]
    assert dag.access_control is None
    assert dag.has_on_failure_callback


def test_the_callback_of_a_red_run_never_raises(product_settings: Path, caplog: pytest.LogCaptureFixture) -> None:
    from exchange_sync.orchestrate.callbacks import after_red_run

    with caplog.at_level(logging.WARNING):
        after_red_run("acme/mail")({})
    assert "is left to maintenance" in caplog.text


def test_set_up_and_product_mean_the_same_account() -> None:
    from exchange_sync.orchestrate import airflow_api

    assert stack_airflow.SERVICE_ROLE == airflow_api.SERVICE_ROLE
    assert stack_airflow.SERVICE_CONNECTION == airflow_api.CONNECTION
    commands, connections = stack_airflow.service_account("http://airflow:8080")
    assert airflow_api.CONNECTION in connections
    assert ["roles", "create", airflow_api.SERVICE_ROLE] in commands
