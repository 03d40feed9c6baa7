"""GetAttachment."""

from __future__ import annotations

import base64
from email.message import Message

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.attachments import describe, file_content, listing
from exchange_simulator.ews.bodies import body, embedded
from exchange_simulator.ews.operations.folders import each
from exchange_simulator.ews.people import several, single
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.shapes import Shape, parse
from exchange_simulator.ews.soap import Answer
from exchange_simulator.ews.xml import Element, attribute, boolean, children, find, m, need, t, when
from exchange_simulator.store import Item, ItemId, mime
from exchange_simulator.store.ids import split_attachment_key


def get_attachment(session: Session, request: Element) -> list[Answer]:
    """Attachments with their content: a file's bytes, or an attached mail with its properties and, if asked, MIME."""
    shape = parse(find(request, "AttachmentShape"))

    def one(element: Element) -> Answer:
        key = attribute(element, "Id")
        item_key, place = split_attachment_key(key)
        item, part, inline = _locate(session, item_key, place)
        inner = embedded(part)
        content = file_content(part) if inner is None else _mail(session, shape, item, place, inner)
        modern = session.since("Exchange2010")
        return [
            m("Attachments", describe(part, key, item.modified, inline=inline, modern=modern, content=content))
        ]  # fmt: skip

    return each(children(need(request, "AttachmentIds")), one)


def _locate(session: Session, item_key: ItemId, place: tuple[int, ...]) -> tuple[Item, Message, bool]:
    item, _, _ = session.item(item_key)
    message: Message | None = mime.parse_whole(session.store.items.mime(item))
    found: tuple[Message, bool] | None = None
    for number in place:
        parts = mime.attachment_parts(message) if message is not None else []
        if number >= len(parts):
            raise EwsError("ErrorInvalidAttachmentId", "The attachment id is invalid.")
        found = parts[number]
        message = embedded(found[0])
    if found is None:
        raise EwsError("ErrorInvalidAttachmentId", "The attachment id is invalid.")
    return item, *found


def _mail(session: Session, shape: Shape, item: Item, place: tuple[int, ...], message: Message) -> Element:
    raw = message.as_bytes()
    found = mime.properties(raw)
    kind, text = body(message, shape.body)
    modern = session.since("Exchange2010")
    return t(
        "Message",
        t("MimeContent", base64.b64encode(raw).decode("ascii"), CharacterSet="UTF-8") if shape.mime else None,
        t("ItemClass", "IPM.Note"),
        t("Subject", found.subject),
        t("Sensitivity", "Normal"),
        t("Body", text, BodyType=kind),
        listing(message, item.key, place, item.modified, modern=modern),
        t("Size", str(len(raw))),
        t("DateTimeSent", when(found.sent)) if found.sent is not None else None,
        t("HasAttachments", boolean(found.has_attachments)),
        several(session.store, "ToRecipients", mime.addresses(message, "To")),
        several(session.store, "CcRecipients", mime.addresses(message, "Cc")),
        single(session.store, "From", found.from_name, found.from_address, "SMTP"),
        t("InternetMessageId", found.message_id) if found.message_id else None,
    )
