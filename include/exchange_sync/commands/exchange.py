"""Commands that ask Exchange: sync, plan, check, verify."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange_sync.commands.opening import Connections, Integration, finder, log_to_terminal, opened

app = typer.Typer()
OneMailbox = Annotated[str | None, typer.Option("--mailbox", help="this address only")]
Force = Annotated[bool, typer.Option("--force", help="also while it is disabled for its failures")]


@app.command()
def sync(
    integration: Integration,
    mailbox: OneMailbox = None,
    attachments_since: Annotated[
        str | None, typer.Option(metavar="TIME", help="fetch the attachments of mail received since then as well")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="also what is disabled; a mailbox only where named")] = False,
    connections: Connections = None,
) -> None:
    """Sync now, in this process and without Airflow, until nothing is left to do; watermarks stay in PostgreSQL.

    What is disabled is left alone, as by the DAG, and said so: status 0. Status 1: something failed.
    """
    from exchange_sync.pipeline.attachments import want_attachments
    from exchange_sync.pipeline.left_alone import left_alone
    from exchange_sync.pipeline.sync import sync_by_force, sync_integration

    log_to_terminal()
    with opened(integration, connections) as context:
        if attachments_since:
            print(f"attachments of {want_attachments(context, attachments_since, mailbox)} emails are fetched again")
        if not force:
            for told in left_alone(context, mailbox):
                print(told)
        results = (sync_by_force if force else sync_integration)(context, mailbox)
    for address, counts in results.items():
        print(f"{address}: " + (", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing new"))
    if any("failed" in counts for counts in results.values()):
        raise typer.Exit(1)


@app.command()
def plan(integration: Integration, force: Force = False, connections: Connections = None) -> None:
    """What a first sync would take: emails, bytes, folders, minutes. Changes nothing.

    Status 1 when a mailbox cannot be read.
    """
    from exchange_sync.pipeline.left_alone import not_while_failing
    from exchange_sync.pipeline.plan import plan as make_plan

    with opened(integration, connections) as context:
        if not force:
            not_while_failing(context)
        boxes = make_plan(context)
    for box in boxes:
        if box.error:
            print(f"✗ {box.mailbox}: {box.error}")
            continue
        out = ", ".join(f"{n} {why}" for why, n in sorted(box.left_out.items())) or "none"
        print(
            f"{box.mailbox}: {box.emails:,} emails, about {box.bytes / 1e6:,.0f} MB in {box.folders} folders, "
            f"about {max(1, round(box.minutes))} minutes; folders left out: {out}"
        )
    if any(box.error for box in boxes):
        raise typer.Exit(1)


@app.command()
def check(integration: Integration, mailbox: OneMailbox = None, connections: Connections = None) -> None:
    """Can this connection do its work? DNS, TLS, log-in, each mailbox; with the remedy. Changes nothing.

    Signs in once, also while the integration is disabled. Status 1 when a sync would not work.
    """
    from exchange_sync.model.config import Filters
    from exchange_sync.pipeline.check import check as look
    from exchange_sync.pipeline.check import passes
    from exchange_sync.store import integrations

    with opened(integration, connections) as context:
        found = finder(connections)(context.row["connection"])
        boxes = integrations.mailboxes(context.db, context.row["id"])
        filters = {box["address"]: Filters.from_dict(box["filters"]) for box in boxes}
        asked = [mailbox] if mailbox else [box["address"] for box in boxes if box["enabled"]]
        lines = look(found, asked, filters=filters)
    print("\n".join(map(str, lines)))
    if not passes(lines):
        raise typer.Exit(1)


@app.command()
def verify(integration: Integration, force: Force = False, connections: Connections = None) -> None:
    """Per folder: what the server counts = loaded + skipped + quarantined + pending? Exit code 1 if any is not."""
    from exchange_sync.pipeline.left_alone import not_while_failing
    from exchange_sync.pipeline.verify import verify as compare

    with opened(integration, connections) as context:
        if not force:
            not_while_failing(context)
        checks = compare(context)
    for one in checks:
        parts = f"{one.loaded} loaded, {one.skipped} skipped, {one.quarantined} quarantined, {one.pending} pending"
        told = one.error or f"{one.server} on the server: {parts}"
        if one.left_out:
            told = f"left out, as by sync: {one.left_out}; give the account the right to read it if its mail is wanted"
        print(f"{'–' if one.left_out else '✓' if one.right else '✗'} {one.mailbox} {one.folder}: {told}")
    if not all(one.right for one in checks):
        raise typer.Exit(1)
