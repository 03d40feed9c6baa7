"""Verify: per folder, does what the server counts equal what became of it here?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from exchange_sync.errors import MailboxFault
from exchange_sync.model.config import Filters
from exchange_sync.model.email import Folder
from exchange_sync.model.folder_path import folder_text
from exchange_sync.model.rules import folders_left_out
from exchange_sync.pipeline.context import Context
from exchange_sync.source.api import MailSource
from exchange_sync.store import integrations, status
from exchange_sync.store.database import Database, Row


@dataclass(frozen=True)
class FolderCheck:
    """One folder: the server's count now, and the items here by what they came to. error: it could not be asked.

    left_out: why the last sync could not read a folder that it would have synced; empty where it could.
    """

    mailbox: str
    folder: str
    server: int
    loaded: int = 0
    skipped: int = 0
    quarantined: int = 0
    pending: int = 0
    error: str = ""
    left_out: str = ""

    @property
    def right(self) -> bool:
        """server = loaded + skipped + quarantined + pending; a folder that is left out has nothing to account for."""
        if self.left_out:
            return True
        return not self.error and self.server == self.loaded + self.skipped + self.quarantined + self.pending


def verify(context: Context) -> list[FolderCheck]:
    """Every folder of every enabled mailbox; two requests a mailbox, and nothing is changed.

    A mailbox that changes between its last sync and this look shows ✗ until the next sync.
    Raises IntegrationFault and Retriable as the source does.
    """
    with closing(context.source()) as source:
        return [
            check
            for box in integrations.mailboxes(context.db, context.row["id"])
            if box["enabled"]
            for check in _mailbox(context.db, source, box)
        ]


def _mailbox(db: Database, source: MailSource, box: Row) -> list[FolderCheck]:
    try:
        return compare(db, box, ask(source, box))
    except MailboxFault as fault:
        return [FolderCheck(box["address"], "", 0, error=str(fault))]


def ask(source: MailSource, box: Row) -> Sequence[Folder]:
    """A mailbox's folders as the server has them now, with as many items as a listing of each would name.

    Two requests, and what the source needs to count. Raises as the source does. box: its row.
    """
    filters = Filters.from_dict(box["filters"])
    folders = source.folders(box["address"], archive=filters.archive)
    left_out = folders_left_out(folders, filters)
    counted = source.counts(box["address"], [folder for folder in folders if folder.key not in left_out])
    return [replace(folder, total=counted.get(folder.key, folder.total)) for folder in folders]


def compare(db: Database, box: Row, folders: Sequence[Folder]) -> list[FolderCheck]:
    """Every folder of a mailbox that the server has, or that has items here. folders: what ask found."""
    filters = Filters.from_dict(box["filters"])
    here = {folder_text(row["path"]): row for row in status.folders(db, box["id"])}
    left_out = folders_left_out(folders, filters)
    unreadable = status.unreadable(db, box["id"])
    checks = []
    for folder in sorted(folders, key=lambda folder: folder.path):
        if folder.key in left_out:
            continue
        path = folder_text(folder.path)
        row = here.pop(path, {})
        if folder.key in unreadable:
            checks.append(FolderCheck(box["address"], path, folder.total, left_out=unreadable[folder.key]))
            continue
        checks.append(
            FolderCheck(
                box["address"], path, folder.total, loaded=row.get("loaded", 0), skipped=row.get("skipped", 0),
                quarantined=row.get("quarantined", 0), pending=row.get("pending", 0),
            )
        )  # fmt: skip
    gone = [FolderCheck(box["address"], path, 0, loaded=row["listed"]) for path, row in here.items() if row["listed"]]
    return checks + gone
