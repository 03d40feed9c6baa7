"""What a DAG says of itself on Airflow's page. It changes only when the integration does: a change is a new version."""

from __future__ import annotations

from exchange_sync.orchestrate.catalogue import Entry

LIVE = """\
### {title}

Every {every} this DAG polls the mailboxes of the Exchange integration **{integration}** and keeps one comment per
email in PostgreSQL. It reads with the Airflow connection `{connection}` and changes nothing on the server.

| task | what it does |
|---|---|
| `gate` | logs in once and picks the mailboxes that are due |
| `extract` | lists what changed in a mailbox and fetches what is missing; nothing new: the next three are skipped |
| `clean` | takes apart the mail: subject, newest text, signature, quoted history, attachments |
| `enrich` | makes comments of it |
| `load` | checks them, writes them in one transaction and moves the watermark |
| `verdict` | sums up the run; its sentence is the run's note |

A mailbox that fails does not hold up the others. A busy server is waited for without any task being red.

* **Stop and go on**: pause and unpause this DAG. Nothing is lost meanwhile.
* **Read a span again**: under *Admin > Variables*, lower `synced_until` of `exchange.{owner}.{name}.<mailbox>`.
* **List everything again**: delete that Variable. Nothing is downloaded or stored twice.
* **How far it is**: `exchange-sync status`.
"""

BACKFILL = """\
### {title}: backfill

Each run re-reads one day (its data interval, by received time, UTC) of every mailbox of **{integration}** and repairs
what it finds: missing emails are fetched, wrong folders mended, what is gone is noted. Its ordinary daily run
reconciles yesterday. It never moves a watermark and never overwrites what the live sync has seen since.

* **Any span again**: *Trigger > Backfill*, or `airflow backfill create --dag-id {dag_id} --from-date … --to-date …`,
  or `exchange-sync backfill {integration} --from … --to …`. Days that are done are left out unless you choose to
  reprocess completed runs.
* A run is green only when every enabled mailbox was compared to the end; its note says what came of it.
* While the integration is disabled the runs fail: no day counts as done that was not.
* More missing than one run may fetch is left to the live sync, which fetches it next; the note says how many.
"""


def backfill_doc(entry: Entry) -> str:
    """The backfill DAG's page of documentation, as Markdown."""
    return BACKFILL.format(title=title(entry), integration=entry.integration, dag_id=entry.dag_ids[1])


def live_doc(entry: Entry) -> str:
    """The live DAG's page of documentation, as Markdown."""
    return LIVE.format(
        title=title(entry),
        every=span(entry.interval_seconds),
        integration=entry.integration,
        connection=entry.connection,
        owner=entry.owner,
        name=entry.name,
    )


def title(entry: Entry) -> str:
    """What people call the integration."""
    return entry.title or entry.integration


def span(seconds: int) -> str:
    """``90`` becomes "90 seconds", ``300`` "5 minutes"."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds % size == 0:
            count = seconds // size
            return unit if count == 1 else f"{count} {unit}s"
    return "second" if seconds == 1 else f"{seconds} seconds"
