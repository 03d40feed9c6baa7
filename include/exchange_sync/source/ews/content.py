"""MIME of items, and the parts of large ones, from their elements."""

from __future__ import annotations

import binascii

from lxml import etree

from exchange_sync.model.email import ItemMime, SourceAttachment
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.batches import Unread
from exchange_sync.source.ews.names import children, element, flag, number, t, text_of

NO_MIME = "NoMimeContent"
BROKEN_MIME = "BrokenMimeContent"
RFC822 = "message/rfc822"


def mime_shape() -> etree._Element:
    """The response shape for read_mime."""
    return queries.shape("ItemShape", (), extra=[element(t("IncludeMimeContent"), text="true")])


def read_mime(item_id: str, node: etree._Element) -> ItemMime:
    """The MIME of an item. Raises Unread: the item has none, or it is no base64."""
    text = text_of(node, t("MimeContent"))
    if not text:
        raise Unread(NO_MIME)
    try:
        packed = text.encode("ascii").translate(None, b" \t\r\n")
        return ItemMime(item_id, binascii.a2b_base64(packed, strict_mode=True))
    except (binascii.Error, UnicodeEncodeError):
        raise Unread(BROKEN_MIME) from None


def read_attachments(node: etree._Element) -> tuple[SourceAttachment, ...]:
    """The attachments of an item, in order; one without an id cannot be fetched and is left out."""
    found = (_attachment(one) for one in children(node.find(t("Attachments"))))
    return tuple(one for one in found if one is not None)


def _attachment(node: etree._Element) -> SourceAttachment | None:
    ident = node.find(t("AttachmentId"))
    key = None if ident is None else ident.get("Id")
    if not key:
        return None
    is_item = node.tag == t("ItemAttachment")
    return SourceAttachment(
        key=key,
        name=text_of(node, t("Name")) or "",
        content_type=RFC822 if is_item else text_of(node, t("ContentType")) or "application/octet-stream",
        size=number(text_of(node, t("Size"))),
        inline=flag(text_of(node, t("IsInline"))),
        content_id=text_of(node, t("ContentId")) or None,
    )
