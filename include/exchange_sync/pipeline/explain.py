"""Explain: why is this email (not) here? Every place it was seen, every move, skip and quarantine, in sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.identity import usable_message_id
from exchange_sync.store import history
from exchange_sync.store.database import Database, Row

_UNKNOWN = (
    "Nothing is recorded of this Message-ID. It may not have been listed yet (see `exchange-sync status`), lie in a "
    "folder that is left out, or be older than the mailbox's start time: such mail is counted, not looked into."
)


Kind = Literal["comment", "origin", "tombstone"]


@dataclass(frozen=True)
class Finding:
    """One thing that is recorded of an email. row: as store.history tells it; its owner is whose rules say who may see
    it: the bucket's, of an origin the integration's."""

    kind: Kind
    row: Row
    sentence: str


def explain(db: Database, message_id: str) -> list[str]:
    """Sentences about one Message-ID, with or without its brackets; it is the reader's own, so it may be shown."""
    return [finding.sentence for finding in findings(db, message_id)] or [_UNKNOWN]


def findings(db: Database, message_id: str) -> list[Finding]:
    """All that is recorded of one Message-ID, with or without its brackets: comments, places, erasures."""
    for name in dict.fromkeys((message_id.strip(), f"<{message_id.strip().strip('<>')}>")):
        usable = usable_message_id(name)
        found = history.of_email(db, usable) if usable else {}
        if any(found.values()):
            return [
                Finding(kind, row, told(row))
                for kind, told in _TOLD.items() for row in found[f"{kind}s"]
            ]  # fmt: skip
    return []


def _comment(row: Row) -> str:
    kind = "a comment of its own, since another email bears this Message-ID," if row["conflict"] else "a comment"
    text = (
        f"It is {kind} in bucket {row['owner']}/{row['name']} (id {row['id'][:24]}…, number {row['sequence']}), made "
        f"{_when(row['created_at'])}; it shows mailbox {row['mailbox']}, folder {row['folder']}."
    )
    if row["deleted_at"]:
        text += f" No mailbox holds the email any more since {_when(row['deleted_at'])}; the comment stays."
    if row["problems"]:
        text += f" Cleaning met: {', '.join(row['problems'])}."
    return text


def _origin(row: Row) -> str:
    where = f"{row['owner']}/{row['name']}: {row['address']}, {folder_text(row['path'])}"
    what = {
        "loaded": f"loaded (observation {row['observed']})",
        "pending": "waiting to be fetched",
        "skipped": f"skipped: {row['reason']}",
        "quarantined": f"in quarantine since stage {row['stage']} said {row['code']} ({row['attempts']} attempts)",
    }[row["state"]]
    what += _missed(row)
    gone = f"; gone from there (moved or deleted) since {_when(row['gone_at'])}" if row["gone_at"] else ""
    return f"{where}: listed {_when(row['listed_at'])}, {what}{gone}."


def _missed(row: Row) -> str:
    """What was seen of an item that a listing named and that was not found when it was asked for."""
    if not row["missed"] or row["state"] not in ("pending", "quarantined"):
        return ""
    times = "once" if row["missed"] == 1 else "more than once"
    then = ""
    if row["state"] == "pending" and not row["gone_at"]:
        then = "; it is asked for again" if row["missed"] == 1 else "; its folder is listed afresh, which decides"
    return f"; Exchange listed it and then did not find it, {times}, last {_when(row['missed_at'])}{then}"


def _erased(row: Row) -> str:
    when, where = _when(row["erased_at"]), f"{row['owner']}/{row['name']}"
    told = f"It was erased from bucket {where} {when} and never comes back"
    sent = row["sent_at"]
    return f"{told}; mail under its Message-ID that was not sent {_when(sent)} is another." if sent else f"{told}."


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


_TOLD: dict[Kind, Callable[[Row], str]] = {"comment": _comment, "origin": _origin, "tombstone": _erased}
