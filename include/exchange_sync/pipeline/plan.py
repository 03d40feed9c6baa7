"""Plan: what a first sync would take, before it starts. Counts only; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from exchange_sync.errors import MailboxFault
from exchange_sync.model.config import Filters
from exchange_sync.model.email import Folder
from exchange_sync.model.rules import folders_left_out
from exchange_sync.pipeline.context import Context
from exchange_sync.source.api import FolderGone, MailSource
from exchange_sync.store import integrations
from exchange_sync.store.database import Row

SAMPLE = 500  # items of the fullest folder whose sizes are looked at
TRIED = 10  # folders, where the fullest may not be read
EMAILS_A_SECOND = 30.0  # measured on the demo's simulator, clean to load included; real servers differ
BYTES_A_SECOND = 4_000_000.0


@dataclass(frozen=True)
class MailboxPlan:
    """One mailbox. emails, bytes: estimates (all of a folder counts, whatever the start time). minutes: a guess."""

    mailbox: str
    folders: int = 0
    emails: int = 0
    bytes: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    error: str = ""

    @property
    def minutes(self) -> float:
        """At the pace measured in the demo."""
        return max(self.emails / EMAILS_A_SECOND, self.bytes / BYTES_A_SECOND) / 60


def plan(context: Context) -> list[MailboxPlan]:
    """Each enabled mailbox; three requests a mailbox. Raises IntegrationFault and Retriable as the source does."""
    with closing(context.source()) as source:
        return list(planning(source, integrations.mailboxes(context.db, context.row["id"])))


def planning(source: MailSource, boxes: Iterable[Row]) -> Iterator[MailboxPlan]:
    """As plan, one mailbox after the other. boxes: rows of mailboxes; those that are off are left out."""
    return (_mailbox(source, box) for box in boxes if box["enabled"])


def _mailbox(source: MailSource, box: Row) -> MailboxPlan:
    filters = Filters.from_dict(box["filters"])
    try:
        folders = source.folders(box["address"], archive=filters.archive)
        left_out = folders_left_out(folders, filters)
        wanted = [folder for folder in folders if folder.key not in left_out]
        emails = sum(source.counts(box["address"], wanted).values())
        mean = _mean_size(source, box["address"], wanted)
    except MailboxFault as fault:
        return MailboxPlan(box["address"], error=str(fault))
    why: dict[str, int] = {}
    for folder in folders:
        if folder.key in left_out:
            why[left_out[folder.key]] = why.get(left_out[folder.key], 0) + 1
    return MailboxPlan(box["address"], len(wanted), emails, int(emails * mean), why)


def _mean_size(source: MailSource, address: str, folders: list[Folder]) -> float:
    """Bytes of an email, by a sample of the fullest folder that may be read; 0 where none may, or all are empty."""
    for folder in sorted(folders, key=lambda folder: folder.total, reverse=True)[:TRIED]:
        if not folder.total:
            break
        try:
            page = source.changes(address, folder.key, None, limit=SAMPLE)
        except FolderGone:
            continue
        sizes = [item.size for item in page.present if item.size is not None]
        return sum(sizes) / max(1, len(sizes))
    return 0.0
