"""The small properties of an item, from its element."""

from __future__ import annotations

from lxml import etree

from exchange_sync.model.email import Address, ItemProperties
from exchange_sync.model.identity import text_mark
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.batches import Unread
from exchange_sync.source.ews.names import flag, moment, number, t, text_of
from exchange_sync.source.ews.queries import FROM_SMTP, SENDER_SMTP
from exchange_sync.source.ews.tree import extended_properties

MESSAGE_ID = "0x1035"  # PidTagInternetMessageId: items that are no messages have it too
NO_CLASS = "NoItemClass"
FIELDS = (
    "item:ItemClass",
    "item:Subject",
    "item:Sensitivity",
    "item:DateTimeReceived",
    "item:Size",
    "item:Categories",
    "item:Importance",
    "item:IsDraft",
    "item:DateTimeSent",
    "item:HasAttachments",
    "item:ConversationId",
    "message:Sender",
    "message:From",
    "message:InternetMessageId",
)
PREVIEW = "0x3FD9"  # PidTagPreview: the first 255 letters of the text, the same in every mailbox
SEARCH_KEY = "0x300B"  # PidTagSearchKey: copies that are made within Exchange keep it, deliveries differ in it
TAGS = (
    (SENDER_SMTP, "String"),
    (FROM_SMTP, "String"),
    (MESSAGE_ID, "String"),
    (PREVIEW, "String"),
    (SEARCH_KEY, "Binary"),
)
_KEY_LENGTH = 64


def properties_shape() -> etree._Element:
    """The response shape for read_properties."""
    return queries.shape("ItemShape", FIELDS, TAGS)


def read_properties(item_id: str, node: etree._Element) -> ItemProperties:
    """The properties of an item of any type. What a type does not have is empty.

    Raises Unread when it has no class: then nobody could say that it is no mail.
    """
    item_class = text_of(node, t("ItemClass"))
    if not item_class:
        raise Unread(NO_CLASS)
    extended = extended_properties(node)
    conversation = node.find(t("ConversationId"))
    categories = node.find(t("Categories"))
    return ItemProperties(
        item_id=item_id,
        item_class=item_class,
        message_id=text_of(node, t("InternetMessageId")) or extended.get(int(MESSAGE_ID, 16)) or None,
        is_draft=flag(text_of(node, t("IsDraft"))),
        size=number(text_of(node, t("Size"))),
        received=moment(text_of(node, t("DateTimeReceived"))),
        sent=moment(text_of(node, t("DateTimeSent"))),
        sender=read_sender(node),
        subject=text_of(node, t("Subject")) or "",
        importance=text_of(node, t("Importance")) or "Normal",
        sensitivity=text_of(node, t("Sensitivity")) or "Normal",
        categories=() if categories is None else tuple(one.text or "" for one in categories.findall(t("String"))),
        has_attachments=flag(text_of(node, t("HasAttachments"))),
        conversation_id=None if conversation is None else conversation.get("Id"),
        text_mark=text_mark(extended.get(int(PREVIEW, 16)) or ""),
        copy_key=(extended.get(int(SEARCH_KEY, 16)) or "")[:_KEY_LENGTH],
    )


def read_sender(node: etree._Element) -> Address:
    """Whom the mail is from. An internal sender may come as EX; the MAPI properties then know the SMTP address."""
    extended = extended_properties(node)
    for name, tag in (("From", FROM_SMTP), ("Sender", SENDER_SMTP)):
        found = node.find(t(name))
        box = None if found is None else found.find(t("Mailbox"))
        if box is None:
            continue
        address = read_address(box)
        if address.routing == "SMTP":
            return address
        smtp = extended.get(int(tag, 16)) or _shared_smtp(node, address, extended)
        return Address(address.name, smtp, "SMTP") if smtp and "@" in smtp else address
    return Address()


def read_address(box: etree._Element) -> Address:
    """One Mailbox element."""
    address = text_of(box, t("EmailAddress")) or ""
    routing = text_of(box, t("RoutingType")) or ("SMTP" if "@" in address or not address else "EX")
    return Address(text_of(box, t("Name")) or "", address, routing.upper())


def _shared_smtp(node: etree._Element, address: Address, extended: dict[int, str]) -> str | None:
    """The sender's SMTP address serves for From when both are the same person."""
    box = node.find(f"{t('Sender')}/{t('Mailbox')}")
    same = box is not None and read_address(box).address.casefold() == address.address.casefold()
    return extended.get(int(SENDER_SMTP, 16)) if same else None
