"""The port: what a mail source can do. EWS and Graph answer it, and the same contract tests run on both.

Every method may raise errors.IntegrationFault, MailboxFault or Retriable; nothing of the client library escapes.
Nothing here retries or sleeps: that is the pipeline's (design decisions 3 and 10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from exchange_sync.errors import ExchangeSyncError
from exchange_sync.model.email import (
    ChangePage,
    Folder,
    ItemMime,
    ItemProblem,
    ItemProperties,
    LargeItem,
    ListedItem,
    NoMime,
    Sighting,
)

NAMED_FOLDERS = 50  # that one call of MailSource.named may ask
PAGE_LIMIT = 512  # Exchange accepts no more changes a page


@dataclass(frozen=True)
class Capabilities:
    """What a kind of source can do.

    protocol: whose folder keys, item ids and states these are; none of another protocol is ever sent to it.
    roots: those of Folder.root that it can see. A folder of another root is not gone because it was not seen.
    keeps_ids: an item that moves within its mailbox keeps its id; else it is gone here and new there.
    rights_by_folder: folders that may be seen and not read are to be expected.
    """

    protocol: str
    roots: frozenset[str] = frozenset({"primary", "archive", "recoverable"})
    keeps_ids: bool = False
    rights_by_folder: bool = False


@dataclass(frozen=True)
class Welcome:
    """What a server that has let us in is, in words: the log-in, its product, how it is reached; None: nothing to say.

    The product is None until it is pinned or learned.
    """

    log_in: str
    product: str | None = None
    access: str | None = None


class MailSource(Protocol):
    """One connection to one Exchange. Not thread-safe; open one a task."""

    @property
    def capabilities(self) -> Capabilities:
        """What this one can do. Costs no request."""

    def welcome(self) -> Welcome:
        """What has let us in. Costs no request."""

    def probe(self, mailbox: str) -> None:
        """Log in with one cheap read, at most one authentication attempt. Raises as the module says."""

    def sign_in(self) -> None:
        """Log in as the account itself, for no mailbox: at most one authentication attempt. Raises as the module says.

        An account without a mailbox of its own has signed in too.
        """

    def no_mailbox(self, mailbox: str) -> str | None:
        """What the address is that probe took and whose mail cannot be synced ("a group mailbox"); None: a mailbox,
        or nobody says."""

    def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
        """The whole folder tree under the message root, at all depths and of every class.

        Distinguished folders are named by distinguished id, whatever their language. With archive, the archive
        mailbox's tree follows (none is fine). Search folders and Recoverable Items may be named, marked as such.
        """

    def counts(self, mailbox: str, folders: Sequence[Folder]) -> dict[str, int]:
        """How many items a listing of each of these folders, as just read, would name, by key."""

    def change_mark(self, mailbox: str) -> str | None:
        """A value that changes whenever anything in the mailbox may have changed; None where none is offered."""

    def changes(self, mailbox: str, folder_key: str, state: str | None, limit: int = PAGE_LIMIT) -> ChangePage:
        """One page of a folder's changes since state (None: from the start, newest first where the server can).

        Raises StateExpired when the server no longer knows the state, a folder that
        is gone or hidden raises FolderGone. A truncated or garbled answer raises Retriable, never a short page.
        """

    def properties(self, mailbox: str, item_ids: Sequence[str]) -> list[ItemProperties | ItemProblem]:
        """The small properties of items: exactly one answer per id, in any order. A batch that the server refuses
        whole is halved until the culprit is alone."""

    def mimes(
        self, mailbox: str, item_ids: Sequence[str], sizes: Mapping[str, int] | None = None
    ) -> Iterator[ItemMime | NoMime | ItemProblem]:
        """The MIME of items: exactly one answer per id; at most one batch of them in memory. sizes: bytes by id, as
        listed, so that a batch can be bounded by bytes."""

    def large(self, mailbox: str, item_id: str) -> LargeItem | ItemProblem:
        """A large item as headers, body and the list of its attachments; their content is not downloaded."""

    def attachment(self, mailbox: str, key: str) -> Iterator[bytes]:
        """The bytes of one attachment, streamed in chunks."""

    def find(
        self, mailbox: str, folder_key: str, since: datetime | None, until: datetime | None
    ) -> Iterator[ListedItem]:
        """Items of a folder received in [since, until), oldest first; no item twice, none missed."""

    def named(
        self, mailbox: str, message_ids: Sequence[str], folder_keys: Sequence[str]
    ) -> tuple[list[Sighting], list[str]]:
        """The items of these folders, NAMED_FOLDERS at most, that bear one of these Message-IDs; no content.

        Then the keys of folders that are gone or may not be read. One request.
        """

    def close(self) -> None:
        """Close connections. Harmless when called twice."""


class FolderGone(ExchangeSyncError):
    """The folder no longer exists or may not be read: forget its state and list the tree again."""
