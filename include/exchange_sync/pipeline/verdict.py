"""Verdict: what one run came to, as a note of a few words, and whether the integration itself failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange_sync.pipeline import failing
from exchange_sync.pipeline.context import Context
from exchange_sync.pipeline.progress import catching_up
from exchange_sync.pipeline.warnings import warnings
from exchange_sync.store import batches, integrations


@dataclass(frozen=True)
class Verdict:
    """note: for the run in Airflow. failed: the integration did, or every mailbox that is switched on.

    A mailbox that is wrong is due in every run, and often alone: that must not count against the others.
    """

    note: str
    failed: bool


def verdict(context: Context, states: Mapping[str, str], gate_note: str = "") -> Verdict:
    """Sum up the context's run. states: per mailbox address "success" or "failed"; empty when none was due."""
    counts = batches.run_counts(context.db, context.run)
    bad = sorted(address for address, state in states.items() if state == "failed")
    parts = [f"{counts.get('created', 0)} new", f"{counts.get('moved', 0)} moved"]
    parts.append(f"{counts.get('quarantined', 0)} bad")
    skipped = sum(n for what, n in counts.items() if what.startswith("skipped"))
    if counts.get("copied"):
        parts.append(f"{counts['copied']} seen elsewhere too")
    if skipped:
        parts.append(f"{skipped} skipped")
    if bad:
        parts.append(f"failed: {', '.join(bad[:5])}{' and more' if len(bad) > 5 else ''}")
    parts += warnings(counts)
    boxes = integrations.mailboxes(context.db, context.row["id"])
    far = catching_up(context.db, [box for box in boxes if box["address"] in states])
    note = "; ".join([", ".join(parts), *far]) if states else gate_note or "nothing due"
    enabled = {box["address"] for box in boxes if box["enabled"]}
    failed = failing.judged(context)
    return Verdict(note, failed or (bool(bad) and enabled <= set(bad)))
