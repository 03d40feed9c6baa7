"""Control of mail: deliver, draft, send, move, copy, delete, edit, mark read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter

from exchange_simulator.control.models import Delivery, Edit, ReadMark, Removal, Sending, Target
from exchange_simulator.errors import UsageError
from exchange_simulator.store import Item, ItemId, MailboxStore, mime


def router(store: MailboxStore) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post("/deliver")
    def deliver(body: Delivery) -> dict[str, Any]:
        received = body.received or datetime.now(UTC)
        with store.transaction():
            items = [
                store.deliver(
                    address, body.folder, body.mime, received=received, draft=body.draft, item_class=body.item_class,
                    sender_routing=body.sender_routing, read=body.read, categories=body.categories,
                    importance=body.importance,
                )
                for address in body.mailboxes
            ]  # fmt: skip
        return {"items": dict(zip(body.mailboxes, items, strict=True))}

    @routes.post("/items/send")
    def send(body: Sending) -> dict[str, Any]:
        with store.transaction():
            return send_draft(
                store, store.items.need(body.item_id), body.sent or datetime.now(UTC), deliver=body.deliver
            )

    @routes.post("/items/move")
    def move(body: Target) -> dict[str, Any]:
        return {"item_id": _place(store, body, copy=False)}

    @routes.post("/items/copy")
    def copy(body: Target) -> dict[str, Any]:
        return {"item_id": _place(store, body, copy=True)}

    @routes.post("/items/delete")
    def delete(body: Removal) -> dict[str, Any]:
        with store.transaction():
            item = store.items.need(body.item_id)
            if body.soft:
                mailbox = store.mailboxes.by_row(item.mailbox)
                return {"item_id": store.items.move(item, store.folders.get(mailbox, "deleteditems"))}
            store.items.remove(item)
        return {"item_id": None}

    @routes.post("/items/edit")
    def edit(body: Edit) -> dict[str, Any]:
        with store.transaction():
            store.items.edit(
                store.items.need(body.item_id), subject=body.subject, mime=body.mime, categories=body.categories,
                received=body.received,
            )  # fmt: skip
        return {"item_id": body.item_id}

    @routes.post("/items/read")
    def read(body: ReadMark) -> dict[str, Any]:
        with store.transaction():
            store.items.mark_read(store.items.need(body.item_id), read=body.read)
        return {"item_id": body.item_id}

    return routes


def _place(store: MailboxStore, body: Target, *, copy: bool) -> ItemId:
    with store.transaction():
        item = store.items.need(body.item_id)
        mailbox = store.mailboxes.get(body.mailbox) if body.mailbox else store.mailboxes.by_row(item.mailbox)
        folder = store.folders.get(mailbox, body.folder)
        return store.items.copy(item, folder) if copy else store.items.move(item, folder)


def send_draft(store: MailboxStore, draft: Item, sent: datetime, *, deliver: bool) -> dict[str, Any]:
    """Send a draft: it leaves Drafts, a new item stands in Sent Items, and local recipients receive theirs."""
    if not draft.is_draft:
        raise UsageError("this item is no draft; only drafts can be sent")
    mailbox = store.mailboxes.by_row(draft.mailbox)
    raw = store.items.mime(draft)
    sent_item = store.deliver(mailbox.address, "sentitems", raw, received=sent, read=True, born=draft.born)
    store.items.remove(draft)
    delivered: dict[str, str] = {}
    head = mime.parse_headers(raw)
    for _, address in [pair for name in ("To", "Cc", "Bcc") for pair in mime.addresses(head, name)]:
        if deliver and address not in delivered and store.mailboxes.find(address) is not None:
            delivered[address] = store.deliver(address, "inbox", raw, received=sent, sender_routing="EX")
    return {"item_id": sent_item, "delivered": delivered}
