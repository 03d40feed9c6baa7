"""``exchange-sync backfill``: started in Airflow and watched, or, with a file of connections, done in this process."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput, Retriable

app = typer.Typer()
POLL_SECONDS = 2.0


@app.command()
def backfill(
    integration: Annotated[str, typer.Argument(help="owner/name", metavar="OWNER/NAME")],
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="with its zone: 2026-11-01T00:00:00Z")],
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="the first moment that is left out")],
    connections: Annotated[
        Path | None, typer.Option("--connections", help="YAML: connection id → fields; done here, without Airflow")
    ] = None,
    airflow_url: Annotated[
        str, typer.Option(envvar=["EXCHANGE_SYNC_AIRFLOW_URL", "AIRFLOW__API__BASE_URL"], show_default=False)
    ] = "",
    airflow_user: Annotated[str, typer.Option(envvar="EXCHANGE_SYNC_AIRFLOW_USER", show_default=False)] = "",
    airflow_password: Annotated[str, typer.Option(envvar="EXCHANGE_SYNC_AIRFLOW_PASSWORD", hidden=True)] = "",
) -> None:
    """Re-read a span of the past by received time and repair it; in Airflow by whole days in UTC that are over.

    Ctrl-C stops watching; what runs in Airflow goes on. The password is read from EXCHANGE_SYNC_AIRFLOW_PASSWORD.
    """
    span = _moment("--from", since), _moment("--to", until)
    if connections is not None:
        _here(integration, *span, connections)
        return
    if not (airflow_url and airflow_user and airflow_password):
        raise BadInput(
            "a backfill is started in Airflow by a person: set EXCHANGE_SYNC_AIRFLOW_URL, EXCHANGE_SYNC_AIRFLOW_USER "
            "and EXCHANGE_SYNC_AIRFLOW_PASSWORD, or name --connections FILE to do it in this process"
        )
    _in_airflow(integration, *span, (airflow_url, airflow_user, airflow_password))


def _moment(option: str, text: str) -> datetime:
    from exchange_sync.pipeline.yaml_fields import moment

    try:
        return moment(text)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from None


def _in_airflow(integration: str, since: datetime, until: datetime, account: tuple[str, str, str]) -> None:
    from exchange_sync.model.names import backfill_dag_id, split_name
    from exchange_sync.orchestrate.backfill_requests import Airflow, days

    dag_id = backfill_dag_id(*split_name(integration, "integration"))
    first, last = days(since, until, now_utc())
    airflow = Airflow(*account)
    if freed := airflow.free(dag_id, first, last):
        print(f"{freed} days were left queued by a backfill that was cancelled: they are re-read now", flush=True)
    number = airflow.start(dag_id, first, last)
    print(f"backfill {number} of {dag_id}: {first:%Y-%m-%d} to {last:%Y-%m-%d}, whole days in UTC", flush=True)
    try:
        failed = _watch(airflow, dag_id, first, last, number)
    except KeyboardInterrupt:
        print("no longer watched; it goes on in Airflow, where its page can pause or cancel it")
        return
    if failed:
        print("\n".join(airflow.notes(dag_id, first, last)))
        raise typer.Exit(1)


def _watch(airflow: Any, dag_id: str, first: datetime, last: datetime, number: int) -> int:
    """Print how far it is until every day has ended; how many failed. Airflow silent for a moment is no end.

    Of a backfill that somebody cancelled, the days that are queued never run: they count as failed, and it ends.
    """
    shown = ""
    while True:
        try:
            progress = airflow.progress(dag_id, first, last)
            told = str(progress)
        except Retriable as silent:
            progress, told = None, str(silent)
        if told != shown:
            print(told, flush=True)
            shown = told
        if progress is not None and progress.is_over:
            return int(progress.failed)
        if progress is not None and progress.waiting == progress.days - progress.done and _cancelled(airflow, number):
            print(f"backfill {number} was cancelled: {progress.waiting} days stay queued; ask again to re-read them")
            return int(progress.failed + progress.waiting)
        time.sleep(POLL_SECONDS)


def _cancelled(airflow: Any, number: int) -> bool:
    try:
        return bool(airflow.is_over(number))
    except Retriable:
        return False  # Airflow is silent: the next look tells


def _here(integration: str, since: datetime, until: datetime, connections: Path) -> None:
    from exchange_sync.pipeline.backfill import backfill as run
    from exchange_sync.pipeline.connections import from_file
    from exchange_sync.pipeline.context import open_context

    name = f"cli-backfill-{now_utc():%Y%m%dT%H%M%S.%f}"
    with open_context(integration, connections=from_file(connections), run=name) as context:
        for day, parts in groupby(run(context, since, until), key=lambda part: part[0]):
            counts: Counter[str] = Counter()
            for _, _, found in parts:
                counts.update(found)
            told = ", ".join(f"{n} {what}" for what, n in counts.items() if n)
            print(f"{day:%Y-%m-%d %H:%M}: {told or 'nothing missing'}", flush=True)
