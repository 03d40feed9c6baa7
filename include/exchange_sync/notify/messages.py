"""What an incident's message tells, in parts (what happened, since when, what it means, how to mend it, how to go on, a
link to the log), as one text for e-mail and services, and as parts for the page; the end's message and a test's too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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

MANY_BAD = "many_bad_emails"  # the kind of an incident, as store.incidents names it
INTERNAL = "internal"  # likewise: nobody expected it
_MANY_BAD = "These emails are missing from the comments; all others are synced. They are tried again by themselves."


@dataclass(frozen=True)
class Told:
    """The parts of a message. then: what to do when it is mended; been: what it had been, once it is over; both may be
    empty. trouble: when what is over had begun. link: Airflow's page of the log."""

    title: str
    happened: str
    since: datetime
    means: str
    mend: str
    link: str
    then: str = ""
    been: str = ""
    trouble: datetime | None = None


def told(row: Mapping[str, Any], base_url: str) -> Told:
    """row: an incident's, of store.outbox.due or store.inbox.messages. base_url: Airflow's address for people."""
    return _TOLD[row["event"]](row, base_url)


def message(row: Mapping[str, Any], base_url: str) -> Message:
    """row: of store.outbox.due. base_url: Airflow's address as people reach it."""
    if row["event"] == "test":
        return _test(row)
    found = told(row, base_url)
    since = f"Since: {found.since:%Y-%m-%d %H:%M} UTC"
    if found.trouble is not None:
        since += f"; the trouble had begun {found.trouble:%Y-%m-%d %H:%M} UTC"
    parts = [
        f"What happened: {found.happened}",
        since,
        f"What it means: {found.means}",
        f"How to mend it: {found.mend}",
        f"Then: {found.then}" if found.then else "",
        f"It had been: {found.been}" if found.been else "",
        f"Log: {found.link}",
    ]
    return Message(f"Exchange Sync: {found.title}", "\n\n".join(filter(None, parts)) + "\n")


def _opened(row: Mapping[str, Any], base_url: str) -> Told:
    happened = f"{_subject(row)} {_opening(row)}"
    return Told(
        title=happened,
        happened=f"{happened}. {row['text']} ({row['kind']})",
        since=row["since"],
        means=_MANY_BAD if row["kind"] == MANY_BAD else _MEANS[row["action"]],
        mend=row["remedy"],
        then="" if row["action"] == "none" else _enable(row),
        link=link(row, base_url),
    )


def _opening(row: Mapping[str, Any]) -> str:
    if row["kind"] == MANY_BAD:
        return "has many bad emails"
    if row["kind"] == INTERNAL:
        return "fails for a reason that nobody foresaw"
    return "is late" if row["action"] == "none" else "was disabled"


def _recovered(row: Mapping[str, Any], base_url: str) -> Told:
    if row["kind"] == MANY_BAD:
        return _over(
            row, base_url, title=f"{_subject(row)} has few bad emails left",
            happened=f"{_subject(row)} has few bad emails left.",
            means="what could be mended is loaded.", mend="nothing is left to do.",
        )  # fmt: skip
    happened = f"{_subject(row)} {'is synced again' if row['action'] == 'none' else 'is enabled again'}"
    return _over(
        row, base_url, title=happened, happened=f"{happened}.",
        means="the sync goes on where it stopped and fetches what arrived meanwhile.",
        mend="nothing is left to do.",
    )  # fmt: skip


def _removed(row: Mapping[str, Any], base_url: str) -> Told:
    happened = f"{_subject(row)} was removed"
    return _over(
        row, base_url, title=happened, happened=f"{happened} from its configuration, so that its trouble is over.",
        means="it is not synced any more. The comments that it brought stay.",
        mend="nothing is left to do. Configure the address again, if it should be synced: it goes on where it stopped.",
    )  # fmt: skip


def _over(row: Mapping[str, Any], base_url: str, *, title: str, happened: str, means: str, mend: str) -> Told:
    return Told(
        title=title,
        happened=happened,
        since=row["closed_at"],
        trouble=row["since"],
        means=means,
        mend=mend,
        been=f"{row['text']} ({row['kind']})",
        link=link(row, base_url, of_run=False),
    )


_TOLD = {"opened": _opened, "recovered": _recovered, "removed": _removed}


def _test(row: Mapping[str, Any]) -> Message:
    where = f"A service of {row['owner']}/{row['name']}" if row["name"] else "A channel"
    return Message(
        "Exchange Sync: a test message",
        f"{where} is tried: {row['asked_by']} asked for this message at {row['created_at']:%Y-%m-%d %H:%M} UTC. "
        "Nothing has failed. Messages about failures come the same way.\n",
    )


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
        return f"run {command} --mailbox {row['address']}"
    return f"unpause the DAG {live_dag_id(row['owner'], row['name'])} in Airflow, or run {command}"
