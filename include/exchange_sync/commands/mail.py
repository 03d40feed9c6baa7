"""Commands about emails that are here, or are not: explain, the quarantine, erase."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any

import typer

from exchange_sync.clock import now_utc
from exchange_sync.commands.opening import Connections, Integration, database, opened
from exchange_sync.errors import BadInput
from exchange_sync.model.folder_path import folder_text
from exchange_sync.settings import Settings

app = typer.Typer()


@app.command()
def explain(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE-ID")],
    ask: Annotated[
        str | None,
        typer.Option(metavar="OWNER/NAME", help="ask this integration's mailboxes on Exchange now, and compare"),
    ] = None,
    mailbox: Annotated[str | None, typer.Option(help="with --ask: this address only")] = None,
    force: Annotated[bool, typer.Option("--force", help="ask also while it is disabled for its failures")] = False,
    connections: Connections = None,
) -> None:
    """Why is this email (not) here? Every place it was seen, every move, skip and quarantine.

    --ask looks for it on Exchange: read-only, at most 50 mailboxes, for a minute. Status 1 where both do not agree.
    """
    from exchange_sync.pipeline.explain import explain as tell

    with database() as db:
        print("\n".join(tell(db, message_id)))
    if ask is not None and not _ask(ask, message_id, mailbox, force=force, connections=connections):
        raise typer.Exit(1)


def _ask(integration: str, message_id: str, mailbox: str | None, *, force: bool, connections: Connections) -> bool:
    """Prints what Exchange says now; whether it agrees with what is recorded."""
    import time
    from contextlib import closing

    from exchange_sync.pipeline.asking import asked, asking, recorded_in
    from exchange_sync.pipeline.left_alone import not_while_failing
    from exchange_sync.store import integrations

    names = asked(message_id)
    if not names:
        raise BadInput("this cannot be a Message-ID: it is longer than 512 bytes, or holds control characters")
    right = True
    with opened(integration, connections) as context:
        if not force:
            not_while_failing(context)
        boxes = integrations.mailboxes(context.db, context.row["id"]) if mailbox is None else [context.mailbox(mailbox)]
        with closing(context.source()) as source:
            for one in asking(source, boxes, message_id, recorded_in(context.db, names), time.monotonic):
                print(f"{'✗' if one.agrees is False else '✓' if one.agrees else '–'} {one.mailbox}: {one.sentence}")
                right = right and one.agrees is not False
    return right


@app.command()
def quarantine(integration: Integration) -> None:
    """List what is in the quarantine: mailbox, folder, stage and reason, attempts; subject, sender and Message-ID."""
    from exchange_sync.model.names import split_name
    from exchange_sync.store import attention, integrations

    with database() as db:
        row = integrations.integration(db, *split_name(integration, "integration"))
        found = attention.quarantined(db, row["id"])
    for item in found:
        print(
            f"{item['last_at']:%Y-%m-%d %H:%M} {item['address']} {folder_text(item['path'])}: {item['stage']}: "
            f"{item['code']} ({item['attempts']} attempts){_named(item['told'])}"
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
    yes: Annotated[bool, typer.Option("--yes", help="do not ask, for scripts")] = False,
) -> None:
    """Erase comments with their MIME and unshared attachments, for good: no sync brings them back.

    Shows what goes, and asks. It is put down in the trail: who, when, how many.
    """
    from exchange_sync.pipeline.erase import erase as page
    from exchange_sync.pipeline.erase import planned

    with database() as db:
        plan = planned(db, bucket, ids)
        print(_told(plan))
        if not yes and not _agreed(f"Erase {plan.comments} for good, and keep {len(plan.ids)} away for ever?"):
            print("nothing was erased")
            raise typer.Exit(1)
        done = page(Settings.from_environment(), db, bucket, list(plan.ids), now_utc, by=_user())
    print(f"{done} erased; {len(plan.ids)} tombstones stand")


def _told(plan: Any) -> str:
    """What an erasure would take, for the terminal alone: subjects are never logged."""
    lines = [
        f"{one['mailbox']}, {one['folder']}: {_plain(one['subject'])}"
        + (f" ({one['attachments']} attachments)" if one["attachments"] else "")
        for one in plan.shown
    ]
    if plan.comments > len(plan.shown):
        lines.append(f"… and {plan.comments - len(plan.shown)} more")
    absent = len(plan.ids) - plan.comments
    lines.append(
        f"bucket {plan.bucket}: {plan.comments} of {len(plan.ids)} comments are here, their emails lie in "
        f"{plan.places} places of mailboxes, where they stay"
    )
    if absent:
        lines.append(f"{absent} are not here: a tombstone keeps each away, should its email be seen")
    return "\n".join(lines)


def _named(told: dict[str, str] | None) -> str:
    """Which email it is, as far as the server told; on the terminal alone."""
    if not told:
        return ""
    return f": {_plain(told.get('subject'))} from {_plain(told.get('sender'))}, {_plain(told.get('message_id'))}"


def _plain(text: str | None) -> str:
    """A foreign text on one line, without what a terminal would act on."""
    kept = "".join(char if char.isprintable() else " " for char in text or "")
    return repr(kept[:100]) if kept.strip() else "(no subject)"


def _agreed(question: str) -> bool:
    """What a person at the terminal says. Raises BadInput where there is none."""
    if not sys.stdin.isatty():
        raise BadInput("nobody is at the terminal to be asked, so nothing was erased: say --yes")
    return typer.confirm(question)


def _user() -> str:
    """Who is at the command line, as the machine calls them."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError):  # a container's user without a name
        return "command line"
