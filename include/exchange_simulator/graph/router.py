"""Which path is which question. Everything that is not here, and everything that would write, is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exchange_simulator.errors import EwsError
from exchange_simulator.faults.plan import IN_LISTING, FaultPlan, Named
from exchange_simulator.graph import attachments, delta, ids, listing
from exchange_simulator.graph.call import Call, Reply
from exchange_simulator.graph.errors import GraphError, bad_query, not_found
from exchange_simulator.graph.folders import FolderView
from exchange_simulator.graph.limits import Throttle
from exchange_simulator.graph.messages import MessageView
from exchange_simulator.graph.query import PAGE, Query
from exchange_simulator.graph.spoiled import meet
from exchange_simulator.store import Folder, Item, Mailbox, MailboxStore

_DELTA = ("delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()")
_NO_MIME = ("ipm.note.smime", "report.ipm.note.smime")


class Router:
    """Answers questions about mail."""

    def __init__(self, store: MailboxStore, throttle: Throttle, faults: FaultPlan) -> None:
        self._store, self._throttle, self._faults = store, throttle, faults

    def answer(self, call: Call) -> Reply:
        """Raises GraphError for whatever is refused."""
        if call.method != "GET":
            call.operation = f"{call.method} {call.segments[-1] if call.segments else ''}"
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        with self._store.transaction():  # one answer shows one moment
            mailbox, rest = self._user(call)
            self._throttle.ask(call.account.username, mailbox.address)
            return meet(self._faults, call, lambda: self._under(call, mailbox, rest))

    def _user(self, call: Call) -> tuple[Mailbox, Sequence[str]]:
        first, *rest = call.segments or ("",)
        if first == "me":
            mailbox = self._store.mailboxes.find(call.account.address) if call.account.address else None
            if mailbox is None:
                raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        elif first == "users" and rest:
            name, *rest = rest
            mailbox = self._store.mailboxes.find(name) or self._store.mailboxes.by_guid(name)
            if mailbox is None:
                raise GraphError(404, "ErrorInvalidUser", f"The requested user '{name}' is invalid.")
        else:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{first}'.")
        call.mailbox = mailbox.address
        accounts = self._store.accounts
        if not (accounts.may_impersonate(call.account, mailbox.address)
                or accounts.access(call.account, mailbox.address) == "full"):  # fmt: skip
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return mailbox, rest

    def _under(self, call: Call, mailbox: Mailbox, path: Sequence[str]) -> Reply:
        match [path[0].lower() if path else "", *path[1:]]:
            case [""]:
                call.operation = "GET user"
                return Reply(200, _user_json(call, mailbox))
            case ["mailfolders", *rest]:
                return self._folders(call, mailbox, rest)
            case ["messages", *rest]:
                return self._messages(call, mailbox, None, rest)
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{path[0]}'.")

    # folders

    def _folders(self, call: Call, mailbox: Mailbox, path: Sequence[str]) -> Reply:
        view = FolderView(self._store, mailbox)
        if not path or path[0].lower() in _DELTA:
            root = view.find("msgfolderroot")
            return self._folder_delta(call, mailbox, view, root) if path else self._children(call, view, root)
        call.operation = "GET mailFolder"
        folder = view.find(path[0])
        match [one.lower() for one in path[1:2]] + list(path[2:]):
            case []:
                return Reply(200, {**_context(call), **view.json(folder, call.query)})
            case ["childfolders"]:
                return self._children(call, view, folder)
            case ["childfolders", name]:
                child = view.find(name)
                return Reply(200, {**_context(call), **view.json(child, call.query)})
            case ["messages", *rest]:
                return self._messages(call, mailbox, folder, rest)
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{path[1]}'.")

    def _children(self, call: Call, view: FolderView, parent: Folder) -> Reply:
        call.operation = "GET mailFolders" if parent.role == "msgfolderroot" else "GET childFolders"
        query = call.query
        hidden = query.options.get("includehiddenfolders", "").lower() == "true"
        found = view.chosen(view.children(parent, hidden=hidden), query)
        size = query.top or PAGE  # of folders, the preferred page size is ignored
        shown = found[query.skip : query.skip + size]
        page: dict[str, Any] = {**_context(call), "value": [view.json(folder, query) for folder in shown]}
        if query.counts:
            page["@odata.count"] = len(found)
        if query.skip + size < len(found):
            page["@odata.nextLink"] = call.link(skip=str(query.skip + size))
        return Reply(200, page)

    def _folder_delta(self, call: Call, mailbox: Mailbox, view: FolderView, root: Folder) -> Reply:
        call.operation = "GET mailFolders/delta"
        self._delta_grows(mailbox)
        token = call.query.options.get("deltatoken")
        try:
            changes, state = self._store.changes.folders(mailbox, root, token and ids.ews(token))
        except EwsError:
            raise GraphError(410, "SyncStateNotFound", "The sync state generation is not found.") from None
        entries: list[dict[str, Any]] = []
        for change in changes:
            if change.kind == "delete":
                entries.append({"id": ids.rest(change.folder.key), "@removed": {"reason": "deleted"}})
            elif not change.folder.archive:
                entries.append(view.json(change.folder, call.query))
        link = call.fresh_link(deltatoken=ids.rest(state))
        return Reply(200, {**_context(call), "value": entries, "@odata.deltaLink": link})

    # messages

    def _messages(self, call: Call, mailbox: Mailbox, folder: Folder | None, path: Sequence[str]) -> Reply:
        match list(path):
            case []:
                return self._list(call, mailbox, folder)
            case ["$count"]:
                call.operation = "GET messages/$count"
                number = listing.count(self._store, mailbox, folder, call.query)
                return Reply(200, str(number).encode(), "text/plain")
            case [name] if name.lower() in _DELTA:
                if folder is None:
                    raise bad_query("Delta is of one folder's messages.")
                return self._delta(call, mailbox, folder)
            case [name, *rest]:
                view = self._view(call, mailbox, folder, name)
                return self._one(call, view, rest)
        raise not_found()

    def _list(self, call: Call, mailbox: Mailbox, folder: Folder | None) -> Reply:
        call.operation, query = "GET messages", call.query
        found = listing.page(self._store, mailbox, folder, query)
        self._name(call, mailbox, [one["id"] for one in found.messages])
        page: dict[str, Any] = {**_context(call), "value": found.messages}
        if found.total is not None:
            page["@odata.count"] = found.total
        if found.more:
            size = len(found.messages)
            page["@odata.nextLink"] = call.link(skip=str(query.skip + size))
        return Reply(200, page)

    def _delta(self, call: Call, mailbox: Mailbox, folder: Folder) -> Reply:
        call.operation = "GET messages/delta"
        self._delta_grows(mailbox)
        found = delta.page(self._store, mailbox, folder, call.query)
        self._name(call, mailbox, [one["id"] for one in found.entries if "@removed" not in one])
        token = delta.encode(found.place)
        link = {"@odata.deltaLink": call.fresh_link(deltatoken=token)} if found.last else \
            {"@odata.nextLink": call.fresh_link(skiptoken=token)}  # fmt: skip
        return Reply(200, {**_context(call), "value": found.entries, **link})

    def _delta_grows(self, mailbox: Mailbox) -> None:
        self._throttle.delta(mailbox.address, sum(self._store.folders.sizes(mailbox).values()))

    def _view(self, call: Call, mailbox: Mailbox, folder: Folder | None, name: str) -> MessageView:
        call.operation = "GET message"
        item = ids.find_item(self._store, mailbox, name)
        if item is None or self._store.folders.by_row(item.folder).archive or folder not in (None, self._home(item)):
            raise not_found()
        call.named.append(Named(0, item.key, item.message_id))
        return MessageView(self._store, mailbox, item, call.query)

    def _home(self, item: Item) -> Folder:
        return self._store.folders.by_row(item.folder)

    def _one(self, call: Call, view: MessageView, path: Sequence[str]) -> Reply:
        match [path[0].lower() if path else "", *path[1:]]:
            case [""]:
                return Reply(200, {**_context(call), **view.json()})
            case ["$value"]:
                call.operation = "GET message/$value"
                if view.item.item_class.lower() == _NO_MIME[0] or view.item.item_class.lower().startswith(_NO_MIME[1]):
                    raise GraphError(500, "ErrorMimeContentConversionFailed", "MIME content conversion failed.")
                return Reply(200, view.mime, "text/plain")
            case ["attachments"]:
                call.operation = "GET attachments"
                return Reply(200, {**_context(call), "value": attachments.listing(view)})
            case ["attachments", key]:
                call.operation = "GET attachment"
                part, place, inline = attachments.find(view, key)
                return Reply(200, {**_context(call), **attachments.describe(view, part, place, inline=inline)})
            case ["attachments", key, "$value"]:
                call.operation = "GET attachment/$value"
                kind, content = attachments.content(attachments.find(view, key)[0])
                return Reply(200, content, kind)
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{path[0]}'.")

    def _name(self, call: Call, mailbox: Mailbox, keys: Sequence[str]) -> None:
        for key in keys:
            item = ids.find_item(self._store, mailbox, key)
            if item is not None:
                call.named.append(Named(IN_LISTING, item.key, item.message_id))


def _context(call: Call) -> dict[str, Any]:
    path = "/".join(f"{one}" for one in call.segments)
    return {"@odata.context": f"{call.root}/$metadata#{path}".replace(" ", "%20")}


def _user_json(call: Call, mailbox: Mailbox) -> dict[str, Any]:
    values = {
        "displayName": mailbox.display_name, "mail": mailbox.address, "userPrincipalName": mailbox.address,
    }  # fmt: skip
    query: Query = call.query
    shown = {name: value for name, value in values.items() if not query.select or name in query.select}
    return {**_context(call), "id": mailbox.guid, **shown}
