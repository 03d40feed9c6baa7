"""The message of an incident, in six parts: what happened, since when, what it means, how to mend it, how to go on,
and a link to the log; and the message of its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from exchange_sync.model.names import live_dag_id
from exchange_sync.notify.api import Message

_MEANS = {
    "integration_disabled": "None of its mailboxes is synced until it is enabled again. Nothing is lost: it goes on "
    "where it stopped.",
    "mailbox_disabled": "This mailbox is not synced until it is enabled again; the others are. Nothing is lost: it "
    "goes on where it stopped.",
    "none": "New mail is missing until a sync succeeds. Nothing is switched off: it goes on by itself.",
}


def message(row: Mapping[str, Any], base_url: str) -> Message:
    """row: of store.outbox.due. base_url: Airflow's address as people reach it."""
    return _recovered(row, base_url) if row["event"] == "recovered" else _opened(row, base_url)


def _opened(row: Mapping[str, Any], base_url: str) -> Message:
    happened = "is late" if row["action"] == "none" else "was disabled"
    parts = [
        f"What happened: {_subject(row)} {happened}. {row['text']} ({row['kind']})",
        f"Since: {row['since']:%Y-%m-%d %H:%M} UTC",
        f"What it means: {_MEANS[row['action']]}",
        f"How to mend it: {row['remedy']}",
    ]
    if row["action"] != "none":
        parts.append(f"Then: {_enable(row)}")
    return Message(f"Exchange Sync: {_subject(row)} {happened}", _joined([*parts, f"Log: {link(row, base_url)}"]))


def _recovered(row: Mapping[str, Any], base_url: str) -> Message:
    again = "is synced again" if row["action"] == "none" else "is enabled again"
    parts = [
        f"What happened: {_subject(row)} {again}.",
        f"Since: {row['closed_at']:%Y-%m-%d %H:%M} UTC; the trouble had begun {row['since']:%Y-%m-%d %H:%M} UTC",
        "What it means: the sync goes on where it stopped and fetches what arrived meanwhile.",
        "How to mend it: nothing is left to do.",
        f"It had been: {row['text']} ({row['kind']})",
        f"Log: {link(row, base_url, of_run=False)}",
    ]
    return Message(f"Exchange Sync: {_subject(row)} {again}", _joined(parts))


def link(row: Mapping[str, Any], base_url: str, *, of_run: bool = True) -> str:
    """Airflow's page of the run that failed; of the DAG where there was none, or it was the command line's."""
    dag_id = live_dag_id(row["owner"], row["name"])
    page = f"{base_url.rstrip('/')}/dags/{quote(dag_id)}"
    prefix, _, rest = row["run"].partition("/")
    run_id = rest.rpartition("/")[0]
    return f"{page}/runs/{quote(run_id, safe='')}" if of_run and prefix == dag_id and run_id else page


def _subject(row: Mapping[str, Any]) -> str:
    integration = f"integration {row['owner']}/{row['name']}"
    return f"mailbox {row['address']} of {integration}" if row["address"] else integration


def _enable(row: Mapping[str, Any]) -> str:
    command = f"exchange-sync enable {row['owner']}/{row['name']}"
    if row["address"]:
        return f"{command} --mailbox {row['address']}"
    return f"unpause the DAG {live_dag_id(row['owner'], row['name'])} in Airflow, or run {command}"


def _joined(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"
