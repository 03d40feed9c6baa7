"""What an email's MIME itself says of who wrote it, when, to whom and which email it is. Frozen; standard library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Envelope:
    """The facts by which emails are told apart and filtered; the cleaner's child process reads them, nobody else.

    message_id: the header's, where it can identify an email (identity.usable_message_id), else None.
    sender: the address of From, or else of Sender, domain as A-label, in lower case; "" where there is none.
    sent: the Date header, aware, in UTC, to the second; None where it is absent, unreadable or absurd.
    subject: its letters and digits, folded. file_names: the same of each named file, sorted.
    text: SHA-256 in hex of the first letters and digits of the text.
    people: the addresses of From, Sender, To, Cc and Bcc, as sender. seen: whatever else in the headers of people
    looks like an address, be it in a name or a comment: a deny list heeds it too.
    unreadable: a header of people holds something that may be an address and cannot be read as one.
    journaled: all this is said of the mail that a journal report carries; what a server tells is of the report.
    """

    message_id: str | None = None
    sender: str = ""
    sent: datetime | None = None
    subject: str = ""
    file_names: tuple[str, ...] = ()
    text: str = ""
    people: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    unreadable: bool = False
    journaled: bool = False
