"""Enrich: what was cleaned, and what the mailbox says of it, becomes the comment with its user properties."""

from __future__ import annotations

import json
import logging
from typing import Any

from exchange_sync.enrich.api import enrich as comment_from
from exchange_sync.enrich.following import following_properties, journal_properties
from exchange_sync.model.cleaned import AttachmentInfo
from exchange_sync.model.comment import Comment, EmailFacts
from exchange_sync.model.serial import cleaned_from_json, properties_from_json
from exchange_sync.pipeline.context import Stores
from exchange_sync.pipeline.rows import batch_of
from exchange_sync.pipeline.unexpected import code_of
from exchange_sync.pipeline.validation import mark_failing
from exchange_sync.quality.suites import CLEAN, COMMENT
from exchange_sync.store.attachments import STORED

log = logging.getLogger("exchange_sync.enrich")

_SAME = (
    "origin_id", "action", "comment_id", "message_id", "mime_sha256", "mime_size", "sender", "sent_at",
    "properties", "failure", "mark", "participants", "skipped",
)  # fmt: skip


def enrich(context: Stores, ref: str) -> str:
    """The cleaned parts of a reference as comments; the reference of the result."""
    made = 0
    out = ref
    for part, cleaned in context.staging.parts(ref):
        _check(context, batch_of(ref), cleaned)
        rows = [_guarded(row) for row in cleaned]
        mark_failing(context, batch_of(ref), COMMENT, [row for row in rows if row["messages"] is not None])
        made += sum(row["messages"] is not None for row in rows)
        out = context.staging.write(batch_of(ref), "enriched", part, rows)
    log.info("%d comments made", made)
    return out


def _check(context: Stores, batch_id: str, rows: list[dict[str, Any]]) -> None:
    """The texts that clean made, against its suite."""
    made = [row for row in rows if row["cleaned"] is not None]
    texts = [{**row, **json.loads(row["cleaned"])} for row in made]
    mark_failing(context, batch_id, CLEAN, texts)
    for row, checked in zip(made, texts, strict=True):
        row["failure"] = checked["failure"]


def _guarded(row: dict[str, Any]) -> dict[str, Any]:
    """A row enriched, or marked for the quarantine."""
    try:
        return _enriched(row)
    except Exception as error:  # noqa: BLE001 - the email's quarantine is the consequence
        made = {name: row.get(name) for name in _SAME}
        return {**made, **dict.fromkeys(_CONTENT), "following": None, "failure": f"enrich: {code_of(error)}"}


def _enriched(row: dict[str, Any]) -> dict[str, Any]:
    path = tuple(row["folder_path"])
    result = {name: row.get(name) for name in _SAME}
    following = following_properties(row["mailbox"], path)
    content = dict.fromkeys(_CONTENT)
    if row["cleaned"] is not None and row["failure"] is None:
        facts = EmailFacts(
            cleaned=cleaned_from_json(row["cleaned"]),
            properties=properties_from_json(row["properties"]),
            mailbox=row["mailbox"],
            folder=path,
            message_id=row["message_id"],
        )
        content = _content(comment_from(facts), json.loads(row["stored"]))
        following |= journal_properties(facts)
    result["following"] = json.dumps(following, ensure_ascii=False)
    return {**result, **content}


_CONTENT = (
    "timestamp", "thread_id", "thread_candidates", "user_properties", "messages", "attachments", "subject", "body",
    "quoted", "clean_version", "problems",
)  # fmt: skip


def _content(comment: Comment, stored: list[str | None]) -> dict[str, Any]:
    """A comment's content as a staging row holds it: parts of JSON as text."""
    content = content_of(comment, stored)
    message = comment.messages[0]
    for name in ("user_properties", "messages", "attachments"):
        content[name] = json.dumps(content[name], ensure_ascii=False)
    return {**content, "subject": message.get("subject", {}).get("text", ""), "body": message["body"]["text"]}


def content_of(comment: Comment, stored: list[str | None]) -> dict[str, Any]:
    """A comment's content as the store keeps it. stored: where attachments' contents are kept, by place."""
    return {
        "timestamp": comment.timestamp,
        "thread_id": comment.thread_id,
        "thread_candidates": list(comment.thread_candidates),
        "user_properties": dict(comment.user_properties),
        "messages": [dict(found) for found in comment.messages],
        "attachments": [_attachment(found, stored[place]) for place, found in enumerate(comment.attachments)],
        "quoted": comment.quoted,
        "clean_version": comment.clean_version,
        "problems": list(comment.problems),
    }


def _attachment(found: AttachmentInfo, stored: str | None) -> dict[str, Any]:
    """One attachment as the API shows it (reference 2.2), and where its content is kept, if it is."""
    shown: dict[str, Any] = {
        "name": found.name,
        "size": found.size,
        "content_type": found.content_type,
        "inline": found.inline,
    }
    if found.sha256:
        shown["content_hash"] = found.sha256
    if stored:
        shown[STORED] = stored
    return shown
