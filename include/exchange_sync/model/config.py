"""What a person configures: buckets, integrations and their mailboxes. Frozen; checked where it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from exchange_sync.model.addresses import filter_address, filter_domain, stored

SWITCHABLE = ("drafts", "outbox", "syncissues", "conversationhistory", "rssfeeds")
ATTACHMENT_MODES = ("none", "not_inline", "all")


@dataclass(frozen=True)
class Filters:
    """Which mail of a mailbox is synced.

    include: those of SWITCHABLE that are wanted. archive: the archive mailbox too.
    folder_allow, folder_deny: paths of display names; a listed folder takes its subfolders along; the first name may
    be a distinguished id such as "inbox"; deny wins. An empty allow list allows all.
    participant_allow, participant_deny: addresses; domain_allow, domain_deny: domains with their subdomains; both in
    the form that is compared (``exchange_sync.model.addresses``); of sender and all recipients. Mail passes when no one
    is denied and, where anything is allowed by name, someone is.
    """

    include: tuple[str, ...] = ()
    archive: bool = False
    folder_allow: tuple[tuple[str, ...], ...] = ()
    folder_deny: tuple[tuple[str, ...], ...] = ()
    participant_allow: tuple[str, ...] = ()
    participant_deny: tuple[str, ...] = ()
    domain_allow: tuple[str, ...] = ()
    domain_deny: tuple[str, ...] = ()

    @property
    def by_participant(self) -> bool:
        """Whether it matters who wrote to whom."""
        return bool(self.participant_allow or self.participant_deny or self.domain_allow or self.domain_deny)

    def to_dict(self) -> dict[str, object]:
        """What differs from the defaults, as JSON can hold it."""
        return {name: value for name, value in asdict(self).items() if value}

    def of_people(self) -> dict[str, object]:
        """Those of who wrote to whom, as to_dict has them."""
        people = ("participant_allow", "participant_deny", "domain_allow", "domain_deny")
        return {name: value for name, value in self.to_dict().items() if name in people}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Filters:
        """Read to_dict back."""
        known = dict(values)
        for name in ("folder_allow", "folder_deny"):
            known[name] = tuple(tuple(path) for path in known.get(name, ()))
        known["include"] = tuple(known.get("include", ()))
        for name in ("participant_allow", "participant_deny"):
            known[name] = stored(known.get(name, ()), filter_address)
        for name in ("domain_allow", "domain_deny"):
            known[name] = stored(known.get(name, ()), filter_domain)
        return cls(**known)


@dataclass(frozen=True)
class BucketConfig:
    """Where emails go. Quotas and retention: None for no limit. keep_mime: whether raw MIME is kept."""

    owner: str
    name: str
    title: str = ""
    quota_emails: int | None = None
    quota_bytes: int | None = None
    keep_mime: bool = True
    retention_days: int | None = None


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
