"""The command line: ``exchange-sync``. Each command calls one use case; heavy imports wait until it runs."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from exchange_sync.clock import now_utc
from exchange_sync.commands import exchange, mail, preview
from exchange_sync.commands.opening import Integration, database, log_to_terminal
from exchange_sync.errors import BadInput, ExchangeSyncError
from exchange_sync.orchestrate.backfill_command import app as backfill_app
from exchange_sync.settings import Settings
from exchange_sync.subscriptions import app as subscriptions_app
from exchange_sync.web.commands import app as web_app

app = typer.Typer(
    help="Exchange mailboxes become clean comments.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(exchange.app)
app.add_typer(mail.app)
app.add_typer(preview.app)
app.add_typer(backfill_app)
app.add_typer(web_app)
app.add_typer(subscriptions_app, name="subscriptions")


@app.command("init-db")
def init_db() -> None:
    """Create the product's schema, or bring it up to date."""
    from exchange_sync.store import schema

    print(f"schema {schema.upgrade(Settings.from_environment().database_url)}")


@app.command()
def apply(file: Annotated[Path, typer.Argument(help="a YAML file; see docs/how-to/configure.md")]) -> None:
    """Make a file's configuration so: whole or not at all; the same file twice changes nothing."""
    from exchange_sync.orchestrate.pools import make_pools
    from exchange_sync.pipeline import apply as page
    from exchange_sync.store import integrations

    with database() as db:
        configuration = page.read_for(db, file)
        counts = integrations.apply(db, configuration, now_utc())
        make_pools(Settings.from_environment(), [row["connection"] for row in integrations.all_integrations(db)])
    print(", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing to do")


@app.command()
def export() -> None:
    """Print the configuration as a file that apply takes."""
    from exchange_sync.pipeline import export as page

    with database() as db:
        page.write(db, sys.stdout)


@app.command()
def status(
    integration: Annotated[str | None, typer.Argument(help="owner/name; all when left out")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """What each mailbox has come to: folders, items by state, comments, what is left to do."""
    from exchange_sync.pipeline import status as page

    with database() as db:
        report = page.report(db, integration)
    print(json.dumps(report, indent=1, default=str) if as_json else page.table(report))


@app.command()
def enable(
    integration: Integration, mailbox: Annotated[str | None, typer.Option(help="this address only")] = None
) -> None:
    """Enable an integration, or one of its mailboxes, again: it goes on where it stopped."""
    from exchange_sync.pipeline.switch import enable as page

    with database() as db:
        print(page(db, integration, mailbox, now_utc()))


@app.command()
def disable(
    integration: Integration, mailbox: Annotated[str | None, typer.Option(help="this address only")] = None
) -> None:
    """Disable an integration, or one of its mailboxes. Nothing is lost meanwhile."""
    from exchange_sync.pipeline.switch import disable as page

    with database() as db:
        print(page(db, integration, mailbox, now_utc()))


@app.command()
def incidents(integration: Integration) -> None:
    """What failed for good, since when, how to mend it, and when it was over; the newest first."""
    from exchange_sync.pipeline.switch import incident_lines

    with database() as db:
        print("\n".join(incident_lines(db, integration)) or "none so far")


@app.command()
def access() -> None:
    """Create the permissions in Airflow, and learn its users and roles. housekeeping does the same."""
    log_to_terminal()
    print(f"{_people()} people may be told of failures")


@app.command()
def reclean(bucket: Annotated[str, typer.Argument(metavar="OWNER/BUCKET")]) -> None:
    """Make comments of an older cleaner again from their kept MIME, without touching Exchange.

    Tells how far it is, how many comments changed, and in what: body, signature, history, properties …
    """
    from exchange_sync.pipeline.reclean import PARTS
    from exchange_sync.pipeline.reclean import reclean as page

    log_to_terminal()
    counts: dict[str, int] = {}
    with database() as db:
        for done in page(Settings.from_environment(), db, bucket, now_utc):
            counts = dict(done)
            finished = sum(counts.get(name, 0) for name in ("changed", "unchanged", "failed"))
            share = f" ({100 * finished // counts['of']} %)" if counts.get("of") else ""
            print(
                f"{finished:,} of {counts['of']:,}{share} re-cleaned, {counts.get('changed', 0):,} changed",
                file=sys.stderr,
            )
    print(", ".join(f"{counts.get(name, 0)} {name}" for name in ("changed", "unchanged", "failed")))
    for part in PARTS:
        if counts.get(part):
            print(f"  {counts[part]} in {part}")


@app.command()
def quality(
    integration: Integration, days: Annotated[int, typer.Option(help="how far to look back", min=1)] = 7
) -> None:
    """What validation found: by suite and expectation, rows checked and rows failed; never values."""
    from datetime import timedelta

    from exchange_sync.model.names import split_name
    from exchange_sync.store import integrations
    from exchange_sync.store import quality as results

    with database() as db:
        row = integrations.integration(db, *split_name(integration, "integration"))
        found = results.results(db, row["id"], now_utc() - timedelta(days=days))
    for one in found:
        last = f", last {one['last_failed']:%Y-%m-%d %H:%M} in {one['runs']} runs" if one["failed"] else ""
        mark = "✗" if one["failed"] else "✓"
        print(f"{mark} {one['suite']:8} {one['expectation']}: {one['failed']} of {one['checked']} failed{last}")
    if not found:
        print(f"nothing was validated in the last {days} days")


@app.command()
def housekeeping(
    every: Annotated[float | None, typer.Option(help="seconds; go on for ever, at this pace")] = None,
) -> None:
    """Trim this product's runs and logs in Airflow, staging and orphaned blobs.

    With --every, it also has Airflow read the DAG file as soon as an integration has changed.
    """
    import time

    from exchange_sync.orchestrate import housekeeping as airflow_side
    from exchange_sync.orchestrate.pools import is_configured, make_pools
    from exchange_sync.orchestrate.reparse import watch_in_background
    from exchange_sync.pipeline.housekeeping import tidy
    from exchange_sync.store import integrations

    log_to_terminal()
    settings = Settings.from_environment()
    if every is not None and is_configured(os.environ):
        watch_in_background(settings)
    while True:
        try:
            tidy(settings, now_utc)
            with database() as db:
                make_pools(settings, [row["connection"] for row in integrations.all_integrations(db)])
            airflow_side.run(now_utc(), settings)
            _people()
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


def _people() -> int:
    """What Airflow's users and roles are now, put down where tasks can read it; how many people."""
    from exchange_sync.orchestrate import access as airflow_side
    from exchange_sync.store.people import named_roles
    from exchange_sync.store.subscribers import save_people

    if not airflow_side.uses_fab():
        return 0
    with database() as db:
        people, roles = airflow_side.prepare(named_roles(db))
        save_people(db, people, roles, now_utc())
    return len(people)
