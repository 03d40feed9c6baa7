"""One page of SyncFolderItems (reference 3.1: where exchangelib loses mail, and what is demanded of an answer).

The sync state stands before the changes in the document, so an answer is taken whole or not at all: state, end mark
and changes must all be there. A change that names no item is asked for once more; then it is listed under a name of
ours, by which nothing can be read, so that it is told as bad mail and holds up nothing (decision 81).
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace

from lxml import etree

from exchange_sync.errors import BadInput, StateExpired
from exchange_sync.model.email import ChangePage, ListedItem
from exchange_sync.source.api import PAGE_LIMIT
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.answers import Message
from exchange_sync.source.ews.batches import UNNAMED
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.names import children, flag, m, moment, number, t, text_of
from exchange_sync.source.ews.transport import FaultAnswer, Transport, garbled, whole
from exchange_sync.source.ews.xml import Garbled

log = logging.getLogger("exchange_sync.extract")

Unnamed = list[tuple[str, ListedItem]]
"""Changes that name no item: their kind, and what else they tell."""


def changes(transport: Transport, mailbox: str, key: str, state: str | None, limit: int) -> ChangePage:
    """One page, one request; two where a change names no item. Raises as the port says."""
    if limit < 1:
        raise BadInput(f"limit {limit}: a page holds at least one change")
    page, unnamed = _ask(transport, mailbox, key, state, limit)
    if unnamed:  # an id may have been lost on the way
        page, unnamed = _ask(transport, mailbox, key, state, limit)
    if not unnamed:
        return page
    log.warning("%s: the server lists %d items without an id; nothing can read them", mailbox, len(unnamed))
    if any(kind == "Delete" for kind, _ in unnamed):  # which one it was, only a listing from the start tells
        raise StateExpired(f"{mailbox}: a deletion without an id")
    return replace(page, present=(*page.present, *(item for _, item in unnamed)))


def _ask(transport: Transport, mailbox: str, key: str, state: str | None, limit: int) -> tuple[ChangePage, Unnamed]:
    try:
        messages = transport.ask(mailbox, queries.sync_items(key, state, min(limit, PAGE_LIMIT)))
    except (FaultAnswer, Garbled) as error:
        raise whole(error, Where.FOLDER, mailbox) from None
    if len(messages) != 1:
        raise garbled(mailbox)
    return read_page(messages[0], mailbox, key, state)


def read_page(message: Message, mailbox: str, key: str, before: str | None) -> tuple[ChangePage, Unnamed]:
    """The page in a response message, and its changes that name no item. before: the state that was sent."""
    if not message.ok:
        raise coded(message.code, Where.FOLDER, mailbox, message.back_off)
    state = text_of(message.node, m("SyncState"))
    last = text_of(message.node, m("IncludesLastItemInRange"))
    listed = message.child(m("Changes"))
    if not state or last is None or listed is None:
        raise garbled(mailbox)
    present: dict[str, ListedItem] = {}
    gone: dict[str, None] = {}
    unnamed: Unnamed = []
    for change in children(listed):
        if not _take(change, present, gone):
            told = next(iter(children(change)), change)
            unnamed.append((etree.QName(change).localname, _item(_name_of_ours(key, before, len(unnamed)), told)))
    stuck = state == before and not flag(last)
    if stuck and (present or gone or unnamed):
        raise garbled(mailbox)  # the same page would come for ever
    return ChangePage(state, flag(last) or stuck, tuple(present.values()), tuple(gone)), unnamed


def _take(change: etree._Element, present: dict[str, ListedItem], gone: dict[str, None]) -> bool:
    """Adds one change; False when it names no item. The last word on an item counts, should a page speak twice."""
    kind = etree.QName(change).localname
    if kind == "ReadFlagChange":
        return True  # whether a mail was read is not part of a comment
    if kind == "Delete":
        key = _id(change)
        if key is not None:
            present.pop(key, None)
            gone[key] = None
        return key is not None
    # Create, Update, and whatever a newer server may add: the item is there, of whatever type it may be
    node = next((child for child in children(change) if _id(child) is not None), None)
    key = None if node is None else _id(node)
    if node is None or key is None:
        return False
    gone.pop(key, None)
    present[key] = _item(key, node)
    return True


def _item(key: str, node: etree._Element) -> ListedItem:
    return ListedItem(key, moment(text_of(node, t("DateTimeReceived"))), number(text_of(node, t("Size"))))


def _name_of_ours(folder_key: str, before: str | None, place: int) -> str:
    """The same at each reading of the same page."""
    return UNNAMED + hashlib.sha256(repr((folder_key, before, place)).encode()).hexdigest()


def _id(node: etree._Element) -> str | None:
    found = node.find(t("ItemId"))
    return None if found is None else found.get("Id") or None
