"""What a person configures: buckets, integrations and their mailboxes. Frozen; checked where it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SWITCHABLE = ("drafts", "outbox", "syncissues", "conversationhistory", "rssfeeds")
ATTACHMENT_MODES = ("none",)  # of the schema's three, those that this version carries out


@dataclass(frozen=True)
class Filters:
    """Which folders of a mailbox are synced beyond the defaults.

    include: those of SWITCHABLE that are wanted. archive: the archive mailbox too.
    """

    include: tuple[str, ...] = ()
    archive: bool = False


@dataclass(frozen=True)
class BucketConfig:
    """Where emails go. Quotas: None for no limit. keep_mime: whether raw MIME is kept."""

    owner: str
    name: str
    title: str = ""
    quota_emails: int | None = None
    quota_bytes: int | None = None
    keep_mime: bool = True


@dataclass(frozen=True)
class MailboxConfig:
    """One mailbox of an integration. start_time: inclusive, by received time, UTC; None means everything."""

    address: str
    bucket_owner: str
    bucket_name: str
    enabled: bool = True
    start_time: datetime | None = None
    attachments: str = "none"
    filters: Filters = Filters()


@dataclass(frozen=True)
class IntegrationConfig:
    """One connection to one Exchange plus its mailboxes. viewers, editors: Airflow role names."""

    owner: str
    name: str
    connection: str
    title: str = ""
    interval_seconds: int = 60
    viewers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    mailboxes: tuple[MailboxConfig, ...] = ()


@dataclass(frozen=True)
class Configuration:
    """All that one file configures."""

    buckets: tuple[BucketConfig, ...] = ()
    integrations: tuple[IntegrationConfig, ...] = ()
