"""The port: what a mail source can do. EWS and Graph answer it, and the same contract tests run on both.

Every method may raise errors.IntegrationFault, MailboxFault or Retriable; nothing of the client library escapes.
Nothing here retries or sleeps: that is the pipeline's (design decisions 3 and 10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    Sighting,
)

NAMED_FOLDERS = 50  # that one call of MailSource.named may ask
PAGE_LIMIT = 512  # Exchange accepts no more changes a page


class MailSource(Protocol):
    """One connection to one Exchange. Not thread-safe; open one a task."""

    @property
    def server_build(self) -> str | None:
        """The server's build, such as ``15.2.1118.7``; None until it is pinned or learned, or where there is none."""

    def probe(self, mailbox: str) -> None:
        """Log in with one cheap read, at most one authentication attempt. Raises as the module says."""

    def sign_in(self) -> None:
        """Log in as the account itself, for no mailbox: at most one authentication attempt. Raises as the module says.

        An account without a mailbox of its own has signed in too.
        """

    def kind(self, mailbox: str) -> str | None:
        """What the directory calls the address: "Mailbox", "GroupMailbox", "PublicFolder", …; None: it does not say."""

    def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
        """The whole folder tree under the message root, at all depths and of every class.

        Distinguished folders are named by distinguished id, whatever their language. With archive, the archive
        mailbox's tree follows (none is fine). Search folders and Recoverable Items may be named, marked as such.
        """

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
    ) -> Iterator[ItemMime | ItemProblem]:
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
