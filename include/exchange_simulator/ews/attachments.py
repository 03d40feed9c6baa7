"""Attachments as EWS tells them: files and attached mails."""

from __future__ import annotations

import base64
from email.message import Message

from exchange_simulator.ews.bodies import data, embedded, filename
from exchange_simulator.ews.xml import Element, boolean, t, when
from exchange_simulator.store import ItemId
from exchange_simulator.store.ids import attachment_key
from exchange_simulator.store.mime import attachment_parts


def listing(message: Message, item: ItemId, place: tuple[int, ...], modified: int, *, modern: bool) -> Element | None:
    """The t:Attachments of a message, without content, or None when it has none.

    place: where the message itself sits, () for the item's own. modern: whether the request knows sizes (2010 on).
    """
    found = [
        describe(part, attachment_key(item, (*place, number)), modified, inline=inline, modern=modern)
        for number, (part, inline) in enumerate(attachment_parts(message))
        if len(place) < 6
    ]
    return t("Attachments", *found) if found else None


def describe(
    part: Message, key: str, modified: int, *, inline: bool, modern: bool, content: Element | None = None
) -> Element:
    """One attachment. content: its bytes or its mail, where they were asked for."""
    inner = embedded(part)
    kind = part.get_content_type()
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    location = str(part.get("Content-Location", "")).strip()
    size = len(data(part)) if modern else 0
    return t(
        "FileAttachment" if inner is None else "ItemAttachment",
        t("AttachmentId", Id=key),
        t("Name", filename(part)),
        t("ContentType", kind) if inner is None else None,
        t("ContentId", content_id) if content_id else None,
        t("ContentLocation", location) if location else None,
        t("Size", str(size)) if modern else None,
        t("LastModifiedTime", when(modified)) if modern else None,
        t("IsInline", boolean(inline)) if modern else None,
        t("IsContactPhoto", "false") if inner is None and modern else None,
        content,
    )


def file_content(part: Message) -> Element:
    """The bytes of a file."""
    return t("Content", base64.b64encode(data(part)).decode("ascii"))
