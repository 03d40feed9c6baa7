"""The comment: one email, cleaned and enriched, in the mirrored API's shape (reference 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exchange_sync.model.cleaned import AttachmentInfo, CleanedEmail
from exchange_sync.model.email import ItemProperties


@dataclass(frozen=True)
class EmailFacts:
    """All that enriching may know of an email: what was cleaned, and what the mailbox says of it.

    properties: as the server gave them. folder: display names from the message root. mailbox: the address.
    message_id: the identity (design decision 6).
    """

    cleaned: CleanedEmail
    properties: ItemProperties
    mailbox: str
    folder: tuple[str, ...]
    message_id: str


@dataclass(frozen=True)
class Comment:
    """One comment as the pipeline hands it to load; the store adds uid, source, created_at and last_modified.

    user_properties: keys begin with ``string:`` or ``number:``. messages: the API's list of one message.
    timestamp: aware, UTC. thread_candidates: Message-IDs whose thread this email joins, best first, then the
    thread id it opens when none is known.
    """

    id: str
    message_id: str
    timestamp: datetime
    user_properties: Mapping[str, str | int | float]
    messages: tuple[Mapping[str, Any], ...]
    attachments: tuple[AttachmentInfo, ...] = ()
    thread_candidates: tuple[str, ...] = ()
    thread_id: str = ""
    quoted: str = ""
    clean_version: int = 1
    problems: tuple[str, ...] = field(default_factory=tuple)
