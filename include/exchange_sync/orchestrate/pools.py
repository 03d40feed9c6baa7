"""Airflow pools: one per Exchange connection, so that no server gets more tasks at once than it is to bear.

Airflow starves a task whose pool is missing, without a word. So pools are made by `exchange-sync apply` and by
housekeeping, which both reach Airflow's database; what was seen to exist there is put down in a file beside the
snapshot of the integrations, and a DAG names a pool only when that file does (docs/decisions/0014).
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from exchange_sync import disk
from exchange_sync.errors import BadInput
from exchange_sync.settings import Settings

log = logging.getLogger(__name__)

DEFAULT = "default_pool"  # Airflow's own; it is always there
BACKFILL = "exchange_backfill"
BACKFILL_SLOTS = 2
_FILE = "pools.json"
_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


def connection_pool(connection: str) -> str:
    """The name of an Exchange connection's pool. connection: the Airflow connection's id."""
    return f"exchange.{connection}"


def usable(name: str, known: Iterable[str]) -> str:
    """The pool itself where it is known to exist, else Airflow's default pool: no task waits for ever."""
    return name if name in known else DEFAULT


def known_pools(settings: Settings | None = None) -> frozenset[str]:
    """The pools that were seen in Airflow. None where nobody has looked, or the file cannot be read."""
    path = _path(settings or Settings.from_environment())
    try:
        return frozenset(map(str, json.loads(path.read_text(encoding="utf-8"))["pools"]))
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read (%s): tasks use the default pool.", path, type(error).__name__)
        return frozenset()


def make_pools(settings: Settings, connections: Iterable[str]) -> frozenset[str]:
    """Make the pools that are missing in Airflow, and put down which there are. connections: Airflow connection ids.

    A pool that is there keeps its slots: a person may have chosen them. Where no Airflow is configured in this
    process, or its database is away, nothing changes. To be called outside tasks.
    """
    if not is_configured(os.environ):
        return known_pools(settings)
    from sqlalchemy.exc import SQLAlchemyError

    wanted = {connection_pool(connection): _slots(connection) for connection in sorted(set(connections))}
    try:
        found = _in_airflow({**wanted, BACKFILL: BACKFILL_SLOTS})
    except SQLAlchemyError as error:  # its text may hold the database's address with the password
        log.warning("Airflow's pools could not be made (%s); housekeeping tries again.", type(error).__name__)
        return known_pools(settings)
    _put_down(_path(settings), found)
    return found


def is_configured(environment: Mapping[str, str]) -> bool:
    """Whether this process knows an Airflow. Asked first: importing it where there is none makes one up, on SQLite."""
    if any(_DATABASE + ending in environment for ending in ("", "_CMD", "_SECRET")):
        return True
    home = Path(environment.get("AIRFLOW_HOME") or Path.home() / "airflow")
    return Path(environment.get("AIRFLOW_CONFIG") or home / "airflow.cfg").is_file()


def _slots(connection: str) -> int:
    """As many as the connection allows at the same time, or the default of one that cannot be read yet."""
    from exchange_sync.orchestrate.connection import exchange_connection
    from exchange_sync.source.credentials import ExchangeConnection

    try:
        return exchange_connection(connection).max_connections
    except BadInput:  # not made yet, or not right yet: gate and check say so to people
        return ExchangeConnection.max_connections


def _in_airflow(wanted: Mapping[str, int]) -> frozenset[str]:
    """Make what is missing, in one transaction; returns those that are there."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        there = set(session.scalars(select(Pool.pool).where(Pool.pool.in_(wanted))))
        for name in sorted(set(wanted) - there):
            purpose = "low-priority backfills" if name == BACKFILL else "tasks that read from this Exchange connection"
            Pool.create_or_update_pool(
                name, wanted[name], f"Exchange Sync: {purpose}", include_deferred=False, session=session
            )
    return frozenset(wanted)


def _put_down(path: Path, found: Iterable[str]) -> None:
    """Raises DiskFault."""
    disk.put_down(path, json.dumps({"pools": sorted(found)}, indent=1))


def _path(settings: Settings) -> Path:
    return settings.snapshot.with_name(_FILE)
