"""What is switched off is left alone: a command that signs in again and again would lock the account."""

from __future__ import annotations

from exchange_sync.errors import BadInput
from exchange_sync.pipeline.context import Context
from exchange_sync.store import integrations
from exchange_sync.store.database import Row


def switched_on(context: Context, only: str | None = None) -> list[Row]:
    """The mailboxes that may be synced, as the DAG has it: none of an integration that is off. only: of this one."""
    if not context.reread()["enabled"]:
        return []
    return [box for box in _asked_for(context, only) if box["enabled"]]


def left_alone(context: Context, only: str | None = None) -> list[str]:
    """What is off of what was asked for, a sentence each: the integration, or some of its mailboxes."""
    row = context.reread()
    if not row["enabled"]:
        return [_told(context.integration, row, context.integration)]
    off = [box for box in _asked_for(context, only) if not box["enabled"]]
    return [_told(box["address"], box, f"{context.integration} --mailbox {box['address']}") for box in off]


def not_while_failing(context: Context) -> None:
    """For commands that only look: raises BadInput where the integration is off because it failed.

    One that a person switched off, or that is new, may be looked at: its log-in is not known to be wrong.
    """
    row = context.reread()
    if not row["enabled"] and row["disabled_reason"] == "sync_error":
        raise BadInput(
            f"{context.integration} is disabled (sync_error), and asking Exchange again may lock its account: see "
            f"`exchange-sync incidents {context.integration}`, mend it and run `exchange-sync check "
            f"{context.integration}`, or ask all the same with --force"
        )


def _asked_for(context: Context, only: str | None) -> list[Row]:
    return integrations.mailboxes(context.db, context.row["id"]) if only is None else [context.mailbox(only)]


def _told(what: str, row: Row, words: str) -> str:
    return (
        f"{what} is disabled ({row['disabled_reason']}) and left alone: `exchange-sync enable {words}` switches it on, "
        "--force syncs it all the same"
    )
