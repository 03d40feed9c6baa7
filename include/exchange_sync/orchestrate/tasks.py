"""The tasks: each calls one use case of the pipeline and hands on references and counts, never mail.

An expected failure ends red with its reason; a busy server or a newer batch ends as skipped, so the run stays green.
The pipeline is imported inside, since it brings pandas along and this module is imported by DAG files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from exchange_sync.errors import ExchangeSyncError, Retriable, Superseded
from exchange_sync.model.names import attempt_id
from exchange_sync.orchestrate.failure import TaskFailed, told_by_place
from exchange_sync.orchestrate.listener import NOTE_KEY

if TYPE_CHECKING:
    from exchange_sync.pipeline.context import Context

log = logging.getLogger(__name__)

COUNTS_KEY = "counts"
AFTER_EXTRACT = ("mailbox.clean", "mailbox.enrich", "mailbox.load")
NOISY = (
    "great_expectations",
    "great_expectations.data_context.types.base",
    "exchangelib",
    "urllib3",
    "asyncio",
)


def gate(integration: str) -> list[str]:
    """Log in once and name the mailboxes that are due (design decision 2). A busy server: none, and a green run."""
    from exchange_sync.pipeline.gate import decide

    with _outcome(), open_pipeline(integration) as pipeline:
        try:
            result = decide(pipeline)
        except Retriable as busy:
            log.warning("Nothing is done in this run: %s", busy)
            push(NOTE_KEY, _waits(busy))
            return []
        except ExchangeSyncError as fault:
            push(NOTE_KEY, str(fault))
            raise
        if not result.mailboxes:
            log.info("%s", result.note)
        push(NOTE_KEY, result.note)
        return list(result.mailboxes)


def extract(*, integration: str, address: str) -> str | None:
    """List and fetch one mailbox. Nothing to load: the three tasks after it are skipped without being started."""
    from exchange_sync.pipeline.extract import extract as run

    with _outcome(), open_pipeline(integration) as pipeline:
        result = run(pipeline, address, batch_id())
    push(COUNTS_KEY, dict(result.counts))
    if result.ref is None:
        index = task_instance().map_index
        raise DownstreamTasksSkipped(tasks=[(task_id, index) for task_id in AFTER_EXTRACT])
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
    """Validate, write in one transaction, move the watermark."""
    from exchange_sync.pipeline.load import load as run

    with _outcome(), open_pipeline(integration) as pipeline:
        result = run(pipeline, address, given(ref))
    push(COUNTS_KEY, dict(result.counts))


def verdict(integration: str) -> None:
    """Sum up the run: a sentence for its note; red only when the integration itself failed."""
    try:
        _judge(integration)
    finally:
        pause_if_disabled(integration)


def _judge(integration: str) -> None:
    from exchange_sync.pipeline.verdict import verdict as judge

    states = task_states()
    gate_note = task_instance().xcom_pull(task_ids="gate", key=NOTE_KEY) or ""
    if states.get("gate") != "success":
        gate_note = gate_note or "the gate failed; its log says why"
        push(NOTE_KEY, gate_note)
        raise TaskFailed(gate_note)
    addresses = task_instance().xcom_pull(task_ids="gate") or []
    with _outcome(), open_pipeline(integration) as pipeline:
        try:
            result = judge(pipeline, mailbox_states(addresses, states), gate_note)
        except Retriable as busy:
            push(NOTE_KEY, _waits(busy))
            raise
    log.info("%s", result.note)
    push(NOTE_KEY, result.note)
    if result.failed:
        raise TaskFailed(result.note)


def pause_if_disabled(integration: str) -> None:
    """Where the integration has been disabled meanwhile, its DAGs are paused by this, the run's last task.

    Paused earlier, the run would never end. Whatever goes wrong here is made up for by the maintenance DAG.
    """
    from exchange_sync.orchestrate.airflow_api import AirflowSwitch
    from exchange_sync.pipeline.pausing import pause_if_disabled as pause

    try:
        with open_pipeline(integration) as pipeline:
            pause(pipeline.db, pipeline.row["id"], AirflowSwitch(), pipeline.clock(), task_instance().run_id)
    except ExchangeSyncError as error:
        log.warning("The DAGs are paused by maintenance, if they must be: %s", error)


def mailbox_states(addresses: list[str], states: Mapping[str, str]) -> dict[str, str]:
    """Of each mailbox "failed", "skipped" or "success", from the states of its four tasks.

    states: by task id and map index, e.g. ``mailbox.load_0``; the index is the address's place in the gate's list.
    """
    found = {}
    for index, address in enumerate(addresses):
        own = [states.get(f"{task_id}_{index}") for task_id in ("mailbox.extract", *AFTER_EXTRACT)]
        failed = any(state in ("failed", "upstream_failed") for state in own)
        found[address] = "failed" if failed else "success" if own[0] == "success" else "skipped"
    return found


def batch_id() -> str:
    """The name of this attempt at this mailbox: the same for nothing else, so an old attempt can be told apart."""
    instance = task_instance()
    return attempt_id(instance.dag_id, instance.run_id, instance.map_index, instance.try_number)


def run_key() -> str:
    """The name of this run, and of this clearing of it: run ids alone are the same in every integration's DAG."""
    instance, run = task_instance(), get_current_context()["dag_run"]
    return f"{instance.dag_id}/{run.run_id}/{run.clear_number}"


@contextmanager
def open_pipeline(integration: str) -> Iterator[Context]:
    """The pipeline's surroundings: settings, the source behind the Airflow connection, watermarks as Variables."""
    from exchange_sync.orchestrate.airflow_api import AirflowSwitch
    from exchange_sync.orchestrate.connection import exchange_connection
    from exchange_sync.orchestrate.watermarks import VariableWatermarks
    from exchange_sync.pipeline.context import open_context

    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    with open_context(
        integration, connections=exchange_connection, watermarks=VariableWatermarks(), run=run_key()
    ) as context:
        context.switch = AirflowSwitch()
        yield context


@contextmanager
def _outcome() -> Iterator[None]:
    """Errors by consequence (design section 5) to what Airflow makes of them."""
    try:
        with told_by_place():
            yield
    except Retriable as busy:
        raise AirflowSkipException(f"{busy}. The next run goes on from here.") from None
    except Superseded as newer:
        raise AirflowSkipException(str(newer)) from None
    except ExchangeSyncError as fault:
        raise TaskFailed(str(fault)) from None


def given(ref: str | None) -> str:
    """Extract may end before Airflow has made the instances that it skips; those then start, and skip themselves."""
    if ref is None:
        raise AirflowSkipException("nothing new in this mailbox")
    return ref


def _waits(busy: Retriable) -> str:
    return f"waiting: {busy.message}"


def task_states() -> dict[str, str]:
    """The state of every task instance of this run, by task id and map index, e.g. ``mailbox.load_0``."""
    instance = task_instance()
    states: dict[str, dict[str, str]] = instance.get_task_states(dag_id=instance.dag_id, run_ids=[instance.run_id])
    return states.get(instance.run_id, {})


def push(key: str, value: Any) -> None:
    """Hand a value on by XCom."""
    task_instance().xcom_push(key, value)


def task_instance() -> Any:
    """The task instance that runs in this process."""
    return get_current_context()["ti"]
