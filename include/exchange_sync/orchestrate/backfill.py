"""The companion DAG: re-reads a window of the past and repairs it (design decision 4).

Its daily run reconciles yesterday; Airflow's own Backfill dialog, or `airflow backfill create`, re-reads any span,
a run a day. A window counts as done only when every mailbox was compared: here a busy server ends a task red, after
retries, where the live DAG would leave it to the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, get_current_context, task, task_group
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from exchange_sync.errors import ExchangeSyncError, Retriable, Superseded
from exchange_sync.orchestrate import describe, pools
from exchange_sync.orchestrate.callbacks import after_red_run
from exchange_sync.orchestrate.catalogue import Entry
from exchange_sync.orchestrate.failure import NotNow, TaskFailed, say_why, told_by_place
from exchange_sync.orchestrate.listener import NOTE_KEY
from exchange_sync.orchestrate.rerun import wait_for_all
from exchange_sync.orchestrate.rights import access_control
from exchange_sync.orchestrate.tasks import (
    batch_id,
    given,
    open_pipeline,
    pause_if_disabled,
    push,
    task_instance,
    task_states,
)

START = datetime(2000, 1, 1, tzinfo=UTC)  # nothing before it can be backfilled
LABEL = "{{ task.op_kwargs['address'] }}"
LIMIT = timedelta(minutes=30)
RETRIES, FIRST_WAIT, LONGEST_WAIT = 3, timedelta(minutes=1), timedelta(minutes=15)
AFTER_READING = ("mailbox.clean", "mailbox.enrich", "mailbox.load")
STEPS = ("mailbox.read_window", *AFTER_READING)
GOOD = ("success", "skipped")


def backfill_dag(entry: Entry, known: Iterable[str] = ()) -> DAG:
    """The companion of an integration's live DAG. known: the pools that exist in Airflow."""
    with DAG(
        dag_id=entry.dag_ids[1],
        dag_display_name=f"Exchange backfill: {describe.title(entry)}",
        description=f"Re-reads days of {entry.integration} and repairs what is missing or misplaced",
        doc_md=describe.backfill_doc(entry),
        # a plain cron string would give windows without length
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
        start_date=START,
        catchup=False,
        max_active_runs=2,
        tags=["exchange", entry.owner],
        access_control=access_control(entry),
        on_failure_callback=after_red_run(entry.integration),
        default_args={
            "owner": entry.owner,
            "retries": RETRIES,
            "retry_delay": FIRST_WAIT,
            "retry_exponential_backoff": True,
            "max_retry_delay": LONGEST_WAIT,
            "retry_policy": WindowRetries(),
            "execution_timeout": LIMIT,
            "on_failure_callback": say_why,
            "on_retry_callback": say_why,
            "pool": pools.usable(pools.BACKFILL, known),
            "priority_weight": 1,
            "weight_rule": "absolute",  # the live DAG's tasks weigh at least as much
        },
    ) as dag:
        _wire(entry.integration)
    return dag


class WindowRetries(ExceptionRetryPolicy):
    """A retry helps where the server or a database is busy or away; a wrong password would only lock the account.

    What the server asks to be waited is waited, where that is longer than the task's own first wait.
    """

    def __init__(self) -> None:
        super().__init__([RetryRule(NotNow, RetryAction.RETRY), RetryRule(TaskFailed, RetryAction.FAIL)])

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any | None = None
    ) -> RetryDecision:
        """Airflow asks this in the task's process."""
        if isinstance(exception, NotNow) and exception.after > FIRST_WAIT.total_seconds():
            return RetryDecision.retry(timedelta(seconds=exception.after), "the server asked for this wait")
        decision: RetryDecision = super().evaluate(exception, try_number, max_tries, context)
        return decision


def _wire(integration: str) -> None:
    """gate → mailbox[read_window → clean → enrich → load] for each mailbox, if one is not whole → verdict."""

    @task_group(group_id="mailbox")
    def mailbox(address: Any) -> None:
        known = {"integration": integration, "address": address}
        ref = _mapped(read_window)(**known)
        ref = _mapped(clean)(ref=ref, **known)
        ref = _mapped(enrich)(ref=ref, **known)
        _mapped(load)(ref=ref, **known)

    due = task(show_return_value_in_logs=False)(gate)(integration=integration)
    judge = task(trigger_rule="all_done", show_return_value_in_logs=False)(verdict)(integration=integration)
    wait_for_all(due, mailbox.expand(address=due), STEPS[0], judge)


def _mapped(function: Any) -> Any:
    return task(map_index_template=LABEL, show_return_value_in_logs=False)(function)


def gate(integration: str) -> list[str]:
    """Log in once and compare every enabled mailbox: none where all are whole, as most windows are; else all.

    Red, not skipped, while the integration is disabled: no window counts as done that was not. A run that is run again
    keeps the instances that it had: Airflow removes them where the list gets shorter, and never brings them back.
    """
    from exchange_sync.pipeline.backfill_gate import enter, look

    with _outcome(), open_pipeline(integration) as pipeline:
        since, until = _window()
        had = any(name.startswith(f"{STEPS[0]}_") for name in task_states())
        try:
            return enter(pipeline) if had else look(pipeline, since, until, batch_id())
        except ExchangeSyncError as fault:
            push(NOTE_KEY, str(fault))
            raise


def read_window(*, integration: str, address: str) -> str | None:
    """Compare one mailbox with the server over the run's data interval; fetch what is missing."""
    from exchange_sync.pipeline.backfill import read_window as run

    since, until = _window()
    with _outcome(), open_pipeline(integration) as pipeline:
        result = run(pipeline, address, since, until, batch_id())
    if result.ref is None:
        index = task_instance().map_index
        raise DownstreamTasksSkipped(tasks=[(task_id, index) for task_id in AFTER_READING])
    return str(result.ref)


def clean(*, integration: str, address: str, ref: str | None) -> str:
    """Raw MIME to text and headers, part by part."""
    from exchange_sync.pipeline.between import cleaned

    with _outcome(), open_pipeline(integration) as pipeline:
        return str(cleaned(pipeline, address, given(ref)))


def enrich(*, integration: str, address: str, ref: str | None) -> str:
    """Text and facts to comments."""
    from exchange_sync.pipeline.between import enriched

    with _outcome(), open_pipeline(integration) as pipeline:
        return str(enriched(pipeline, address, given(ref)))


def load(*, integration: str, address: str, ref: str | None) -> None:
    """Validate and write in one transaction; the watermark stays where it is."""
    from exchange_sync.pipeline.load import load as run

    with _outcome(), open_pipeline(integration) as pipeline:
        run(pipeline, address, given(ref))


def verdict(integration: str) -> None:
    """A sentence for the run's note; red when any mailbox was not compared to the end."""
    try:
        _judge(integration)
    finally:
        pause_if_disabled(integration)


def _judge(integration: str) -> None:
    from exchange_sync.pipeline.backfill import verdict as judge

    states = task_states()
    if states.get("gate") != "success":
        note = task_instance().xcom_pull(task_ids="gate", key=NOTE_KEY) or "the gate failed; its log says why"
        push(NOTE_KEY, note)
        raise TaskFailed(note)
    addresses = task_instance().xcom_pull(task_ids="gate") or []
    with _outcome(), open_pipeline(integration) as pipeline:
        result = judge(pipeline, unfinished(addresses, states))
    push(NOTE_KEY, result.note)
    if result.failed:
        raise TaskFailed(result.note)


def unfinished(addresses: list[str], states: Mapping[str, str]) -> list[str]:
    """The mailboxes that were not compared to the end, or of which some task failed.

    states: by task id and map index, e.g. ``mailbox.load_0``; the index is the address's place in the gate's list.
    One without instances of the later tasks (a mailbox added since the run ran first) is compared all the same: what it
    misses is pending, and the live sync fetches it.
    """
    none = (None, "removed")
    return [
        address
        for index, address in enumerate(addresses)
        if states.get(f"{STEPS[0]}_{index}") not in GOOD
        or any(states.get(f"{task_id}_{index}") not in (*GOOD, *none) for task_id in AFTER_READING)
    ]


def _window() -> tuple[datetime, datetime]:
    """The run's data interval in UTC. A run that somebody triggered without a logical date has none."""
    context = get_current_context()
    since, until = context.get("data_interval_start"), context.get("data_interval_end")
    if since is None or until is None or not since < until:
        reason = "this run has no window: choose Backfill, or trigger it with a logical date"
        push(NOTE_KEY, reason)
        raise TaskFailed(reason)
    return datetime.fromtimestamp(since.timestamp(), UTC), datetime.fromtimestamp(until.timestamp(), UTC)


@contextmanager
def _outcome() -> Iterator[None]:
    """Errors by consequence (design section 5): what passes by itself is retried, and red if it does not."""
    try:
        with told_by_place():
            yield
    except Retriable as busy:
        raise NotNow(f"this window is not done: {busy}", busy.after) from None
    except Superseded as closed:  # a cleared task of a batch that has been loaded
        raise AirflowSkipException(str(closed)) from None
    except ExchangeSyncError as fault:
        raise TaskFailed(str(fault)) from None
