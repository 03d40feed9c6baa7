"""One request's caller: who it is, whose mailbox it means, and what it may see there."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange_simulator.errors import EwsError
from exchange_simulator.ews.versions import Generation, at_least
from exchange_simulator.ews.xml import Element, attribute, find, local, schema_fault
from exchange_simulator.faults.plan import IN_LISTING, Named
from exchange_simulator.store import Folder, Item, Mailbox, MailboxStore
from exchange_simulator.store.accounts import Account
from exchange_simulator.store.ids import looks_like_id
from exchange_simulator.store.names import DISTINGUISHED, SINCE_2013

_DENIED = "Access is denied. Check credentials and try again."


@dataclass
class Session:
    """What an operation works with.

    owner: the mailbox the caller acts as: impersonated, or the account's own; None when it has none.
    touched, ids: the mailboxes and how many ids the request named, for the call log.
    named: the items it named or was told, for faults that strike one of them.
    """

    store: MailboxStore
    server: Generation
    version: str
    account: Account
    owner: Mailbox | None
    impersonating: bool
    touched: list[str] = field(default_factory=list)
    ids: int = 0
    named: list[Named] = field(default_factory=list)

    def since(self, version: str) -> bool:
        """Whether the request's version is as new as this one."""
        return at_least(self.version, version)

    def mailbox(self, address: str | None) -> Mailbox:
        """The mailbox with this address, or the caller's own. Raises EwsError when there is none."""
        mailbox = self.owner if address is None else self.store.mailboxes.find(address)
        if mailbox is None:
            raise EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        if mailbox.address not in self.touched:
            self.touched.append(mailbox.address)
        return mailbox

    def access(self, mailbox: Mailbox, folder: Folder | None = None) -> str:
        """What the caller may do: ``full``, ``visible`` or ``none``."""
        if self.impersonating:
            return "full" if self.owner is not None and self.owner.row == mailbox.row else "none"
        if folder is None:
            return self.store.accounts.access(self.account, mailbox.address)
        return self.store.accounts.access(self.account, mailbox.address, folder.key)

    def folder(self, element: Element, *, gone: str = "ErrorFolderNotFound") -> Folder:
        """The folder that a FolderId or DistinguishedFolderId names, which the caller may read.

        gone: the code for a folder that is no longer there.
        """
        self.ids += 1
        if local(element) == "DistinguishedFolderId":
            folder = self._distinguished(element, gone)
        elif local(element) == "FolderId":
            folder = self._by_id(attribute(element, "Id"), gone)
        else:
            raise schema_fault(f"the element '{local(element)}' is no folder id.")
        return self._readable(folder, gone, distinguished=local(element) == "DistinguishedFolderId")

    def _distinguished(self, element: Element, gone: str) -> Folder:
        role = attribute(element, "Id")
        if role not in DISTINGUISHED or (role in SINCE_2013 and not self.since("Exchange2013")):
            if role in ("publicfoldersroot", "voicemail", "favorites", "mycontacts", "directory", "adminauditlogs",
                        "imcontactlist", "peopleconnect", "todosearch", "archiveinbox"):  # fmt: skip
                raise EwsError(gone, "The specified folder could not be found in the store.")
            raise schema_fault(f"the Id attribute is invalid: '{role}' fails the Enumeration constraint.")
        who = find(element, "Mailbox")
        address = None if who is None else find(who, "EmailAddress")
        mailbox = self.mailbox(None if address is None else (address.text or "").strip())
        folder = self.store.folders.by_role(mailbox, role)
        if folder is None:
            raise EwsError(gone, "The specified folder could not be found in the store.")
        return folder

    def _by_id(self, key: str, gone: str) -> Folder:
        folder = self.store.folders.by_key(key)
        if folder is None:
            if not looks_like_id(key):
                raise EwsError("ErrorInvalidIdMalformed", "Id is malformed.")
            raise EwsError(gone, "The specified folder could not be found in the store.")
        self.mailbox(self.store.mailboxes.by_row(folder.mailbox).address)
        return folder

    def _readable(self, folder: Folder, gone: str, *, distinguished: bool) -> Folder:
        access = self.access(self.store.mailboxes.by_row(folder.mailbox), folder)
        if access == "full":
            return folder
        if access == "visible" or distinguished:
            raise EwsError("ErrorAccessDenied", _DENIED)
        raise EwsError(gone, "The specified folder could not be found in the store.")

    def sees(self, mailbox: Mailbox, folder: Folder) -> bool:
        """Whether the caller is told of a folder in listings."""
        return self.access(mailbox, folder) != "none"

    def tell(self, items: list[tuple[str, str | None]]) -> None:
        """Note the (id, Message-ID) pairs that a listing tells."""
        self.ids += len(items)
        self.named += [Named(IN_LISTING, key, message_id) for key, message_id in items]

    def item(self, key: str) -> tuple[Item, Mailbox, Folder]:
        """The item with an ItemId, which the caller may read. Raises EwsError otherwise."""
        self.ids += 1
        item = self.store.items.get(key)
        self.named.append(Named(len(self.named), key, None if item is None else item.message_id))
        if item is None:
            if not looks_like_id(key):
                raise EwsError("ErrorInvalidIdMalformed", "Id is malformed.")
            raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")
        folder = self.store.folders.by_row(item.folder)
        mailbox = self.mailbox(self.store.mailboxes.by_row(item.mailbox).address)
        if self.access(mailbox, folder) != "full":
            raise EwsError("ErrorAccessDenied", _DENIED)
        return item, mailbox, folder
