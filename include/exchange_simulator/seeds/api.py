"""What the seeds hand over, and what they need of a mailbox store."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Folder = str | tuple[str, ...]
"""A distinguished id ("sentitems"), or a path beneath the message root that may begin with one ("inbox", "Motor")."""


class MailStore(Protocol):
    """The part of the simulator's store that filling needs."""

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens together, which makes filling quick."""

    def add_mailbox(self, address: str, display_name: str, *, language: str = "en") -> object: ...

    def ensure_folder(self, address: str, path: Folder) -> str:
        """The id of the folder, which is created (with its parents) when it is missing."""

    def deliver(
        self,
        address: str,
        folder: str,
        mime: bytes,
        *,
        received: datetime,
        draft: bool = False,
        item_class: str = "IPM.Note",
        sender_routing: str = "SMTP",
        read: bool = False,
        categories: Sequence[str] = (),
        importance: str | None = None,
    ) -> str:
        """The id of the new item; `folder` is an id of `ensure_folder`."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one copy of an email lies."""

    address: str
    folder: Folder
    read: bool = True


@dataclass(frozen=True, slots=True)
class SeedMail:
    """One email, and every mailbox folder that holds a copy of it.

    `kind` says why it is among the seeds ("conversation", "bounce", "draft"...); counts go by it.
    `message_id` is None for the email that has none.
    """

    kind: str
    mime: bytes
    received: datetime
    placements: tuple[Placement, ...]
    message_id: str | None
    language: str = "en"
    program: str = ""
    draft: bool = False
    item_class: str = "IPM.Note"
    sender_routing: str = "SMTP"
    categories: tuple[str, ...] = ()
    importance: str = "Normal"


@dataclass(slots=True)
class SeedReport:
    """What was put into a store: emails, the copies of them, and counts by kind, language, mailbox and folder."""

    emails: int = 0
    items: int = 0
    bytes: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    programs: Counter[str] = field(default_factory=Counter)
    mailboxes: Counter[str] = field(default_factory=Counter)
    folders: Counter[tuple[str, Folder]] = field(default_factory=Counter)

    def count(self, mail: SeedMail) -> None:
        self.emails += 1
        self.bytes += len(mail.mime)
        self.kinds[mail.kind] += 1
        self.languages[mail.language] += 1
        self.programs[mail.program] += 1
        for placement in mail.placements:
            self.items += 1
            self.mailboxes[placement.address] += 1
            self.folders[placement.address, placement.folder] += 1
