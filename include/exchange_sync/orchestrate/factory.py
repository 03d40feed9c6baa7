"""From an integration to its DAG (design decision 1): gate, a mapped group per due mailbox, one verdict."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, task, task_group

from exchange_sync.orchestrate import describe, pools, tasks
from exchange_sync.orchestrate.callbacks import after_red_run
from exchange_sync.orchestrate.catalogue import Entry
from exchange_sync.orchestrate.failure import say_why
from exchange_sync.orchestrate.rerun import wait_for_all
from exchange_sync.orchestrate.rights import access_control

START = datetime(2025, 1, 1, tzinfo=UTC)  # any past moment: with catchup off, the first run follows unpausing
LABEL = "{{ task.op_kwargs['address'] }}"  # works for keyword arguments only
LIMIT = timedelta(minutes=15)  # of one task; a run's own budget is a few minutes (design section 2)


def live_dag(entry: Entry, known: Iterable[str] = ()) -> DAG:
    """The live DAG of an integration. Pausing it is the integration's off switch. known: the pools there are."""
    with DAG(
        dag_id=entry.dag_ids[0],
        dag_display_name=f"Exchange: {describe.title(entry)}",
        description=f"Polls the mailboxes of {entry.integration} every {describe.span(entry.interval_seconds)}",
        doc_md=describe.live_doc(entry),
        schedule=timedelta(seconds=entry.interval_seconds),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        tags=["exchange", entry.owner],
        access_control=access_control(entry),
        on_failure_callback=after_red_run(entry.integration),
        default_args={
            "owner": entry.owner,
            "retries": 0,  # the next run is the retry
            "execution_timeout": LIMIT,
            "on_failure_callback": say_why,
        },
    ) as dag:
        _wire(entry.integration, pools.usable(pools.connection_pool(entry.connection), known))
    return dag


def _wire(integration: str, pool: str) -> None:
    """gate → mailbox[extract → clean → enrich → load] for each due mailbox → verdict. pool: of what reads mail."""

    @task_group(group_id="mailbox")
    def mailbox(address: Any) -> None:
        known = {"integration": integration, "address": address}
        ref = _mapped(tasks.extract, pool=pool)(**known)
        ref = _mapped(tasks.clean)(ref=ref, **known)
        ref = _mapped(tasks.enrich)(ref=ref, **known)
        _mapped(tasks.load)(ref=ref, **known)

    due = task(show_return_value_in_logs=False)(tasks.gate)(integration=integration)
    verdict = task(trigger_rule="all_done", show_return_value_in_logs=False)(tasks.verdict)(integration=integration)
    wait_for_all(due, mailbox.expand(address=due), "mailbox.extract", verdict)


def _mapped(function: Any, **more: Any) -> Any:
    return task(map_index_template=LABEL, show_return_value_in_logs=False, **more)(function)
