"""What cleaning makes of one email's MIME. Frozen values; standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from exchange_sync.model.envelope import Envelope

JOURNALED, REPORT_ONLY = "Yes", "Report only"
TEXT_LIMIT = 65_536  # characters of body, subject or signature (reference 2.2)


@dataclass(frozen=True)
class Person:
    """One correspondent of a header: name may be empty; address as written, trimmed."""

    name: str
    address: str


@dataclass(frozen=True)
class AttachmentInfo:
    """One attachment's metadata. size in bytes; sha256 in hex, of the decoded content; inline as the mail says."""

    name: str
    size: int
    content_type: str
    sha256: str | None = None
    inline: bool = False


@dataclass(frozen=True)
class CleanedEmail:
    """The text and headers of one email. Pure: same bytes and same version in, same value out.

    body: the newest text; signature: the sender's; quoted: the history it answers; nothing is thrown away.
    sent: the Date header, aware, in UTC, or None if absent or unreadable.
    headers: the raw values (decoded, unfolded) of those headers that enriching needs, by lower-case name.
    problems: names of oddities met ("charset_unknown", "base64_broken", …), never content.
    envelope: what tells it apart and what filters look at; only as it comes from the cleaner, never kept.
    journal: JOURNALED where a journal report brought the email, REPORT_ONLY where it is a report that brings none; ""
    for all others. journal_recipients: whom the report names as those who got it.
    """

    subject: str
    body: str
    signature: str = ""
    quoted: str = ""
    sender: Person | None = None
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    sent: datetime | None = None
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    thread_index: str | None = None
    attachments: tuple[AttachmentInfo, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    version: int = 1
    journal: str = ""
    journal_recipients: tuple[str, ...] = ()
    envelope: Envelope = Envelope()
