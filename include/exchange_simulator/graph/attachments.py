"""Attachments as Graph tells them: files and attached mails."""

from __future__ import annotations

import base64
from email.message import Message
from typing import Any

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.bodies import data, embedded, filename
from exchange_simulator.ews.xml import when
from exchange_simulator.graph.errors import not_found
from exchange_simulator.graph.ids import ews, rest
from exchange_simulator.graph.messages import MessageView
from exchange_simulator.store.ids import attachment_key, split_attachment_key
from exchange_simulator.store.mime import attachment_parts

_FILE = "microsoft.graph.fileAttachment"


def listing(view: MessageView) -> list[dict[str, Any]]:
    """All of a message's; without ``$select`` with the content of every file, as Graph does."""
    return [
        describe(view, part, place, inline=inline)
        for place, (part, inline) in enumerate(attachment_parts(view.message))
    ]


def find(view: MessageView, key: str) -> tuple[Message, int, bool]:
    """The part that an attachment's id names, its place, and whether it is inline. Raises GraphError 404."""
    parts = attachment_parts(view.message)
    try:
        item, path = split_attachment_key(ews(key))
    except EwsError:
        raise not_found() from None
    if item != view.item.key or len(path) != 1 or path[0] >= len(parts):
        raise not_found()
    return (*parts[path[0]][:1], path[0], parts[path[0]][1])


def describe(view: MessageView, part: Message, place: int, *, inline: bool) -> dict[str, Any]:
    """One attachment."""
    inner = embedded(part)
    kind = "itemAttachment" if inner is not None else "fileAttachment"
    content_id = str(part.get("Content-ID", "")).strip().strip("<>") or None
    values: dict[str, Any] = {
        "lastModifiedDateTime": when(view.item.modified),
        "name": filename(part),
        "contentType": None if inner is not None else part.get_content_type(),
        "size": len(data(part)),
        "isInline": inline,
    }
    if inner is None:
        values |= {
            "contentId": content_id,
            "contentLocation": str(part.get("Content-Location", "")).strip() or None,
            "contentBytes": base64.b64encode(data(part)).decode("ascii"),
        }
    wanted = {name.removeprefix(f"{_FILE}/") for name in view.query.select}
    shown = {name: value for name, value in values.items() if not wanted or name in wanted}
    made = {"@odata.type": f"#microsoft.graph.{kind}", "id": rest(attachment_key(view.item.key, (place,)))}
    return made | shown


def content(part: Message) -> tuple[str, bytes]:
    """The media type and the bytes of ``$value``: a file's own, or an attached mail's MIME."""
    kind = "message/rfc822" if embedded(part) is not None else part.get_content_type()
    return kind, data(part)
