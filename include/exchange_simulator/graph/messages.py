"""Messages as Graph tells them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from exchange_simulator.ews.bodies import body
from exchange_simulator.ews.xml import when
from exchange_simulator.graph import ids
from exchange_simulator.graph.errors import bad_query
from exchange_simulator.graph.filters import Value
from exchange_simulator.graph.query import Query
from exchange_simulator.graph.values import of_item, recipient, told
from exchange_simulator.store import Item, Mailbox, MailboxStore
from exchange_simulator.store import mime as mimes
from exchange_simulator.store.ids import change_key, conversation_key

CLASSES = ("ipm.note", "ipm.schedule.meeting", "report.", "ipm.post", "ipm.sharing")
IS_MESSAGE = "(" + " OR ".join(f"item_class LIKE '{begin}%'" for begin in CLASSES) + ")"
"""Which items /messages lists, as SQL; a folder's totalItemCount counts all."""

_TYPES = {
    "IPM.Schedule.Meeting.Request": "#microsoft.graph.eventMessageRequest",
    "IPM.Schedule.Meeting.Resp": "#microsoft.graph.eventMessageResponse",
    "IPM.Schedule.Meeting": "#microsoft.graph.eventMessage",
    "IPM.Sharing": "#microsoft.graph.calendarSharingMessage",
}
_PREVIEW = 255


class MessageView:
    """One message as one request sees it. Its MIME is read only where a property needs it."""

    def __init__(self, store: MailboxStore, mailbox: Mailbox, item: Item, query: Query) -> None:
        self.store, self.mailbox, self.item, self.query = store, mailbox, item, query

    @property
    def id(self) -> str:
        """Its id, of the kind that the request prefers."""
        return ids.of_item(self.mailbox, self.item, self.query.id_kind)

    @property
    def etag(self) -> str:
        """What changes with every change of it."""
        return f'W/"{self._change_key}"'

    @cached_property
    def mime(self) -> bytes:
        """The MIME as this mailbox tells it."""
        return mimes.regenerate(self.store.items.mime(self.item), self.mailbox, self.item)

    @cached_property
    def message(self) -> Any:
        """The whole MIME tree."""
        return mimes.parse_whole(self.mime)

    @property
    def type(self) -> str | None:
        """Its derived type, where it has one."""
        return next((name for begin, name in _TYPES.items() if self.item.item_class.startswith(begin)), None)

    def json(self) -> dict[str, Any]:
        """The selected properties, or the usual ones. Raises GraphError 400 for a property that messages lack."""
        names = self.query.select or _USUAL
        unknown = [name for name in names if name not in _TELL and name != "id"]
        if unknown:
            raise bad_query(f"Could not find a property named '{unknown[0]}' on type 'microsoft.graph.message'.")
        made: dict[str, Any] = {"@odata.type": self.type} if self.type else {}
        made |= {"@odata.etag": self.etag, "id": self.id}
        made |= {name: _TELL[name](self) for name in names if name in _TELL}
        found = told(self.query.extended, of_item(self.mailbox, self.item))
        return made | ({"singleValueExtendedProperties": found} if found else {})

    def value(self, path: str) -> Value:
        """What a filter compares."""
        item = self.item
        if path.startswith("extended:"):
            kind, _, tag = path.removeprefix("extended:").partition(" 0x")
            return of_item(self.mailbox, item).get((int(tag, 16), kind.lower()))
        values: dict[str, Value] = {
            "receivedDateTime": item.received, "sentDateTime": item.sent, "createdDateTime": item.created,
            "lastModifiedDateTime": item.modified, "isRead": item.is_read, "isDraft": item.is_draft,
            "hasAttachments": item.has_attachments, "subject": item.subject, "importance": item.importance.lower(),
            "internetMessageId": item.message_id, "from/emailAddress/address": item.from_address,
            "sender/emailAddress/address": item.sender_address, "conversationId": self._conversation, "id": self.id,
        }  # fmt: skip
        if path not in values:
            raise bad_query(f"The property '{path}' cannot be filtered.")
        return values[path]

    @property
    def _change_key(self) -> str:
        return change_key(self.item.key, max(self.item.created_seq, self.item.changed_seq, self.item.read_seq))

    @property
    def _conversation(self) -> str:
        return ids.rest(conversation_key(self.mailbox.guid, self.item.subject))

    def _people(self, header: str) -> list[dict[str, Any]]:
        return [recipient(name, address) for name, address in mimes.addresses(self.message, header)]

    def _person(self, name: str, address: str) -> dict[str, Any] | None:
        return recipient(name, address) if address else None

    def _body(self) -> dict[str, str]:
        kind, content = body(self.message, "Text" if self.query.body_type == "text" else "HTML")
        return {"contentType": kind.lower(), "content": content}

    def _headers(self) -> list[dict[str, str]] | None:
        if self.item.is_draft:
            return None
        return [{"name": name, "value": mimes.raw_header_value(value)} for name, value in self.message.raw_items()]


def _always(value: Any) -> Callable[[MessageView], Any]:
    return lambda _: value


_TELL: dict[str, Callable[[MessageView], Any]] = {
    "createdDateTime": lambda v: when(v.item.created),
    "lastModifiedDateTime": lambda v: when(v.item.modified),
    "changeKey": lambda v: v._change_key,
    "categories": lambda v: list(v.item.categories),
    "receivedDateTime": lambda v: when(v.item.received),
    "sentDateTime": lambda v: when(v.item.sent),
    "hasAttachments": lambda v: v.item.has_attachments,
    "internetMessageId": lambda v: v.item.message_id,
    "subject": lambda v: v.item.subject,
    "bodyPreview": lambda v: " ".join(body(v.message, "Text")[1].split())[:_PREVIEW],
    "importance": lambda v: v.item.importance.lower(),
    "parentFolderId": lambda v: ids.rest(v.store.folders.by_row(v.item.folder).key),
    "conversationId": lambda v: v._conversation,
    "isDeliveryReceiptRequested": _always(False),
    "isReadReceiptRequested": _always(False),
    "isRead": lambda v: v.item.is_read,
    "isDraft": lambda v: v.item.is_draft,
    "inferenceClassification": _always("focused"),
    "body": lambda v: v._body(),
    "sender": lambda v: v._person(v.item.sender_name, v.item.sender_address),
    "from": lambda v: v._person(v.item.from_name, v.item.from_address),
    "toRecipients": lambda v: v._people("To"),
    "ccRecipients": lambda v: v._people("Cc"),
    "bccRecipients": lambda v: v._people("Bcc"),
    "replyTo": lambda v: v._people("Reply-To"),
    "flag": _always({"flagStatus": "notFlagged"}),
    "internetMessageHeaders": lambda v: v._headers(),
}
_USUAL = tuple(name for name in _TELL if name != "internetMessageHeaders")
