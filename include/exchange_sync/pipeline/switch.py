"""On and off by a person's command, and what has failed so far."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from exchange_sync.model.names import split_name
from exchange_sync.store import incidents, integrations, outbox, switching
from exchange_sync.store.database import Database, Row


def enable(db: Database, integration: str, address: str | None, now: datetime) -> str:
    """Enable an integration, or one mailbox of it; a sentence for people. Raises BadInput for an unknown name."""
    row = integrations.integration(db, *split_name(integration, "integration"))
    if address is None:
        done = switching.enable(db, row["id"], now, unpause=True)
        how = "enabled; its DAG is unpaused within a minute and goes on where it stopped"
        return f"{integration}: {how if done else 'was enabled already'}"
    box = integrations.mailbox(db, row["id"], address)
    done = switching.enable_mailbox(db, row["id"], box["id"], now)
    told = f"{address}: {'enabled; the next run goes on where it stopped' if done else 'was enabled already'}"
    if not switching.state(db, row["id"])["enabled"]:
        told += f"; but {integration} is disabled: enable that too"
    return told


def disable(db: Database, integration: str, address: str | None, now: datetime) -> str:
    """Disable an integration, or one mailbox of it; a sentence for people. Raises BadInput for an unknown name."""
    row = integrations.integration(db, *split_name(integration, "integration"))
    if address is None:
        done = switching.disable_by_user(db, row["id"], now, paused=False)
        return f"{integration}: {'disabled; its DAG is paused within a minute' if done else 'was disabled already'}"
    box = integrations.mailbox(db, row["id"], address)
    done = switching.disable_mailbox_by_user(db, box["id"], now)
    return f"{address}: {'disabled' if done else 'was disabled already'}"


def incident_lines(db: Database, integration: str) -> Iterator[str]:
    """One incident a line, the newest first. Raises BadInput for an unknown name."""
    row = integrations.integration(db, *split_name(integration, "integration"))
    found = incidents.incidents(db, row["id"])
    told = outbox.told(db, [one["id"] for one in found])
    for one in found:
        over = f"until {one['closed_at']:%Y-%m-%d %H:%M}" if one["closed_at"] else "open"
        yield (
            f"{one['opened_at']:%Y-%m-%d %H:%M} {over} {one['address'] or integration}: {one['kind']}: {one['text']} "
            f"Remedy: {one['remedy']} ({_told(told.get(one['id'], []))})"
        )


_SPOKEN = {"in_app": "bell", "email": "e-mail", "apprise": "services"}


def _told(channels: list[Row]) -> str:
    """Channel by channel: without a mail server the bell has told people all the same."""
    parts = []
    for row in channels:
        states = ((row["sent"], "told"), (row["waiting"], "waiting"), (row["given_up"], "given up"))
        counts = ", ".join(f"{count} {state}" for count, state in states if count)
        parts.append(f"{_SPOKEN[row['channel']]}: {counts}")
    return "; ".join(parts) or "nobody is to be told"
