"""Identify: which email a cleaned one is, and whether its people keep it out: decided after clean, before load.

Extract moves bytes and never reads them. What MIME says of an email is read in the cleaner's child process, behind its
limits (decision 63).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from exchange_sync.model.config import Filters
from exchange_sync.model.envelope import Envelope
from exchange_sync.model.identity import comment_id, substitute_message_id
from exchange_sync.model.rules import left_out_by_people
from exchange_sync.pipeline.parts import ATTACHMENTS


def identified(row: Mapping[str, Any], envelope: Envelope) -> dict[str, Any]:
    """What a fetched row becomes once its MIME has been read: message_id, comment_id, sender, sent_at, mark,
    participants, skipped."""
    listed = json.loads(row["attachments"]) if row["attachments"] else ()
    mark = substitute_message_id(envelope, [one["name"] for one in listed if one["content_type"] != "message/rfc822"])
    message_id = row["message_id"] or envelope.message_id or mark
    told = row["sender"] or ""
    return {
        "message_id": message_id,
        "comment_id": row["comment_id"] if row["action"] == ATTACHMENTS else comment_id(message_id),
        # of the sender the server knows more: the address behind an Exchange name; of the moment the mail itself
        "sender": told if "@" in told else envelope.sender or told,
        "sent_at": envelope.sent or row["sent_at"],
        "mark": mark,
        "participants": _unshown(envelope),
        "skipped": _left_out(row, envelope),
    }


def _unshown(envelope: Envelope) -> str | None:
    """What a filter must know of an email's people beside those whom its comment shows."""
    more: dict[str, Any] = {"seen": list(envelope.seen)} if envelope.seen else {}
    if envelope.unreadable:
        more["unreadable"] = True
    return json.dumps(more) if more else None


def _left_out(row: Mapping[str, Any], envelope: Envelope) -> str | None:
    if not row.get("filters"):
        return None
    told = [row["sender"]] if "@" in (row["sender"] or "") else []
    return left_out_by_people(
        [*envelope.people, *told],
        envelope.seen,
        Filters.from_dict(json.loads(row["filters"])),
        unreadable=envelope.unreadable,
    )
