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
