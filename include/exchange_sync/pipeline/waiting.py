"""A busy server is a row, not a sleep (design decision 3): who waits until when, and who may ask now."""

from __future__ import annotations

import logging
import math

from exchange_sync.errors import Retriable
from exchange_sync.pipeline.context import Context
from exchange_sync.store import integrations, switching
from exchange_sync.store.database import Row

log = logging.getLogger("exchange_sync.waiting")

STILL_WAITING = "StillWaiting"


def may_ask(context: Context, row: Row | None = None) -> None:
    """Before connecting. row: of the mailbox that is to be read, as it is in the database now; None: of none yet.

    Raises Retriable while the server asked to be left alone, by the integration or by this mailbox; after: what is
    left of the wait, in seconds.
    """
    integration, now = switching.state(context.db, context.row["id"]), context.clock()
    for waits, who, whole_server in ((integration, "the server", True), (row, "the mailbox", False)):
        until = waits["not_before"] if waits else None
        if until is not None and until > now:
            raise Retriable(
                f"{who} asked to be left alone until {until:%H:%M:%S} UTC",
                math.ceil((until - now).total_seconds()),
                whole_server=whole_server,
                code=STILL_WAITING,
            )


def remember(context: Context, row: Row, busy: Retriable) -> str:
    """Keep the wait that a server asked for while a mailbox was read. row: the mailbox's. Returns it as a note."""
    if busy.code != STILL_WAITING:  # that one is kept already
        integrations.wait_until(context.db, row["id"], context.clock(), busy.after, whole_server=busy.whole_server)
    who = "the server" if busy.whole_server else row["address"]
    log.warning(
        "%s: %s; what was read so far is kept; %s is asked again in %g s", row["address"], busy, who, busy.after
    )
    return f"waits {busy.after:g} s for the server"
