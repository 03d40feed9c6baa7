"""What commands open before they act: the database, an integration's context, the log on the terminal."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange_sync.clock import now_utc
from exchange_sync.settings import Settings

Connections = Annotated[
    Path | None, typer.Option("--connections", help="YAML: connection id → fields; else Airflow's connections")
]
Integration = Annotated[str, typer.Argument(help="owner/name", metavar="OWNER/NAME")]


def database() -> Any:
    from contextlib import closing

    from exchange_sync.store.database import Database

    return closing(Database(Settings.from_environment().database_url))


def opened(integration: str, connections: Path | None) -> Any:
    """The pipeline's context for one call of the command line."""
    from exchange_sync.pipeline.context import open_context

    return open_context(integration, connections=finder(connections), run=f"cli-{now_utc():%Y%m%dT%H%M%S.%f}")


def finder(connections: Path | None) -> Any:
    """From a connection's id to its fields: out of a file, or out of Airflow."""
    from exchange_sync.pipeline.connections import from_file

    return from_file(connections) if connections else airflow_connections()


def airflow_connections() -> Any:
    """Connections as Airflow keeps them: environment, secrets backend or its database."""
    from exchange_sync.orchestrate.connection import exchange_connection

    return exchange_connection


def log_to_terminal() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    logging.getLogger("exchange_sync").setLevel(logging.INFO)
