"""Every property of an item that this server tells, each by its schema name."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from functools import cached_property

from exchange_simulator.ews import people
from exchange_simulator.ews.attachments import listing
from exchange_simulator.ews.bodies import body
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.shapes import Shape
from exchange_simulator.ews.xml import Element, boolean, t, when
from exchange_simulator.store import Folder, Item, Mailbox
from exchange_simulator.store import mime as mimes
from exchange_simulator.store.ids import change_key, conversation_key, topic


@dataclass
class View:
    """An item as one request sees it. Its MIME is parsed once, and only when a property needs it."""

    session: Session
    shape: Shape
    item: Item
    mailbox: Mailbox
    folder: Folder

    @cached_property
    def mime(self) -> bytes:
        """The MIME as this mailbox tells it."""
        return mimes.regenerate(self.session.store.items.mime(self.item), self.mailbox, self.item)

    @cached_property
    def message(self) -> Message:
        """The whole MIME tree."""
        return mimes.parse_whole(self.mime)

    @cached_property
    def head(self) -> Message:
        """The headers alone."""
        return mimes.parse_headers(self.mime)

    @property
    def change_key(self) -> str:
        """The item's ChangeKey."""
        return change_key(self.item.key, max(self.item.created_seq, self.item.changed_seq, self.item.read_seq))

    @property
    def topic(self) -> str:
        """The subject without its prefixes."""
        return topic(self.item.subject)


def item_id(view: View) -> Element:
    """The t:ItemId."""
    return t("ItemId", Id=view.item.key, ChangeKey=view.change_key)


def _parent(view: View) -> Element:
    return t("ParentFolderId", Id=view.folder.key, ChangeKey=change_key(view.folder.key, view.folder.changed_seq))


def _mime(view: View) -> Element:
    return t("MimeContent", base64.b64encode(view.mime).decode("ascii"), CharacterSet="UTF-8")


def _body(name: str, wanted: str | None = None) -> Callable[[View], Element]:
    def tell(view: View) -> Element:
        kind, content = body(view.message, wanted or view.shape.body)
        return t(name, content, BodyType=kind)

    return tell


def _headers(view: View) -> Element | None:
    names = {name.lower() for name in view.shape.headers}
    every = view.shape.base == "AllProperties" or "InternetMessageHeaders" in view.shape.fields
    found = [
        t("InternetMessageHeader", mimes.raw_header_value(value), HeaderName=name)
        for name, value in view.head.raw_items()
        if (every or name.lower() in names) and name.isprintable()
    ]
    return t("InternetMessageHeaders", *found) if found else None


def _conversation(view: View) -> Element:
    return t("ConversationId", Id=conversation_key(view.mailbox.guid, view.item.subject))


def _sent_by(name: str, *, sender: bool) -> Callable[[View], Element | None]:
    def tell(view: View) -> Element | None:
        item = view.item
        who = (item.sender_name, item.sender_address) if sender else (item.from_name, item.from_address)
        return people.single(view.session.store, name, *who, item.routing)

    return tell


def _recipients(name: str, header: str) -> Callable[[View], Element | None]:
    return lambda view: people.several(view.session.store, name, mimes.addresses(view.head, header))


def _received_by(name: str) -> Callable[[View], Element | None]:
    def tell(view: View) -> Element | None:
        if view.item.is_draft:
            return None
        return people.single(view.session.store, name, view.mailbox.display_name, view.mailbox.address, "EX")

    return tell


def _rights(_: View) -> Element:
    return rights()


def rights() -> Element:
    """The effective rights of a reader: nothing here may be changed through EWS."""
    names = ("CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify")
    return t("EffectiveRights", *[t(name, "false") for name in names], t("Read", "true"))


def _text(name: str, get: Callable[[View], str | None]) -> Callable[[View], Element | None]:
    def tell(view: View) -> Element | None:
        value = get(view)
        return None if value is None or value == "" else t(name, value)

    return tell


def _never(name: str) -> Callable[[View], Element | None]:
    return lambda _: t(name, "false")


def _attachments(view: View) -> Element | None:
    return listing(view.message, view.item.key, (), view.item.modified, modern=view.session.since("Exchange2010"))


def _categories(view: View) -> Element | None:
    return t("Categories", *[t("String", c) for c in view.item.categories]) if view.item.categories else None


def _posted(view: View) -> Element:
    return t("PostedTime", when(view.item.sent))


FIELDS: dict[str, Callable[[View], Element | None]] = {
    "MimeContent": _mime,
    "ItemId": item_id,
    "ParentFolderId": _parent,
    "ItemClass": _text("ItemClass", lambda v: v.item.item_class),
    "Subject": _text("Subject", lambda v: v.item.subject),
    "Sensitivity": _text("Sensitivity", lambda v: v.item.sensitivity),
    "Body": _body("Body"),
    "Attachments": _attachments,
    "DateTimeReceived": _text("DateTimeReceived", lambda v: when(v.item.received)),
    "Size": _text("Size", lambda v: str(v.item.size)),
    "Categories": _categories,
    "Importance": _text("Importance", lambda v: v.item.importance),
    "InReplyTo": _text("InReplyTo", lambda v: v.item.in_reply_to),
    "IsSubmitted": _never("IsSubmitted"),
    "IsDraft": _text("IsDraft", lambda v: boolean(v.item.is_draft)),
    "IsFromMe": _text("IsFromMe", lambda v: boolean(v.item.from_address.casefold() == v.mailbox.address.casefold())),
    "IsResend": _never("IsResend"),
    "IsUnmodified": _text("IsUnmodified", lambda v: boolean(v.item.changed_seq == 0 and not v.item.is_draft)),
    "InternetMessageHeaders": _headers,
    "DateTimeSent": _text("DateTimeSent", lambda v: when(v.item.sent)),
    "DateTimeCreated": _text("DateTimeCreated", lambda v: when(v.item.created)),
    "DisplayCc": lambda v: t("DisplayCc", v.item.display_cc),
    "DisplayTo": lambda v: t("DisplayTo", v.item.display_to),
    "HasAttachments": _text("HasAttachments", lambda v: boolean(v.item.has_attachments)),
    "Culture": _text("Culture", lambda v: {"de": "de-DE", "fr": "fr-FR"}.get(v.mailbox.language, "en-US")),
    "EffectiveRights": _rights,
    "LastModifiedName": _text("LastModifiedName", lambda v: v.mailbox.display_name),
    "LastModifiedTime": _text("LastModifiedTime", lambda v: when(v.item.modified)),
    "IsAssociated": _never("IsAssociated"),
    "ConversationId": _conversation,
    "UniqueBody": _body("UniqueBody"),
    "TextBody": _body("TextBody", "Text"),
    "Sender": _sent_by("Sender", sender=True),
    "ToRecipients": _recipients("ToRecipients", "To"),
    "CcRecipients": _recipients("CcRecipients", "Cc"),
    "BccRecipients": _recipients("BccRecipients", "Bcc"),
    "IsReadReceiptRequested": _never("IsReadReceiptRequested"),
    "IsDeliveryReceiptRequested": _never("IsDeliveryReceiptRequested"),
    "ConversationTopic": _text("ConversationTopic", lambda v: v.topic),
    "From": _sent_by("From", sender=False),
    "InternetMessageId": _text("InternetMessageId", lambda v: v.item.message_id),
    "IsRead": _text("IsRead", lambda v: boolean(v.item.is_read)),
    "IsResponseRequested": _never("IsResponseRequested"),
    "PostedTime": _posted,
    "References": _text("References", lambda v: mimes.text(v.head, "References")),
    "ReplyTo": _recipients("ReplyTo", "Reply-To"),
    "ReceivedBy": _received_by("ReceivedBy"),
    "ReceivedRepresenting": _received_by("ReceivedRepresenting"),
}
