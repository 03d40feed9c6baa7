"""GetItem, SyncFolderItems, FindItem."""

from __future__ import annotations

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.item_xml import item_element
from exchange_simulator.ews.operations.folders import each
from exchange_simulator.ews.paging import Window, paging_attributes
from exchange_simulator.ews.restriction import order_by, where
from exchange_simulator.ews.session import Session
from exchange_simulator.ews.shapes import Shape, parse
from exchange_simulator.ews.soap import Answer
from exchange_simulator.ews.versions import at_least
from exchange_simulator.ews.xml import Element, attribute, boolean, children, find, integer, local, m, need, t
from exchange_simulator.store import Folder, Mailbox
from exchange_simulator.store.changes import Change
from exchange_simulator.store.ids import change_key


def get_item(session: Session, request: Element) -> list[Answer]:
    """Items by id."""
    shape = parse(need(request, "ItemShape"))

    def one(element: Element) -> Answer:
        if local(element) != "ItemId":
            raise EwsError("ErrorInvalidOperation", "This server finds items by ItemId only.")
        item, mailbox, folder = session.item(attribute(element, "Id"))
        return [m("Items", item_element(session, shape, item, mailbox, folder, listing=False))]

    return each(children(need(request, "ItemIds")), one)


def sync_folder_items(session: Session, request: Element) -> list[Answer]:
    """One page of what changed in a folder since a state."""
    shape = parse(need(request, "ItemShape"))
    limit = integer(need(request, "MaxChangesReturned").text)
    state = find(request, "SyncState")
    target = children(need(request, "SyncFolderId"))[0]
    ignore = find(request, "Ignore")
    ignored = {attribute(child, "Id") for child in children(ignore)} if ignore is not None else set()
    try:
        return [_sync(session, shape, target, (state.text or "").strip() if state is not None else "", limit, ignored)]
    except EwsError as error:
        if error.fault:
            raise
        return [error]


def _sync(session: Session, shape: Shape, target: Element, state: str, limit: int, ignored: set[str]) -> Answer:
    folder = session.folder(target, gone="ErrorSyncFolderNotFound")
    if folder.kind == "search":
        raise EwsError("ErrorInvalidFolderTypeForOperation", "Search folders cannot be synchronised.")
    mailbox = session.store.mailboxes.by_row(folder.mailbox)
    newest_first = at_least(session.server.newest, "Exchange2010_SP2")
    page = session.store.changes.items(mailbox, folder, state or None, limit, newest_first=newest_first)
    changes = [change for change in page.changes if change.key not in ignored]
    session.tell([(change.key, change.item.message_id if change.item else None) for change in changes])
    told = [_change(session, shape, mailbox, folder, change) for change in changes]
    return [
        m("SyncState", page.state), m("IncludesLastItemInRange", boolean(page.last)), m("Changes", *told)
    ]  # fmt: skip


def _change(session: Session, shape: Shape, mailbox: Mailbox, folder: Folder, change: Change) -> Element:
    if change.item is None:
        return t("Delete", t("ItemId", Id=change.key, ChangeKey=change_key(change.key, 0)))
    if change.kind == "read":
        key = change_key(change.key, change.item.read_seq)
        return t("ReadFlagChange", t("ItemId", Id=change.key, ChangeKey=key), t("IsRead", boolean(change.item.is_read)))
    return t(change.kind.capitalize(), item_element(session, shape, change.item, mailbox, folder, listing=True))


def find_item(session: Session, request: Element) -> list[Answer]:
    """The items of folders that a restriction lets through, page by page."""
    shape = parse(need(request, "ItemShape"))
    for unsupported in ("FractionalPageItemView", "SeekToConditionPageItemView", "CalendarView", "ContactsView",
                        "GroupBy", "DistinguishedGroupBy", "QueryString"):  # fmt: skip
        if find(request, unsupported) is not None:
            raise EwsError("ErrorUnsupportedQueryFilter", f"This server supports no {unsupported}.", fault=True)
    window = Window.parse(find(request, "IndexedPageItemView"))
    condition, values = where(find(request, "Restriction"))
    order = order_by(find(request, "SortOrder"))
    shallow = attribute(request, "Traversal") == "Shallow"

    def one(element: Element) -> Answer:
        folder = session.folder(element)
        mailbox = session.store.mailboxes.by_row(folder.mailbox)
        if not shallow:  # no associated or soft-deleted items are kept
            return [m("RootFolder", t("Items"), **paging_attributes(0, 0))]
        total = session.store.items.count(folder, condition, values)
        start, end = window.bounds(total)
        items = session.store.items.select(folder, condition, values, order, start, end - start)
        session.tell([(item.key, item.message_id) for item in items])
        told = [
            item_element(session, shape, item, mailbox, session.store.folders.by_row(item.folder), listing=True)
            for item in items
        ]
        return [m("RootFolder", t("Items", *told), **paging_attributes(end, total))]

    return each(children(need(request, "ParentFolderIds")), one)
