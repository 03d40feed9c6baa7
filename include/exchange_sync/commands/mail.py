"""Commands about emails that are here, or are not: explain, the quarantine, erase."""

from __future__ import annotations

from typing import Annotated

import typer

from exchange_sync.clock import now_utc
from exchange_sync.commands.opening import Integration, database
from exchange_sync.settings import Settings

app = typer.Typer()


@app.command()
def explain(message_id: Annotated[str, typer.Argument(metavar="MESSAGE-ID")]) -> None:
    """Why is this email (not) here? Every place it was seen, every move, skip and quarantine."""
    from exchange_sync.pipeline.explain import explain as tell

    with database() as db:
        print("\n".join(tell(db, message_id)))


@app.command()
def quarantine(integration: Integration) -> None:
    """List what is in the quarantine: mailbox, folder, stage and reason, attempts; never content."""
    from exchange_sync.model.names import split_name
    from exchange_sync.store import attention, integrations

    with database() as db:
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

    with database() as db:
        row = integrations.integration(db, *split_name(integration, "integration"))
        print(f"{attention.retry(db, row['id'], address=mailbox)} emails are tried again in the next sync")


@app.command()
def erase(
    bucket: Annotated[str, typer.Argument(metavar="OWNER/BUCKET")],
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="comment ids (hex of the Message-ID)")],
) -> None:
    """Erase comments with their MIME and unshared attachments, for good: no sync brings them back."""
    from exchange_sync.pipeline.erase import erase as page

    with database() as db:
        done = page(Settings.from_environment(), db, bucket, ids, now_utc)
    print(f"{done} erased; {len(ids)} tombstones stand")
