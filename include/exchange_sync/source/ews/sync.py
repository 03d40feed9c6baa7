"""One page of SyncFolderItems (reference 3.1: where exchangelib loses mail, and what is demanded of an answer).

The sync state stands before the changes in the document, so an answer is taken whole or not at all: state, end mark
and changes must all be there, and every change must name its item.
"""

from __future__ import annotations

from lxml import etree

from exchange_sync.errors import BadInput
from exchange_sync.model.email import ChangePage, ListedItem
from exchange_sync.source.api import PAGE_LIMIT
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.answers import Message
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.names import children, flag, m, moment, number, t, text_of
from exchange_sync.source.ews.transport import FaultAnswer, Transport, garbled, whole
from exchange_sync.source.ews.xml import Garbled


def changes(transport: Transport, mailbox: str, key: str, state: str | None, limit: int) -> ChangePage:
    """One page, one request. Raises as the port says."""
    if limit < 1:
        raise BadInput(f"limit {limit}: a page holds at least one change")
    asked = queries.sync_items(key, state, min(limit, PAGE_LIMIT))
    try:
        messages = transport.ask(mailbox, asked)
    except (FaultAnswer, Garbled) as error:
        raise whole(error, Where.FOLDER, mailbox) from None
    if len(messages) != 1:
        raise garbled(mailbox)
    return read_page(messages[0], mailbox, state)


def read_page(message: Message, mailbox: str, before: str | None) -> ChangePage:
    """The page in a response message. before: the state that was sent."""
    if not message.ok:
        raise coded(message.code, Where.FOLDER, mailbox, message.back_off)
    state = text_of(message.node, m("SyncState"))
    last = text_of(message.node, m("IncludesLastItemInRange"))
    listed = message.child(m("Changes"))
    if not state or last is None or listed is None:
        raise garbled(mailbox)
    present: dict[str, ListedItem] = {}
    gone: dict[str, None] = {}
    for change in children(listed):
        _take(change, present, gone, mailbox)
    stuck = state == before and not flag(last)
    if stuck and (present or gone):
        raise garbled(mailbox)  # the same page would come for ever
    return ChangePage(state, flag(last) or stuck, tuple(present.values()), tuple(gone))


def _take(change: etree._Element, present: dict[str, ListedItem], gone: dict[str, None], mailbox: str) -> None:
    """Adds one change. The last word on an item counts, should a page speak of it twice."""
    kind = etree.QName(change).localname
    if kind == "ReadFlagChange":
        return  # whether a mail was read is not part of a comment
    if kind == "Delete":
        key = _id(change)
        if key is None:
            raise garbled(mailbox)
        present.pop(key, None)
        gone[key] = None
        return
    # Create, Update, and whatever a newer server may add: the item is there, of whatever type it may be
    node = next((child for child in children(change) if _id(child) is not None), None)
    key = None if node is None else _id(node)
    if node is None or key is None:
        raise garbled(mailbox)
    gone.pop(key, None)
    received = moment(text_of(node, t("DateTimeReceived")))
    present[key] = ListedItem(key, received, number(text_of(node, t("Size"))))


def _id(node: etree._Element) -> str | None:
    found = node.find(t("ItemId"))
    return None if found is None else found.get("Id") or None
