"""SMTP addresses of internal senders that Exchange names by their directory path only ("EX")."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from exchange_sync.errors import Retriable
from exchange_sync.model.email import Address, ItemProblem, ItemProperties
from exchange_sync.source.ews import queries
from exchange_sync.source.ews.answers import Message
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.names import t
from exchange_sync.source.ews.properties import read_address
from exchange_sync.source.ews.transport import FaultAnswer, Transport, whole
from exchange_sync.source.ews.xml import Garbled

NO_MAILBOXES = {  # by MailboxType; Exchange offers no sync of these
    "GroupMailbox": "a group mailbox",
    "PublicFolder": "a public folder",
    "PublicDL": "a distribution list",
    "Contact": "a contact in the directory",
}


class Resolver:
    """ResolveNames, once for each address and connection. Most senders never come here: see properties.py."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[str, str | None] = {}

    def with_smtp(self, mailbox: str, found: ItemProperties | ItemProblem) -> ItemProperties | ItemProblem:
        """The properties with the sender's SMTP address where the directory knows it; else as they were."""
        if isinstance(found, ItemProblem) or found.sender.routing == "SMTP" or not found.sender.address:
            return found
        smtp = self._smtp(mailbox, found.sender.address)
        return found if smtp is None else replace(found, sender=Address(found.sender.name, smtp, "SMTP"))

    def kind(self, mailbox: str) -> str | None:
        """The MailboxType that the directory gives an address; None where it does not know it, or several match."""
        kinds = {
            box.findtext(t("MailboxType"))
            for message in self._answers(mailbox, mailbox)
            if message.ok
            for box in message.node.iter(t("Mailbox"))
            if (box.findtext(t("EmailAddress")) or "").casefold() == mailbox.casefold()
        }
        return kinds.pop() if len(kinds) == 1 else None

    def _smtp(self, mailbox: str, address: str) -> str | None:
        key = address.casefold()
        if key not in self._known:
            self._known[key] = self._asked(mailbox, address)
        return self._known[key]

    def _asked(self, mailbox: str, address: str) -> str | None:
        """Raises Retriable: the address is part of a mail's substitute identity, so "not now" is not "unknown"."""
        return next((_smtp_in(message, mailbox) for message in self._answers(mailbox, address)), None)

    def _answers(self, mailbox: str, address: str) -> list[Message]:
        """What the directory says of an address; nothing where the question as a whole is refused."""
        try:
            return list(self._transport.ask(mailbox, queries.resolve_names(address)))
        except (FaultAnswer, Garbled) as failure:
            error = whole(failure, Where.ITEM, mailbox)
            if isinstance(error, Retriable):
                raise error from None
            return []


def _smtp_in(message: Message, mailbox: str) -> str | None:
    if not message.ok:
        error = coded(message.code, Where.ITEM, mailbox, message.back_off)
        if isinstance(error, Retriable):
            raise error
        return None
    boxes: list[etree._Element] = list(message.node.iter(t("Mailbox")))
    addresses = [read_address(box) for box in boxes]
    found = {one.address for one in addresses if one.routing == "SMTP" and "@" in one.address}
    return found.pop() if len(found) == 1 else None  # several people match: better none than the wrong one
