"""A mailbox's address as EWS carries it, in the header ``X-AnchorMailbox`` and in the request (decision 74)."""

from __future__ import annotations

from exchange_sync.errors import MailboxFault, Reason
from exchange_sync.model.addresses import domain_key


def carried(mailbox: str) -> str:
    """The address with its domain in A-labels; ASCII addresses, and "" for nobody, as they are.

    Raises MailboxFault for one that no header can hold: an older version let it in, or it was never checked.
    """
    if all(" " <= char <= "~" for char in mailbox):
        return mailbox
    local, _, domain = mailbox.rpartition("@")
    found = f"{local}@{domain_key(domain)}"
    if all(" " <= char <= "~" for char in found):
        return found
    raise MailboxFault(
        f"{mailbox!r}: Exchange has ASCII letters only before an address's @",
        Reason("mailbox_not_found", "AddressNotAscii", "Name the mailbox by its primary SMTP address."),
    )
