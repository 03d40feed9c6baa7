"""An item as an element: its kind by its class, its properties in the schema's order, which clients insist on."""

from __future__ import annotations

from exchange_simulator.ews import extended
from exchange_simulator.ews.item_fields import FIELDS, View
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.shapes import Shape
from exchange_simulator.ews.xml import Element, t
from exchange_simulator.store import Folder, Item, Mailbox

_ITEM = (
    "MimeContent", "ItemId", "ParentFolderId", "ItemClass", "Subject", "Sensitivity", "Body", "Attachments",
    "DateTimeReceived", "Size", "Categories", "Importance", "InReplyTo", "IsSubmitted", "IsDraft", "IsFromMe",
    "IsResend", "IsUnmodified", "InternetMessageHeaders", "DateTimeSent", "DateTimeCreated", "DisplayCc", "DisplayTo",
    "HasAttachments", "ExtendedProperty", "Culture", "EffectiveRights", "LastModifiedName", "LastModifiedTime",
    "IsAssociated", "ConversationId", "UniqueBody", "TextBody",
)  # fmt: skip
_MESSAGE = (
    *_ITEM, "Sender", "ToRecipients", "CcRecipients", "BccRecipients", "IsReadReceiptRequested",
    "IsDeliveryReceiptRequested", "ConversationTopic", "From", "InternetMessageId", "IsRead", "IsResponseRequested",
    "References", "ReplyTo", "ReceivedBy", "ReceivedRepresenting",
)  # fmt: skip
_POST = (*_ITEM, "ConversationTopic", "From", "InternetMessageId", "IsRead", "PostedTime", "References", "Sender")

_KINDS = (
    ("IPM.Schedule.Meeting.Request", "MeetingRequest", _MESSAGE),
    ("IPM.Schedule.Meeting.Resp", "MeetingResponse", _MESSAGE),
    ("IPM.Schedule.Meeting.Canceled", "MeetingCancellation", _MESSAGE),
    ("IPM.Schedule.Meeting", "MeetingMessage", _MESSAGE),
    ("IPM.Note", "Message", _MESSAGE),
    ("REPORT.", "Message", _MESSAGE),
    ("IPM.Post", "PostItem", _POST),
    ("IPM.Appointment", "CalendarItem", _ITEM),
    ("IPM.Contact", "Contact", _ITEM),
    ("IPM.DistList", "DistributionList", _ITEM),
    ("IPM.Task", "Task", _ITEM),
)

_SINCE = {
    "ConversationId": "Exchange2010", "UniqueBody": "Exchange2010", "IsAssociated": "Exchange2010",
    "TextBody": "Exchange2013",
}  # fmt: skip
_DEFAULT = frozenset((
    "ItemId", "ParentFolderId", "ItemClass", "Subject", "Sensitivity", "DateTimeReceived", "Size", "DateTimeSent",
    "DateTimeCreated", "HasAttachments", "From", "IsRead", "Importance",
))  # fmt: skip
_ONLY_GET_ITEM = frozenset((
    "MimeContent", "Body", "UniqueBody", "TextBody", "Attachments", "ToRecipients", "CcRecipients", "BccRecipients",
    "InternetMessageHeaders", "ReplyTo",
))  # fmt: skip
"""What listings (FindItem, SyncFolderItems) do not tell, whatever is asked."""
_NOT_ALL = frozenset(("MimeContent", "UniqueBody"))
"""What even AllProperties tells only when it is named."""


def kind_of(item_class: str) -> tuple[str, tuple[str, ...]]:
    """The element and its properties, in order, of a MAPI class."""
    for prefix, element, order in _KINDS:
        if item_class.startswith(prefix):
            return element, order
    return "Item", _ITEM


def item_element(
    session: Session, shape: Shape, item: Item, mailbox: Mailbox, folder: Folder, *, listing: bool
) -> Element:
    """An item as the shape wants it. listing: True leaves out what only GetItem tells."""
    view = View(session, shape, item, mailbox, folder)
    name, order = kind_of(item.item_class)
    default = _DEFAULT if listing else _DEFAULT | {"Body", "Attachments", "ToRecipients", "CcRecipients", "Sender"}
    wanted = shape.wants(default)
    element = t(name)
    for field in order:
        if field == "ExtendedProperty":
            element.extend(extended.of_item(view))
        elif _told(field, wanted, shape, session, listing=listing):
            told = FIELDS[field](view)
            if told is not None:
                element.append(told)
    return element


def _told(field: str, wanted: frozenset[str] | None, shape: Shape, session: Session, *, listing: bool) -> bool:
    if listing and field in _ONLY_GET_ITEM:
        return False
    if field in _SINCE and not session.since(_SINCE[field]):
        return False
    if field == "ItemId":
        return True
    if field == "MimeContent":
        return shape.mime
    if field == "InternetMessageHeaders" and shape.headers:
        return True
    return field in shape.fields or (field not in _NOT_ALL if wanted is None else field in wanted)
