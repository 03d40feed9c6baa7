"""The command line: ``exchange-sync``. Each command calls one use case; heavy imports wait until it runs."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange_sync.clock import now_utc
from exchange_sync.errors import BadInput, ExchangeSyncError
from exchange_sync.orchestrate.backfill_command import app as backfill_app
from exchange_sync.settings import Settings
from exchange_sync.subscriptions import app as subscriptions_app
from exchange_sync.web.commands import app as web_app

app = typer.Typer(
    help="Exchange mailboxes become clean comments.", no_args_is_help=True, pretty_exceptions_enable=False
)
Connections = Annotated[
    Path | None, typer.Option("--connections", help="YAML: connection id → fields; else Airflow's connections")
]
app.add_typer(backfill_app)
app.add_typer(web_app)
app.add_typer(subscriptions_app, name="subscriptions")
Integration = Annotated[str, typer.Argument(help="owner/name", metavar="OWNER/NAME")]


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

    configuration = page.read(file)
    with _database() as db:
        counts = integrations.apply(db, configuration, now_utc())
        make_pools(Settings.from_environment(), [row["connection"] for row in integrations.all_integrations(db)])
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
    attachments_since: Annotated[
        str | None, typer.Option(metavar="TIME", help="fetch the attachments of mail received since then as well")
    ] = None,
    connections: Connections = None,
) -> None:
    """Sync now, in this process and without Airflow, until nothing is left to do; watermarks stay in PostgreSQL."""
    from exchange_sync.pipeline.attachments import want_attachments
    from exchange_sync.pipeline.sync import sync_integration

    _log_to_terminal()
    with _context(integration, connections) as context:
        if attachments_since:
            print(f"attachments of {want_attachments(context, attachments_since, mailbox)} emails are fetched again")
        results = sync_integration(context, mailbox)
    for address, counts in results.items():
        print(f"{address}: " + (", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing new"))
    if any("failed" in counts for counts in results.values()):
        raise typer.Exit(1)


@app.command()
def plan(integration: Integration, connections: Connections = None) -> None:
    """What a first sync would take: emails, bytes, folders, minutes. Changes nothing."""
    from exchange_sync.pipeline.plan import plan as make_plan

    with _context(integration, connections) as context:
        for box in make_plan(context):
            if box.error:
                print(f"✗ {box.mailbox}: {box.error}")
                continue
            out = ", ".join(f"{n} {why}" for why, n in sorted(box.left_out.items())) or "none"
            print(
                f"{box.mailbox}: {box.emails:,} emails, about {box.bytes / 1e6:,.0f} MB in {box.folders} folders, "
                f"about {max(1, round(box.minutes))} minutes; folders left out: {out}"
            )


@app.command()
def check(
    integration: Integration,
    mailbox: Annotated[str | None, typer.Option(help="this address only")] = None,
    connections: Connections = None,
) -> None:
    """Can this connection do its work? DNS, TLS, log-in, each mailbox; with the remedy. Changes nothing."""
    from exchange_sync.pipeline.check import check as look
    from exchange_sync.pipeline.check import passes
    from exchange_sync.store import integrations

    with _context(integration, connections) as context:
        found = _finder(connections)(context.row["connection"])
        boxes = integrations.mailboxes(context.db, context.row["id"])
        lines = look(found, [mailbox] if mailbox else [box["address"] for box in boxes if box["enabled"]])
    print("\n".join(map(str, lines)))
    if not passes(lines):
        raise typer.Exit(1)


@app.command()
def verify(integration: Integration, connections: Connections = None) -> None:
    """Per folder: what the server counts = loaded + skipped + quarantined + pending? Exit code 1 if any is not."""
    from exchange_sync.pipeline.verify import verify as check

    with _context(integration, connections) as context:
        checks = check(context)
    for one in checks:
        parts = f"{one.loaded} loaded, {one.skipped} skipped, {one.quarantined} quarantined, {one.pending} pending"
        told = one.error or f"{one.server} on the server: {parts}"
        print(f"{'✓' if one.right else '✗'} {one.mailbox} {one.folder}: {told}")
    if not all(one.right for one in checks):
        raise typer.Exit(1)


@app.command()
def explain(message_id: Annotated[str, typer.Argument(metavar="MESSAGE-ID")]) -> None:
    """Why is this email (not) here? Every place it was seen, every move, skip and quarantine."""
    from exchange_sync.pipeline.explain import explain as tell

    with _database() as db:
        print("\n".join(tell(db, message_id)))


@app.command()
def quarantine(integration: Integration) -> None:
    """List what is in the quarantine: mailbox, folder, stage and reason, attempts; never content."""
    from exchange_sync.model.names import split_name
    from exchange_sync.store import attention, integrations

    with _database() as db:
        row = integrations.integration(db, *split_name(integration, "integration"))
        found = attention.quarantined(db, row["id"])
    for item in found:
        print(
            f"{item['last_at']:%Y-%m-%d %H:%M} {item['address']} {'/'.join(item['path'])}: {item['stage']}: "
            f"{item['code']} ({item['attempts']} attempts)"
        )
    print(f"{len(found)} shown" if found else "the quarantine is empty")


@app.command("retry-quarantine")
def retry_quarantine(
    integration: Integration, mailbox: Annotated[str | None, typer.Option(help="this address only")] = None
) -> None:
    """Try all quarantined emails again, in the next sync."""
    from exchange_sync.model.names import split_name
    from exchange_sync.store import attention, integrations

    with _database() as db:
        row = integrations.integration(db, *split_name(integration, "integration"))
        print(f"{attention.retry(db, row['id'], address=mailbox)} emails are tried again in the next sync")


@app.command()
def erase(
    bucket: Annotated[str, typer.Argument(metavar="OWNER/BUCKET")],
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="comment ids (hex of the Message-ID)")],
) -> None:
    """Erase comments with their MIME and unshared attachments, for good: no sync brings them back."""
    from exchange_sync.pipeline.erase import erase as page

    with _database() as db:
        done = page(Settings.from_environment(), db, bucket, ids, now_utc)
    print(f"{done} erased; {len(ids)} tombstones stand")


@app.command()
def enable(
    integration: Integration, mailbox: Annotated[str | None, typer.Option(help="this address only")] = None
) -> None:
    """Enable an integration, or one of its mailboxes, again: it goes on where it stopped."""
    from exchange_sync.pipeline.switch import enable as page

    with _database() as db:
        print(page(db, integration, mailbox, now_utc()))


@app.command()
def disable(
    integration: Integration, mailbox: Annotated[str | None, typer.Option(help="this address only")] = None
) -> None:
    """Disable an integration, or one of its mailboxes. Nothing is lost meanwhile."""
    from exchange_sync.pipeline.switch import disable as page

    with _database() as db:
        print(page(db, integration, mailbox, now_utc()))


@app.command()
def incidents(integration: Integration) -> None:
    """What failed for good, since when, how to mend it, and when it was over; the newest first."""
    from exchange_sync.pipeline.switch import incident_lines

    with _database() as db:
        print("\n".join(incident_lines(db, integration)) or "none so far")


@app.command()
def access() -> None:
    """Create the permissions in Airflow, and learn its users and roles. housekeeping does the same."""
    _log_to_terminal()
    print(f"{_people()} people may be told of failures")


@app.command()
def reclean(bucket: Annotated[str, typer.Argument(metavar="OWNER/BUCKET")]) -> None:
    """Make comments of an older cleaner again from their kept MIME, without touching Exchange."""
    from exchange_sync.pipeline.reclean import reclean as page

    _log_to_terminal()
    counts = {"of": 0, "changed": 0, "unchanged": 0, "failed": 0}
    with _database() as db:
        for done in page(Settings.from_environment(), db, bucket, now_utc):
            counts.update(done)
            finished = counts["changed"] + counts["unchanged"] + counts["failed"]
            print(f"{finished:,} of {counts['of']:,} re-cleaned, {counts['changed']:,} changed", file=sys.stderr)
    print(f"{counts['changed']} changed, {counts['unchanged']} unchanged, {counts['failed']} failed")


@app.command()
def quality(
    integration: Integration, days: Annotated[int, typer.Option(help="how far to look back", min=1)] = 7
) -> None:
    """What validation found: by suite and expectation, rows checked and rows failed; never values."""
    from datetime import timedelta

    from exchange_sync.model.names import split_name
    from exchange_sync.store import integrations
    from exchange_sync.store import quality as results

    with _database() as db:
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
    """Trim this product's runs and logs in Airflow, staging and orphaned blobs."""
    import time

    from exchange_sync.orchestrate import housekeeping as airflow_side
    from exchange_sync.orchestrate.pools import make_pools
    from exchange_sync.pipeline.housekeeping import tidy
    from exchange_sync.store import integrations

    _log_to_terminal()
    settings = Settings.from_environment()
    while True:
        try:
            tidy(settings, now_utc)
            with _database() as db:
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
    with _database() as db:
        people, roles = airflow_side.prepare(named_roles(db))
        save_people(db, people, roles, now_utc())
    return len(people)


def _database() -> Any:
    from contextlib import closing

    from exchange_sync.store.database import Database

    return closing(Database(Settings.from_environment().database_url))


def _context(integration: str, connections: Path | None) -> Any:
    """The pipeline's context for one call of the command line."""
    from exchange_sync.pipeline.context import open_context

    return open_context(integration, connections=_finder(connections), run=f"cli-{now_utc():%Y%m%dT%H%M%S.%f}")


def _finder(connections: Path | None) -> Any:
    """From a connection's id to its fields: out of a file, or out of Airflow."""
    from exchange_sync.pipeline.connections import from_file

    return from_file(connections) if connections else _airflow_connections()


def _airflow_connections() -> Any:
    """Connections as Airflow keeps them: environment, secrets backend or its database."""
    from exchange_sync.orchestrate.connection import exchange_connection

    return exchange_connection


def _log_to_terminal() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    logging.getLogger("exchange_sync").setLevel(logging.INFO)
