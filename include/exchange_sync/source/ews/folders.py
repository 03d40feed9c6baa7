"""Listing the folders of a mailbox: two requests a call, one for the change mark (reference 3.1)."""

from __future__ import annotations

from lxml import etree

from exchange_sync.errors import MailboxFault, Reason, Retriable
from exchange_sync.model.email import Folder
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.answers import Message
from exchange_sync.source.ews.codes import rule_of
from exchange_sync.source.ews.codes.rule import Consequence
from exchange_sync.source.ews.distinguished import ARCHIVE_ROOT, INBOX, ROOT, names_for, root_of
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.names import children, flag, m, number, t
from exchange_sync.source.ews.transport import FaultAnswer, Transport, garbled, whole
from exchange_sync.source.ews.tree import RawFolder, build_tree, mark_of, read_folder
from exchange_sync.source.ews.xml import Garbled

PAGE = 1000  # EWSFindCountLimit's default
_HIDDEN = (Consequence.DENIED, Consequence.FOLDER)


class FolderLister:
    """The folders of mailboxes, over one transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def check_inbox(self, mailbox: str) -> None:
        """One request: may the Inbox be read? (An unreadable Inbox is what makes a mailbox unusable.)"""
        asked = queries.get_folders([self._distinguished(INBOX, mailbox)], ids_only=True)
        messages = self._ask(mailbox, asked)
        if len(messages) != 1:
            raise garbled(mailbox)
        self._require_inbox(mailbox, messages[0])

    def folders(self, mailbox: str, *, archive: bool) -> list[Folder]:
        """The tree, as the port says. A delegate who may not see the root gets what lies below what he may see."""
        listed, denied = self._below(mailbox, [self._distinguished(ROOT, mailbox)])
        known = self._known(mailbox, archive=archive)
        if denied:
            visible = [raw.key for raw in known.values()]
            listed = list(known.values())
            more, _ = self._below(mailbox, [queries.folder_id(key) for key in visible])
            listed += more
        if archive and ARCHIVE_ROOT in known:
            more, _ = self._below(mailbox, [self._distinguished(ARCHIVE_ROOT, mailbox)])
            listed += more
        roots = [known[name] for name in (ROOT, ARCHIVE_ROOT) if name in known]
        names = {raw.key: name for name, raw in known.items()}
        outside = [raw for name, raw in known.items() if root_of(name) != "primary"]
        return build_tree([*outside, *listed], names, roots)

    def change_mark(self, mailbox: str) -> str | None:
        """One request for up to a thousand folders. None where the server or our rights do not offer a mark."""
        listed, denied = self._below(mailbox, [self._distinguished(ROOT, mailbox)])
        return None if denied else mark_of(listed)

    def _below(self, mailbox: str, parents: list[etree._Element]) -> tuple[list[RawFolder], bool]:
        """All folders below the parents, and whether the only parent is hidden from us."""
        found: dict[str, RawFolder] = {}
        offset, last = 0, False
        while not last:
            messages = self._ask(mailbox, queries.find_folders(parents, offset, PAGE))
            if len(messages) != len(parents):
                raise garbled(mailbox)
            if len(messages) == 1 and not messages[0].ok and self._hidden(messages[0]):
                return [], True
            pages = [self._page(mailbox, message, found) for message in messages if not self._hidden(message)]
            last = all(page_last for page_last, _ in pages)
            ahead = max((next_offset for page_last, next_offset in pages if not page_last), default=0)
            if not last and ahead <= offset:
                raise garbled(mailbox)  # "there is more", but not further on
            offset = ahead
        return list(found.values()), False

    def _page(self, mailbox: str, message: Message, found: dict[str, RawFolder]) -> tuple[bool, int]:
        if not message.ok:
            raise coded(message.code, Where.MAILBOX, mailbox, message.back_off)
        root = message.child(m("RootFolder"))
        if root is None or root.get("IncludesLastItemInRange") is None:
            raise garbled(mailbox)
        for node in children(root.find(t("Folders"))):
            raw = read_folder(node, self._transport.answered)
            if raw is None:
                raise garbled(mailbox)
            found[raw.key] = raw
        return flag(root.get("IncludesLastItemInRange")), number(root.get("IndexedPagingOffset"))

    def _known(self, mailbox: str, *, archive: bool) -> dict[str, RawFolder]:
        """The distinguished folders that exist and that we may see, by distinguished id. One request."""
        names = names_for(self._transport.version, archive=archive)
        messages = self._ask(mailbox, queries.get_folders([self._distinguished(name, mailbox) for name in names]))
        if len(messages) != len(names):
            raise garbled(mailbox)
        found: dict[str, RawFolder] = {}
        for name, message in zip(names, messages, strict=True):
            if name == INBOX:
                self._require_inbox(mailbox, message)
            if message.ok:
                raw = self._only(mailbox, message)
                found[name] = raw
            elif isinstance(error := coded(message.code, Where.FOLDER, mailbox, message.back_off), Retriable):
                raise error
        return found

    def _only(self, mailbox: str, message: Message) -> RawFolder:
        read = (read_folder(node, self._transport.answered) for node in children(message.child(m("Folders"))))
        raw = next((one for one in read if one is not None), None)
        if raw is None:
            raise garbled(mailbox)
        return raw

    def _require_inbox(self, mailbox: str, message: Message) -> None:
        if message.ok:
            return
        if rule_of(message.code).consequence is Consequence.FOLDER:
            remedy = "Check that the mailbox has an Inbox and that the service account may read it."
            raise MailboxFault(
                f"{mailbox}: its Inbox cannot be found", Reason("mailbox_inbox_not_found", message.code, remedy)
            )
        raise coded(message.code, Where.MAILBOX, mailbox, message.back_off)

    def _hidden(self, message: Message) -> bool:
        return not message.ok and rule_of(message.code).consequence in _HIDDEN

    def _distinguished(self, name: str, mailbox: str) -> etree._Element:
        delegate = self._transport.connection.access == "delegate"
        return queries.distinguished(name, mailbox if delegate else None)

    def _ask(self, mailbox: str, payload: etree._Element) -> list[Message]:
        try:
            return self._transport.ask(mailbox, payload)
        except (FaultAnswer, Garbled) as error:
            raise whole(error, Where.MAILBOX, mailbox) from None
