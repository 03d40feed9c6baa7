"""Failing well (design section 5): what persists is disabled and told, what passes by itself never is.

watched          around a mapped task: a fault counts, for the mailbox or for the whole integration
gate_watched     around the gate: what nobody expected counts for the integration
may_connect      before a mapped task connects: not after the log-in was refused in this run
judged           at the verdict: with its last mailbox the integration goes too; a success resets
gate_failed      the gate's one log-in was refused
look_for_stale   nothing synced for too long
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from exchange_sync.errors import (
    BadInput,
    IntegrationFault,
    InternalFault,
    MailboxFault,
    Reason,
    Retriable,
    Superseded,
)
from exchange_sync.pipeline import unexpected
from exchange_sync.pipeline.context import Context
from exchange_sync.settings import Settings
from exchange_sync.store import batches, incidents, switching
from exchange_sync.store.database import Database, Row
from exchange_sync.store.incidents import Failure

log = logging.getLogger("exchange_sync.failing")

STOPPED = "stopped_in_this_run"


class Stopped(IntegrationFault):
    """The log-in was refused to another task of this run: this one does not try (account lock-out)."""


@contextmanager
def watched(context: Context, mailbox: str) -> Iterator[Row]:
    """Around what a mapped task does for a mailbox, whose row it gives. Records faults as one failed run, and raises.

    A busy server, and whatever else is Retriable, passes through uncounted. What nobody expected counts for the mailbox
    and is raised as InternalFault, without its text, which may be mail. Raises BadInput when there is no such mailbox.
    """
    row: Row | None = None
    try:
        row = context.mailbox(mailbox)
        yield row
    except (Stopped, Retriable, Superseded):
        raise
    except (IntegrationFault, MailboxFault, InternalFault) as fault:
        _record(context, mailbox, fault)
        raise
    except Exception as error:
        if row is None and isinstance(error, BadInput):
            raise
        struck = unexpected.internal(error, mailbox)
        _record(context, mailbox, struck)
        raise struck from None


@contextmanager
def gate_watched(context: Context) -> Iterator[None]:
    """Around a gate, which records the faults that it expects: any other counts for the integration.

    Raises it as InternalFault.
    """
    try:
        yield
    except (IntegrationFault, MailboxFault, Retriable, Superseded, BadInput):
        raise
    except Exception as error:  # noqa: BLE001 - as above
        fault = unexpected.internal(error, context.integration)
        try:
            incidents.integration_stumbled(
                context.db, context.row["id"], _failure(fault), run=_run(context), limit=context.settings.failures,
                now=context.clock(),
            )  # fmt: skip
        except Exception as second:  # noqa: BLE001 - the first is what is told
            log.warning("%s: the failure could not be recorded: %s", context.integration, type(second).__name__)
        raise fault from None


def may_connect(context: Context) -> None:
    """Raises Stopped when the server refused another task of this run (design decision 2)."""
    row = switching.state(context.db, context.row["id"])
    if context.run and context.run in row["stopped_runs"]:
        raise Stopped(
            f"{context.integration}: another task of this run was refused; this one does not try",
            Reason("invalid_exchange_credentials", STOPPED, "See the task that failed first in this run."),
        )


def gate_failed(context: Context, fault: IntegrationFault) -> None:
    """The gate's log-in was refused: one more failed run. Raises Retriable when PostgreSQL is away."""
    _integration_failed(context, fault)


def stumbled(row: Row) -> bool:
    """Whether an integration's last run failed for a reason that nobody foresaw."""
    return bool(row["consecutive_failures"]) and (row["last_error"] or {}).get("kind") == unexpected.KIND


def unusable(wrong: BadInput) -> IntegrationFault:
    """A connection that is missing, or whose fields do not fit, as the fault of the integration that it is."""
    remedy = "Correct the Airflow connection that the integration names, under Admin > Connections."
    return IntegrationFault(str(wrong), Reason("invalid_exchange_credentials", "connection", remedy))


def judged(context: Context) -> bool:
    """At the end of a run: whether the integration itself failed in it. Resets what a success resets.

    A run in which a busy server gave nothing neither counts nor resets.
    """
    now, integration_id = context.clock(), context.row["id"]
    if incidents.disable_if_no_mailbox_is_left(context.db, integration_id, run=context.run, now=now):
        log.error("%s is disabled: none of its mailboxes is left", context.integration)
        return True
    if not batches.run_only_waited(context.db, context.run):
        switching.succeeded(context.db, integration_id, context.run, now)
    row = switching.state(context.db, integration_id)
    return bool(context.run and row["failed_run"] == context.run)


def look_for_stale(db: Database, settings: Settings, now: datetime) -> list[str]:
    """Open an incident for each integration that has had no success for too long; their names.

    Also when the scheduler was down: whoever runs this next sees it.
    """
    found = []
    for row in switching.states(db):
        allowed = timedelta(seconds=max(settings.stale_intervals * row["interval_seconds"], settings.stale_seconds))
        since = max(filter(None, (row["last_success_at"], row["fresh_from"])))
        never_started = row["last_run_at"] is None and row["looked_run"] is None
        if not row["enabled"] or not row["mailboxes_on"] or never_started or now - since <= allowed:
            continue
        minutes = (now - since).total_seconds() / 60
        error = row["last_error"] or {}
        remedy = error.get("remedy") or (
            "See whether Airflow's scheduler runs and what the newest run of the DAG says; it goes on by itself then."
        )
        text = f"No sync has succeeded for {minutes:.0f} minutes. {error.get('message', '')}".strip()
        failure = Failure(incidents.NOT_FRESH, "freshness", text, remedy)
        if incidents.open_not_fresh(db, row["id"], failure, since=since, now=now):
            found.append(f"{row['owner']}/{row['name']}")
    return found


def _integration_failed(context: Context, fault: IntegrationFault) -> None:
    failure = _failure(fault)
    if failure.reason != "quota":  # a full bucket is no reason not to connect for the others
        incidents.stop(context.db, context.row["id"], context.run)
    if incidents.integration_failed(
        context.db, context.row["id"], failure, run=_run(context), limit=context.settings.failures, now=context.clock()
    ):
        log.error("%s is disabled (%s)", context.integration, failure.reason)


def _mailbox_failed(context: Context, row: Row, fault: MailboxFault) -> None:
    failure = _failure(fault)
    if incidents.mailbox_failed(
        context.db, row["id"], failure, run=_run(context), limit=context.settings.failures, now=context.clock()
    ):
        log.error("%s is disabled (%s)", row["address"], failure.reason)


def _run(context: Context) -> str:
    return context.run or f"unnamed {context.clock().isoformat()}"


def _mailbox_stumbled(context: Context, row: Row, fault: InternalFault) -> None:
    incidents.mailbox_stumbled(
        context.db, row["id"], _failure(fault), run=_run(context), limit=context.settings.failures, now=context.clock()
    )


def _failure(fault: IntegrationFault | MailboxFault | InternalFault) -> Failure:
    return Failure(fault.reason.kind, fault.reason.code, fault.message, fault.reason.remedy)


def _record(context: Context, mailbox: str, fault: IntegrationFault | MailboxFault | InternalFault) -> None:
    try:
        row = context.mailbox(mailbox)
        if isinstance(fault, IntegrationFault):
            _integration_failed(context, fault)
        elif isinstance(fault, InternalFault):
            _mailbox_stumbled(context, row, fault)
        else:
            _mailbox_failed(context, row, fault)
    except Exception as second:  # noqa: BLE001 - the first is what is told
        log.warning("%s: the failure could not be recorded: %s", mailbox, type(second).__name__)
