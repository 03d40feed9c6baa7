"""Why is this mail (not) here? All that is recorded of a Message-ID, as far as the visitor may see it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.identity import usable_message_id
from exchange_sync.pipeline.explain import Finding, findings
from exchange_sync.store import how_far
from exchange_sync.web import permissions as may
from exchange_sync.web.auth import Caller
from exchange_sync.web.pages.comments import address as comments_address
from exchange_sync.web.pages.comments import parts as comment_parts
from exchange_sync.web.pages.comments.searching import path_of
from exchange_sync.web.pages.comments.text import pieces
from exchange_sync.web.pages.shell import page
from exchange_sync.web.pages.visiting import VisitorDep

router = APIRouter()
_HEX = re.compile(r"((?:[0-9a-f]{2}){3,512})(?:-[0-9a-f]{16})?", re.IGNORECASE)
_HEADER = re.compile(r"(?:message-id|internet-?message-?id)\s*:\s*", re.IGNORECASE)
SHOWN = 100  # findings of one mail
MAILBOXES = 200
INTEGRATIONS = 100
_SKIPPED = {
    "before start": "It is older than the start time of this mailbox. An earlier start time brings it in.",
    "past retention": "It is older than the bucket keeps comments.",
    "not mail": "It is no mail: a contact, a task or an appointment lies in the folder, too.",
    "draft": "It is a draft. It is looked at again once it changes, and counts when it has been sent.",
    "participant filter": "The mailbox's filter of correspondents leaves it out.",
    "participants unreadable": "The mailbox denies correspondents, and a header of this mail may name somebody in a "
    "form that cannot be read. To be sure that nobody denied gets in, it is left out.",
    "erased": "It was erased here on purpose, and never comes back by a sync.",
}
_STATES = {
    "loaded": "It was loaded into the bucket from here.",
    "pending": "It has been listed, and waits to be fetched. The newest mails are fetched first.",
    "quarantined": "It could not be read or loaded, and lies in quarantine. It is tried again by itself, or from the "
    "integration's page.",
}


@router.get("/why")
def show(
    request: Request, visitor: VisitorDep, asked: Annotated[str, Query(alias="id", max_length=4_096)] = ""
) -> Response:
    """A form for a Message-ID, and what is known of that mail."""
    message_id = read(asked)
    usable = usable_message_id(message_id) if message_id else None
    seen: list[dict[str, Any]] = []
    boxes: list[Any] = []
    if usable:
        with visitor.services.pool.lend() as db:
            found = findings(db, usable)
        seen = visible(visitor, found)[:SHOWN]
        if not seen:
            ids = [row["id"] for row in visitor.listed("integrations")]
            with visitor.services.pool.lend() as db:
                boxes = how_far.mailboxes(db, ids, MAILBOXES + 1)
    return page(
        request, visitor, "comments/why.html", title="Why is this mail (not) here?", section="comments",
        asked=asked.strip(), askable=_askable(visitor) if usable else [],
        message_id=pieces(message_id[:600], strict=True), usable=usable is not None, findings=seen,
        boxes=boxes[:MAILBOXES], more_boxes=len(boxes) > MAILBOXES,
    )  # fmt: skip


def _askable(visitor: Caller) -> list[str]:
    """The integrations (owner/name) whose Exchange the visitor may have asked."""
    rows = visitor.listed("integrations")
    held = visitor.permissions_of(row["owner"] for row in rows)
    found = [f"{row['owner']}/{row['name']}" for row in rows if may.MODIFY_INTEGRATIONS in held[row["owner"]]]
    return found[:INTEGRATIONS]


def read(asked: str) -> str:
    """What was typed as a Message-ID: a header line, the id with or without brackets, or a comment's id in hex."""
    text = _HEADER.sub("", asked.replace("\0", "").strip(), count=1).strip()
    match = _HEX.fullmatch(text)
    if match is not None:
        try:
            return bytes.fromhex(match.group(1)).decode("utf-8")
        except UnicodeDecodeError:
            pass  # hex by chance: then it is an id as it stands
    return text


def visible(visitor: Caller, found: list[Finding]) -> list[dict[str, Any]]:
    """Those findings that the visitor may see: comments by the bucket, places by the integration."""
    held = visitor.permissions_of(finding.row["owner"] for finding in found)
    names = {(row["owner"], row["name"]) for row in comments_address.readable(visitor)}
    shown = []
    for finding in found:
        row = finding.row
        if finding.kind == "origin":
            if may.VIEW_INTEGRATIONS in held[row["owner"]]:
                shown.append(_place(finding))
        elif (row["owner"], row["name"]) in names:
            shown.append(_comment(finding) if finding.kind == "comment" else _erased(finding))
    return shown


def _comment(finding: Finding) -> dict[str, Any]:
    row = finding.row
    return {
        "state": ("idle", "deleted in the mailbox") if row["deleted_at"] else ("good", "here"),
        "title": f"Comment in bucket {row['owner']}/{row['name']}",
        "path": path_of(row, row["id"]),
        "sentence": finding.sentence,
        "notes": [meaning for _, meaning in comment_parts.problems(row["problems"])],
    }


def _place(finding: Finding) -> dict[str, Any]:
    row = finding.row
    colour = {"loaded": "good", "pending": "busy", "quarantined": "bad", "skipped": "idle"}[row["state"]]
    notes = [_SKIPPED.get(row["reason"], "") if row["state"] == "skipped" else _STATES[row["state"]]]
    if row["gone_at"]:
        notes.append("It has since been moved or deleted there. A move within the mailbox shows as a place of its own.")
    return {
        "state": (colour, row["state"]),
        "title": f"{row['address']}: {folder_text(row['path'])}",
        "path": "",
        "sentence": finding.sentence,
        "notes": [note for note in notes if note],
    }


def _erased(finding: Finding) -> dict[str, Any]:
    row = finding.row
    title = f"Erased from bucket {row['owner']}/{row['name']}"
    return {"state": ("idle", "erased"), "title": title, "path": "", "sentence": finding.sentence, "notes": []}
