"""What people say of a mailbox, and of many at once: addresses pasted, folders as paths, correspondents by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from exchange_sync.errors import BadInput
from exchange_sync.model.addresses import check_address, filter_address, filter_domain
from exchange_sync.model.config import ATTACHMENT_MODES, SWITCHABLE, Filters, MailboxConfig
from exchange_sync.model.folder_path import folder_path, folder_text
from exchange_sync.model.names import split_name, variable_key
from exchange_sync.store.sources import Ref
from exchange_sync.web.pages.editing import fields as read
from exchange_sync.web.pages.editing.fields import Entered, Values
from exchange_sync.web.pages.visiting import text, texts

MOST = 10_000  # addresses in one form
SWITCHES = {
    "drafts": "Drafts",
    "outbox": "Outbox",
    "syncissues": "Sync issues",
    "conversationhistory": "Conversation history",
    "rssfeeds": "RSS feeds",
}
ATTACHMENTS = {
    "none": "Names and sizes only",
    "not_inline": "Contents, without pictures inside the text",
    "all": "Contents of all",
}


@dataclass(frozen=True)
class Pasted:
    """Addresses in their order, and what is wrong, each with its line."""

    addresses: tuple[str, ...]
    problems: tuple[str, ...]


def pasted(given: str, owner: str = "", name: str = "") -> Pasted:
    """One address a line, or several by commas or semicolons; ``Ann <ann@acme.example>`` too.

    owner, name: of the integration, where they are known: the watermark's key must fit.
    """
    seen: dict[str, int] = {}
    problems = []
    for number, line in enumerate(given.splitlines(), 1):
        for part in re.split(r"[,;\t]", line):
            try:
                address = _address(part.strip(), owner, name)
            except BadInput as error:
                problems.append(f"line {number}: {error}")
                continue
            if address in seen:
                problems.append(f"line {number}: {address} is named already on line {seen[address]}: keep one of them")
            elif address:
                seen[address] = number
    if len(seen) > MOST:
        problems.append(f"{len(seen):,} addresses: at most {MOST:,} at a time")
    return Pasted(tuple(seen), tuple(problems))


def _address(part: str, owner: str, name: str) -> str:
    if not part:
        return ""
    address = check_address(part[part.index("<") + 1 : -1] if part.endswith(">") and "<" in part else part)
    if owner and name:
        variable_key(owner, name, address)
    return address


@dataclass(frozen=True)
class Options:
    """All of a mailbox but its address, bucket and switch."""

    start_time: datetime | None = None
    attachments: str = "none"
    filters: Filters = Filters()

    def of(self, address: str, bucket: Ref) -> MailboxConfig:
        """A new mailbox with these."""
        return MailboxConfig(
            address, bucket.owner, bucket.name, True, self.start_time, self.attachments, self.filters
        )  # fmt: skip

    def on(self, box: MailboxConfig) -> MailboxConfig:
        """A mailbox that is there, with these."""
        return replace(box, start_time=self.start_time, attachments=self.attachments, filters=self.filters)


def options(entered: Entered) -> Options:
    """The options of a form; what is wrong is kept in entered."""
    include = tuple(name for name in SWITCHABLE if name in texts(entered.form, "include"))
    return Options(
        start_time=entered.value("start_time", read.start_time, None),
        attachments=entered.value("attachments", _mode, "none"),
        filters=Filters(
            include=include,
            archive=bool(text(entered.form, "archive")),
            folder_allow=entered.lines("folder_allow", folder_path),
            folder_deny=entered.lines("folder_deny", folder_path),
            participant_allow=entered.lines("participant_allow", filter_address),
            participant_deny=entered.lines("participant_deny", filter_address),
            domain_allow=entered.lines("domain_allow", filter_domain),
            domain_deny=entered.lines("domain_deny", filter_domain),
        ),
    )


def _mode(given: str) -> str:
    if given not in ATTACHMENT_MODES:
        raise ValueError(f"expected one of {', '.join(ATTACHMENT_MODES)}")
    return given


def values(start: datetime | None, attachments: str, filters: Filters) -> Values:
    """A mailbox's options as the form shows them."""
    return Values(
        start_time=read.spoken_start(start),
        attachments=attachments,
        include=list(filters.include),
        archive="1" if filters.archive else "",
        folder_allow="\n".join(map(folder_text, filters.folder_allow)),
        folder_deny="\n".join(map(folder_text, filters.folder_deny)),
        participant_allow="\n".join(filters.participant_allow),
        participant_deny="\n".join(filters.participant_deny),
        domain_allow="\n".join(filters.domain_allow),
        domain_deny="\n".join(filters.domain_deny),
    )


def bucket(given: str) -> Ref:
    """``owner/name`` of a bucket."""
    owner, name = split_name(given.lower(), "bucket")
    return Ref(owner=owner, name=name)
