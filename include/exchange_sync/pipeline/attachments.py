"""Attachments wanted afterwards: switched on later, they are fetched for the past when a person asks."""

from __future__ import annotations

from exchange_sync.errors import BadInput
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.yaml_fields import moment
from exchange_sync.store import attention, integrations


def want_attachments(context: Context, since: str, only: str | None = None) -> int:
    """Mark loaded emails received since then to be fetched again for their attachments; how many.

    Raises BadInput when the time has no zone, or when no mailbox of the integration keeps attachments.
    """
    try:
        when = moment(since)
    except ValueError as error:
        raise BadInput(f"--attachments-since: {error}") from None
    boxes = [context.mailbox(only)] if only else integrations.mailboxes(context.db, context.row["id"])
    keeping = [box for box in boxes if box["attachments"] != "none"]
    if not keeping:
        raise BadInput("no mailbox keeps attachments: set attachments: not_inline or all, apply, and ask again")
    return sum(attention.want_attachments(context.db, box["id"], when) for box in keeping)
