"""What a test may look at: mailboxes, folders, items, the call log, log-in attempts."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any

from fastapi import APIRouter, Query

from exchange_simulator.calllog import CallLog
from exchange_simulator.ews.auth import Gate
from exchange_simulator.ews.xml import when
from exchange_simulator.store import Folder, Item, Mailbox, MailboxStore
from exchange_simulator.store import mime as mimes


def router(store: MailboxStore, calls: CallLog, gate: Gate) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    _log(routes, calls, gate)

    @routes.get("/mailboxes")
    def mailboxes() -> dict[str, Any]:
        return {
            "mailboxes": [
                {"address": m.address, "display_name": m.display_name, "language": m.language, "archive": m.has_archive}
                for m in store.mailboxes.list()
            ]
        }

    @routes.get("/folders")
    def folders(mailbox: str) -> dict[str, Any]:
        with store.transaction():
            owner = store.mailboxes.get(mailbox)
            counts = store.folders.counts(owner)
            return {
                "folders": [
                    _folder(store, folder) | {"total": counts[folder.row].total, "unread": counts[folder.row].unread}
                    for folder in store.folders.all(owner)
                ]
            }

    @routes.get("/items")
    def items(mailbox: str, folder: Annotated[list[str] | None, Query()] = None) -> dict[str, Any]:
        with store.transaction():
            owner = store.mailboxes.get(mailbox)
            chosen = store.folders.all(owner)
            if folder:
                chosen = [store.folders.get(owner, folder[0] if len(folder) == 1 else tuple(folder))]
            return {
                "items": [
                    _item(store, owner, place, item)
                    for place in chosen
                    if place.kind != "search"
                    for item in store.items.of_folder(place)
                ]
            }

    @routes.get("/items/mime")
    def mime(item_id: str) -> dict[str, Any]:
        with store.transaction():
            item = store.items.need(item_id)
            told = mimes.regenerate(store.items.mime(item), store.mailboxes.by_row(item.mailbox), item)
        return {"mime": b64encode(told).decode("ascii")}

    return routes


def _log(routes: APIRouter, calls: CallLog, gate: Gate) -> None:
    @routes.get("/calls")
    def listed(operation: str | None = None, mailbox: str | None = None, since: int = 0) -> dict[str, Any]:
        return {"calls": [c.as_json() for c in calls.calls(operation=operation, mailbox=mailbox, since=since)]}

    @routes.get("/calls/counts")
    def counts() -> dict[str, Any]:
        return calls.counts()

    @routes.delete("/calls")
    def clear() -> dict[str, Any]:
        calls.clear()
        return {}

    @routes.get("/authentication")
    def authentication() -> dict[str, Any]:
        return gate.counts()

    @routes.delete("/authentication")
    def clear_authentication() -> dict[str, Any]:
        gate.clear()
        return {}


def _folder(store: MailboxStore, folder: Folder) -> dict[str, Any]:
    return {
        "folder_id": folder.key, "role": folder.role, "name": folder.name, "path": store.folders.path(folder),
        "folder_class": folder.folder_class, "kind": folder.kind, "archive": folder.archive, "hidden": folder.hidden,
    }  # fmt: skip


def _item(store: MailboxStore, mailbox: Mailbox, folder: Folder, item: Item) -> dict[str, Any]:
    return {
        "mailbox": mailbox.address, "item_id": item.key, "folder_id": folder.key, "folder_role": folder.role,
        "folder_path": store.folders.path(folder), "message_id": item.message_id, "item_class": item.item_class,
        "subject": item.subject, "received": when(item.received), "sent": when(item.sent), "draft": item.is_draft,
        "read": item.is_read, "size": item.size, "has_attachments": item.has_attachments,
        "from_address": item.from_address,
    }  # fmt: skip
