"""The command line: ``exchange-sync``. Each command calls one use case; heavy imports wait until it runs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange_sync.errors import BadInput, ExchangeSyncError
from exchange_sync.settings import Settings

app = typer.Typer(
    help="Exchange mailboxes become clean comments.", no_args_is_help=True, pretty_exceptions_enable=False
)
Integration = Annotated[str, typer.Argument(help="owner/name", metavar="OWNER/NAME")]


@app.command("init-db")
def init_db() -> None:
    """Create the product's schema, or bring it up to date."""
    from exchange_sync.store import schema

    print(f"schema {schema.upgrade(Settings.from_environment().database_url)}")


@app.command()
def apply(file: Annotated[Path, typer.Argument(help="a YAML file; see docs/how-to/configure.md")]) -> None:
    """Make a file's configuration so: whole or not at all; the same file twice changes nothing."""
    from exchange_sync.pipeline import apply as page
    from exchange_sync.store import integrations

    configuration = page.read(file)
    with _database() as db:
        counts = integrations.apply(db, configuration)
    print(", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing to do")


@app.command()
def export() -> None:
    """Print the configuration as a file that apply takes."""
    from exchange_sync.pipeline import export as page

    with _database() as db:
        page.write(db, sys.stdout)


@app.command()
def status(
    integration: Annotated[str | None, typer.Argument(help="owner/name; all when left out")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """What each mailbox has come to: folders, items by state, comments, what is left to do."""
    from exchange_sync.pipeline import status as page

    with _database() as db:
        report = page.report(db, integration)
    print(json.dumps(report, indent=1, default=str) if as_json else page.table(report))


@app.command()
def sync(
    integration: Integration,
    mailbox: Annotated[str | None, typer.Option(help="this address only")] = None,
    connections: Annotated[
        Path | None, typer.Option(help="YAML: connection id → fields; else Airflow's connections")
    ] = None,
) -> None:
    """Sync now, in this process and without Airflow, until nothing is left to do; watermarks stay in PostgreSQL."""
    from exchange_sync.pipeline.connections import from_file
    from exchange_sync.pipeline.context import open_context
    from exchange_sync.pipeline.sync import sync_integration

    _log_to_terminal()
    find = from_file(connections) if connections else _airflow_connections()
    run = f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    with open_context(integration, connections=find, run=run) as context:
        results = sync_integration(context, mailbox)
    for address, counts in results.items():
        print(f"{address}: " + (", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing new"))
    if any("failed" in counts for counts in results.values()):
        raise typer.Exit(1)


@app.command()
def housekeeping(
    every: Annotated[float | None, typer.Option(help="seconds; go on for ever, at this pace")] = None,
) -> None:
    """Trim this product's runs and logs in Airflow, staging and orphaned blobs."""
    import time

    from exchange_sync.orchestrate import housekeeping as airflow_side
    from exchange_sync.pipeline.housekeeping import tidy

    _log_to_terminal()
    settings = Settings.from_environment()
    while True:
        try:
            tidy(settings)
            airflow_side.run(datetime.now(UTC), settings)
        except ExchangeSyncError as error:
            if every is None:
                raise
            logging.getLogger("exchange_sync.housekeeping").warning("%s", error)
        if every is None:
            return
        time.sleep(every)


def main() -> None:
    """The console script: errors that this project raises on purpose are one line and exit code 1."""
    try:
        app()
    except BadInput as error:
        sys.exit(f"error: {error}")
    except ExchangeSyncError as error:
        sys.exit(f"failed: {error}")


def _database() -> Any:
    from contextlib import closing

    from exchange_sync.store.database import Database

    return closing(Database(Settings.from_environment().database_url))


def _airflow_connections() -> Any:
    """Connections as Airflow keeps them: environment, secrets backend or its database."""
    from exchange_sync.orchestrate.connection import exchange_connection

    return exchange_connection


def _log_to_terminal() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    logging.getLogger("exchange_sync").setLevel(logging.INFO)
