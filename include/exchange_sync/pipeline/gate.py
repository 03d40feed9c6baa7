"""Gate: may this integration run now, and which of its mailboxes are due (design decisions 2 and 3)?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from exchange_sync.errors import MailboxFault, Retriable
from exchange_sync.pipeline import failing, pausing, unexpected
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.login import logged_in
from exchange_sync.source.api import MailSource
from exchange_sync.store import integrations, switching
from exchange_sync.store.database import Row

log = logging.getLogger("exchange_sync.gate")

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class GateResult:
    """mailboxes: the addresses to sync in this run. note: for people."""

    mailboxes: list[str]
    note: str


def decide(context: Context) -> GateResult:
    """Log in once, look at each mailbox's change mark, and name those that are due.

    Raises IntegrationFault when the log-in fails for good, and InternalFault where anything unexpected strikes; both
    are recorded as one more failed run. A busy server is no failure: nothing is due, and the wait is stored.
    """
    with failing.gate_watched(context):
        return _decide(context)


def _decide(context: Context) -> GateResult:
    now = context.clock()
    row = _row(context)
    if not row["enabled"]:
        return GateResult([], f"disabled ({row['disabled_reason']})")
    if row["not_before"] and row["not_before"] > now:
        why = "failed unexpectedly: is tried again at" if failing.stumbled(row) else "waits for the server until"
        return GateResult([], f"{why} {row['not_before']:%H:%M:%S}")
    candidates = [box for box in integrations.mailboxes(context.db, row["id"]) if _may(box, now)]
    if not candidates:
        return GateResult([], "no mailbox may be synced now")
    try:
        with logged_in(context, candidates[0]["address"]) as source:
            due = [box for box in candidates if _due(context, source, box, now)]
    except Retriable as busy:
        log.warning("%s", busy)
        return GateResult([], f"the server is busy: waits {busy.after:g} s")
    except MailboxFault as fault:  # the mailbox asked first is wrong: its own task says so; the log-in itself worked
        log.warning("%s: %s", candidates[0]["address"], fault)
        due = candidates
    switching.looked(context.db, row["id"], context.run)
    chosen = sorted(due, key=lambda box: (box["synced_at"] or _NEVER, box["address"]))
    chosen = chosen[: context.settings.mailboxes_a_run]
    log.info("%d of %d mailboxes are due", len(chosen), len(candidates))
    return GateResult([box["address"] for box in chosen], f"{len(chosen)} of {len(candidates)} mailboxes due")


def _row(context: Context) -> Row:
    """The integration, on again where a person has unpaused its DAG (design decision 8)."""
    row = context.row
    if row["enabled"] or context.switch is None:
        return row
    if pausing.settle(context.db, row["id"], context.switch, context.clock()) is pausing.Found.ENABLED_AGAIN:
        log.info("%s was %s and its DAG has been unpaused: enabled again", context.integration, row["disabled_reason"])
        return context.reread()
    return row


def _may(box: Row, now: datetime) -> bool:
    return bool(box["enabled"]) and not (box["not_before"] and box["not_before"] > now)


def _due(context: Context, source: MailSource, box: Row, now: datetime) -> bool:
    """Something may have changed, something is left to do, or nobody has looked for an hour."""
    try:
        mark = source.change_mark(box["address"])
    except MailboxFault as fault:  # its own tasks tell it
        log.warning("%s: %s", box["address"], fault)
        return True
    except unexpected.passing:
        raise
    except Exception as error:  # noqa: BLE001 - its own tasks tell it, if it strikes there too
        unexpected.internal(error, box["address"])
        return True
    looked = box["synced_at"]
    longest = timedelta(seconds=context.settings.look_seconds)
    lasting = looked is not None and now - looked < longest
    integrations.looked_at(context.db, box["id"], mark, now)
    if mark is None or mark != box["change_mark"] or box["has_pending"] or not lasting:
        return True
    known: str | None = box["watermark"]
    return context.watermarks.read(context.integration, box["address"]) != known
