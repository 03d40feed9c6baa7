"""Identify: which email a cleaned one is, and whether its people keep it out: decided after clean, before load.

Extract moves bytes and never reads them. What MIME says of an email is read in the cleaner's child process, behind its
limits (decision 63). Of a journal report it is the mail in it that is identified: what the server tells of the report's
id and sender does not count (decision 130).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exchange_sync.model.cleaned import JOURNALED, CleanedEmail
from exchange_sync.model.config import Filters
from exchange_sync.model.email import Address, ItemProperties
from exchange_sync.model.envelope import Envelope
from exchange_sync.model.identity import comment_id, substitute_message_id
from exchange_sync.model.rules import left_out_by_people
from exchange_sync.pipeline.parts import ATTACHMENTS


def identified(row: Mapping[str, Any], envelope: Envelope) -> dict[str, Any]:
    """What a fetched row becomes once its MIME has been read: message_id, comment_id, sender, sent_at, mark,
    participants, skipped."""
    listed = json.loads(row["attachments"]) if row["attachments"] else ()
    mark = substitute_message_id(envelope, [one["name"] for one in listed if one["content_type"] != "message/rfc822"])
    told_id = "" if envelope.journaled else row["message_id"]
    message_id = told_id or envelope.message_id or mark
    told = "" if envelope.journaled else row["sender"] or ""
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


def mail_properties(properties: ItemProperties, cleaned: CleanedEmail) -> ItemProperties:
    """What the server tells of an item, without what it tells of a journal report and not of the mail in it."""
    if cleaned.journal != JOURNALED:
        return properties
    return replace(
        properties, sender=Address(), sent=None, subject="", message_id=None, has_attachments=False, text_mark="",
        copy_key="",
    )  # fmt: skip


def _unshown(envelope: Envelope) -> str | None:
    """What a filter must know of an email's people beside those whom its comment shows."""
    more: dict[str, Any] = {"seen": list(envelope.seen)} if envelope.seen else {}
    if envelope.unreadable:
        more["unreadable"] = True
    return json.dumps(more) if more else None


def _left_out(row: Mapping[str, Any], envelope: Envelope) -> str | None:
    if not row.get("filters"):
        return None
    told = [row["sender"]] if "@" in (row["sender"] or "") and not envelope.journaled else []
    return left_out_by_people(
        [*envelope.people, *told],
        envelope.seen,
        Filters.from_dict(json.loads(row["filters"])),
        unreadable=envelope.unreadable,
    )
