"""Pools: a DAG names one only when it is known to exist, since Airflow starves tasks of a missing one silently."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exchange_sync.orchestrate import pools
from exchange_sync.settings import Settings

from tests.airflow.fakes import FakePipeline, install

ROOT = Path(__file__).resolve().parents[2]
MADE = "exchange.exchange_default"


@pytest.fixture
def settings(product_settings: Path) -> Settings:
    return Settings.from_environment()


def parse(integrations: Callable[..., Path]) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    integrations("acme/mail")
    return DagBag(dag_folder=str(ROOT / "dags" / "exchange_integrations.py")).dags


def in_airflow() -> dict[str, int]:
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return {pool.pool: pool.slots for pool in session.scalars(select(Pool))}


@pytest.fixture
def airflow_here(airflow_database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{airflow_database}")


def test_a_dag_whose_pool_was_never_made_names_the_default_pool_and_runs(
    airflow_database: Path, integrations: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, FakePipeline())
    dags = parse(integrations)
    assert {task.pool for dag in dags.values() for task in dag.tasks} == {"default_pool"}
    assert str(dags["exchange.acme.mail"].test().state) == "success"


def test_pools_are_made_with_the_slots_of_their_connection_and_then_named(
    airflow_here: None, settings: Settings, integrations: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_EXCHANGE_DEFAULT",
        json.dumps({"conn_type": "exchange", "host": "mail.acme.example", "login": "a", "password": "b",
                    "extra": {"max_connections": 5}}),
    )  # fmt: skip
    assert pools.make_pools(settings, ["exchange_default", "exchange_default"]) == {MADE, pools.BACKFILL}
    assert in_airflow()[MADE] == 5
    dags = parse(integrations)
    named = {task.task_id: task.pool for task in dags["exchange.acme.mail"].tasks}
    assert named["mailbox.extract"] == MADE
    assert {pool for name, pool in named.items() if name != "mailbox.extract"} == {"default_pool"}
    assert {task.pool for task in dags["exchange_backfill.acme.mail"].tasks} == {pools.BACKFILL}


def test_a_connection_that_is_not_made_yet_gets_the_default_slots(airflow_here: None, settings: Settings) -> None:
    pools.make_pools(settings, ["not_yet"])
    assert in_airflow()["exchange.not_yet"] == 2


def test_slots_that_a_person_chose_stay(airflow_here: None, settings: Settings) -> None:
    from airflow.models.pool import Pool

    Pool.create_or_update_pool(MADE, 9, "mine", include_deferred=False)
    pools.make_pools(settings, ["exchange_default"])
    assert in_airflow()[MADE] == 9


def test_a_pool_that_somebody_deleted_is_made_again(airflow_here: None, settings: Settings) -> None:
    from airflow.models.pool import Pool

    pools.make_pools(settings, ["exchange_default"])
    Pool.delete_pool(MADE)
    pools.make_pools(settings, ["exchange_default"])
    assert MADE in in_airflow()


def test_airflows_database_away_nothing_changes_and_no_secret_is_told(
    airflow_here: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy.exc import OperationalError

    def away(wanted: object) -> None:
        raise OperationalError("SELECT", {}, Exception("password=hunter2"))

    monkeypatch.setattr(pools, "_in_airflow", away)
    assert pools.make_pools(settings, ["exchange_default"]) == frozenset()
    assert "OperationalError" in caplog.text
    assert "hunter2" not in caplog.text


def test_without_an_airflow_none_is_made_up(tmp_path: Path) -> None:
    assert not pools.is_configured({"AIRFLOW_HOME": str(tmp_path)})
    (tmp_path / "airflow.cfg").touch()
    assert pools.is_configured({"AIRFLOW_HOME": str(tmp_path)})


def test_a_broken_list_of_pools_stops_no_dag(settings: Settings) -> None:
    for text in ("", "[]", '{"pools": 3}'):
        settings.snapshot.with_name("pools.json").write_text(text)
        assert pools.known_pools(settings) == frozenset(), text
