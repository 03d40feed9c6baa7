"""What follows a red run: the pause that PostgreSQL asks for, and the messages. Runs in Airflow's DAG processor."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from exchange_sync.clock import now_utc

log = logging.getLogger(__name__)


def after_red_run(integration: str) -> Callable[[Mapping[str, Any]], None]:
    """A DAG's on_failure_callback. Whatever goes wrong in it is made up for by the maintenance DAG."""

    def callback(context: Mapping[str, Any]) -> None:  # noqa: ARG001 - Airflow gives it
        try:
            _follow(integration)
        except Exception as error:  # noqa: BLE001 - the DAG processor must go on
            log.warning("%s: what follows a failed run is left to maintenance: %s", integration, _told(error))

    return callback


def _follow(integration: str) -> None:
    from exchange_sync.model.names import split_name
    from exchange_sync.orchestrate.airflow_api import AirflowSwitch
    from exchange_sync.orchestrate.channels import channels
    from exchange_sync.pipeline.pausing import pause_if_disabled
    from exchange_sync.pipeline.telling import send_due
    from exchange_sync.settings import Settings
    from exchange_sync.store.database import Database
    from exchange_sync.store.integrations import integration as find

    with closing(Database(Settings.from_environment().database_url)) as db:
        row = find(db, *split_name(integration, "integration"))
        found = pause_if_disabled(db, row["id"], AirflowSwitch(), now_utc())
        sent, failed = send_due(db, channels(), now_utc)
    log.info("%s: %s; %d messages sent, %d not yet", integration, found.value, sent, failed)


def _told(error: Exception) -> str:
    from exchange_sync.errors import ExchangeSyncError

    return str(error) if isinstance(error, ExchangeSyncError) else type(error).__name__
