"""Control of mailboxes, folders, accounts, rights and sync states."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from exchange_simulator.control.models import (
    Credentials,
    Expiry,
    FolderChange,
    Impersonation,
    NewFolder,
    NewMailbox,
    Rights,
)
from exchange_simulator.errors import UsageError
from exchange_simulator.store import Folder, Mailbox, MailboxStore


def router(store: MailboxStore) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    _mailboxes(routes, store)
    _folders(routes, store)
    _accounts(routes, store)
    return routes


def _mailboxes(routes: APIRouter, store: MailboxStore) -> None:
    @routes.post("/mailboxes")
    def add(body: NewMailbox) -> dict[str, Any]:
        mailbox = store.add_mailbox(
            body.address, body.display_name or body.address, language=body.language, archive=body.archive
        )
        return {"address": mailbox.address}

    @routes.post("/mailboxes/remove")
    def remove(body: Expiry) -> dict[str, Any]:
        if body.mailbox is None:
            raise UsageError("name the mailbox to remove")
        store.remove_mailbox(body.mailbox)
        return {"address": body.mailbox}

    @routes.post("/mailboxes/archive")
    def archive(body: Expiry) -> dict[str, Any]:
        if body.mailbox is None:
            raise UsageError("name the mailbox that gets an archive")
        store.enable_archive(body.mailbox)
        return {"address": body.mailbox}

    @routes.post("/states/expire")
    def expire(body: Expiry) -> dict[str, Any]:
        with store.transaction():
            chosen = store.mailboxes.list() if body.mailbox is None else [store.mailboxes.get(body.mailbox)]
            for mailbox in chosen:
                store.mailboxes.expire_states(mailbox)
        return {"mailboxes": [mailbox.address for mailbox in chosen]}


def _folders(routes: APIRouter, store: MailboxStore) -> None:
    @routes.post("/folders")
    def create(body: NewFolder) -> dict[str, Any]:
        return {"folder_id": store.ensure_folder(body.mailbox, body.path, folder_class=body.folder_class)}

    @routes.post("/folders/rename")
    def rename(body: FolderChange) -> dict[str, Any]:
        if body.name is None:
            raise UsageError("name: the new name is missing")
        with store.transaction():
            _, folder = _named(store, body)
            store.folders.rename(folder, body.name)
        return {"folder_id": folder.key}

    @routes.post("/folders/move")
    def move(body: FolderChange) -> dict[str, Any]:
        if body.parent is None:
            raise UsageError("parent: the new parent folder is missing")
        with store.transaction():
            mailbox, folder = _named(store, body)
            store.folders.move(folder, store.folders.get(mailbox, body.parent))
        return {"folder_id": folder.key}

    @routes.post("/folders/delete")
    def delete(body: FolderChange) -> dict[str, Any]:
        with store.transaction():
            mailbox, folder = _named(store, body)
            if body.soft:
                store.folders.move(folder, store.folders.get(mailbox, "deleteditems"))
            else:
                store.folders.delete(folder)
        return {"folder_id": folder.key if body.soft else None}


def _named(store: MailboxStore, body: FolderChange) -> tuple[Mailbox, Folder]:
    mailbox = store.mailboxes.get(body.mailbox)
    return mailbox, store.folders.get(mailbox, body.folder)


def _accounts(routes: APIRouter, store: MailboxStore) -> None:
    @routes.post("/accounts")
    def account(body: Credentials) -> dict[str, Any]:
        with store.transaction():
            store.accounts.set(body.username, body.password, body.address)
        return {"username": body.username}

    @routes.post("/rights")
    def rights(body: Rights) -> dict[str, Any]:
        with store.transaction():
            key = ""
            if body.folder is not None:
                folder = store.folders.get(store.mailboxes.get(body.mailbox), body.folder)
                key = folder.key
                store.folders.announce(folder)
            store.accounts.set_rights(body.username, body.mailbox, access=body.access, folder=key)
        return {"username": body.username}

    @routes.post("/impersonation")
    def impersonation(body: Impersonation) -> dict[str, Any]:
        access = {True: "full", False: "none", None: None}[body.allowed]
        with store.transaction():
            store.accounts.set_rights(body.username, body.mailbox, access=access, folder="impersonate")
        return {"username": body.username}
