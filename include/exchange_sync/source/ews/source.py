"""The port's EWS side: every method of source.api.MailSource, by the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from exchange_sync.errors import ItemFault, Retriable
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
from exchange_sync.source.api import PAGE_LIMIT, Capabilities, Welcome
from exchange_sync.source.credentials import ExchangeConnection
from exchange_sync.source.ews import queries, sync
from exchange_sync.source.ews.allowlist import ReadOnlyGuard
from exchange_sync.source.ews.assembled import assembled_mime, large_shape
from exchange_sync.source.ews.batches import NO_ID, UNNAMED, ItemBatches, batches
from exchange_sync.source.ews.content import mime_shape, read_attachments, read_mime
from exchange_sync.source.ews.distinguished import INBOX
from exchange_sync.source.ews.errors import Where, coded
from exchange_sync.source.ews.find import Finder
from exchange_sync.source.ews.folders import FolderLister
from exchange_sync.source.ews.named import named
from exchange_sync.source.ews.pace import Pace
from exchange_sync.source.ews.properties import properties_shape, read_properties
from exchange_sync.source.ews.refusal import Truncated
from exchange_sync.source.ews.resolver import NO_MAILBOXES, Resolver
from exchange_sync.source.ews.streaming import AttachmentReader
from exchange_sync.source.ews.transport import NOBODY, FaultAnswer, Transport, garbled
from exchange_sync.source.ews.versions import product
from exchange_sync.source.ews.xml import Garbled
from exchange_sync.source.found import FoundServers

_CHUNK = 64 * 1024


class EwsSource:
    """One connection to one Exchange by EWS. Answers source.api.MailSource. Not thread-safe; open one a task."""

    def __init__(
        self,
        connection: ExchangeConnection,
        *,
        clock: Callable[[], datetime],
        guard: ReadOnlyGuard | None = None,
        find_page: int | None = None,
        known: FoundServers | None = None,
    ) -> None:
        self._pace = Pace()
        self._transport = Transport(connection, clock, guard, known)
        self._lister = FolderLister(self._transport)
        self._finder = Finder(self._transport) if find_page is None else Finder(self._transport, find_page)
        self._resolver = Resolver(self._transport)
        self._properties = ItemBatches(self._transport, properties_shape, read_properties)
        self._mimes = ItemBatches(self._transport, mime_shape, read_mime)
        self._large = ItemBatches(
            self._transport,
            large_shape,
            lambda item_id, node: LargeItem(item_id, assembled_mime(node), read_attachments(node)),
        )

    @property
    def capabilities(self) -> Capabilities:
        """A delegate meets folders that he may see and not read; who impersonates the owner may read what is there."""
        return Capabilities("ews", rights_by_folder=self._transport.connection.access == "delegate")

    def welcome(self) -> Welcome:
        """The product by its build, pinned or learned from the server's first answer."""
        connection = self._transport.connection
        return Welcome(connection.authentication, product(self._transport.version.build), connection.access)

    def probe(self, mailbox: str) -> None:
        """One GetFolder on the Inbox: one request, one authentication attempt."""
        self._lister.check_inbox(mailbox)

    def sign_in(self) -> None:
        """One GetFolder on the account's own Inbox; whatever Exchange answers to it, it has let the account in."""
        asked = queries.get_folders([queries.distinguished(INBOX, None)], ids_only=True)
        try:
            answers = [(one.code, one.back_off) for one in self._transport.ask(NOBODY, asked) if not one.ok]
        except FaultAnswer as answer:
            answers = [(answer.fault.code, answer.fault.back_off)]
        except Garbled:
            raise garbled(NOBODY) from None
        for code, back_off in answers:
            if isinstance(busy := coded(code, Where.MAILBOX, NOBODY, back_off), Retriable):
                raise busy

    def no_mailbox(self, mailbox: str) -> str | None:
        """One ResolveNames."""
        return NO_MAILBOXES.get(self._resolver.kind(mailbox) or "")

    def folders(self, mailbox: str, *, archive: bool = False) -> list[Folder]:
        """The whole tree. Two requests; with archive three."""
        return self._lister.folders(mailbox, archive=archive)

    def counts(self, mailbox: str, folders: Sequence[Folder]) -> dict[str, int]:  # noqa: ARG002
        """No request: SyncFolderItems names items of every kind, as the tree counts them."""
        return {folder.key: folder.total for folder in folders}

    def change_mark(self, mailbox: str) -> str | None:
        """One request."""
        return self._lister.change_mark(mailbox)

    def changes(self, mailbox: str, folder_key: str, state: str | None, limit: int = PAGE_LIMIT) -> ChangePage:
        """One page, one request."""
        return sync.changes(self._transport, mailbox, folder_key, state, limit)

    def properties(self, mailbox: str, item_ids: Sequence[str]) -> list[ItemProperties | ItemProblem]:
        """One answer per id; one request per 50 ids (fewer while the server is busy), none for those without a true id.

        And one per internal sender whom only the directory knows.
        """
        found: list[ItemProperties | ItemProblem] = [
            ItemProblem(one, gone=False, code=NO_ID) for one in dict.fromkeys(item_ids) if one.startswith(UNNAMED)
        ]
        for batch in batches([one for one in item_ids if not one.startswith(UNNAMED)], self._pace):
            with self._pace.asking():
                answers = self._properties.answers(mailbox, batch)
            found += [self._resolver.with_smtp(mailbox, answer) for answer in answers]
        return found

    def mimes(
        self, mailbox: str, item_ids: Sequence[str], sizes: Mapping[str, int] | None = None
    ) -> Iterator[ItemMime | ItemProblem]:
        """One answer per id. sizes, in bytes by id, bound a batch to 8 MiB; unknown ones count as 64 KiB."""
        for batch in batches(item_ids, self._pace, sizes or {}):
            with self._pace.asking():
                answers = self._mimes.answers(mailbox, batch)
            yield from answers

    def large(self, mailbox: str, item_id: str) -> LargeItem | ItemProblem:
        """One request."""
        return self._large.answers(mailbox, [item_id])[0]

    def attachment(self, mailbox: str, key: str) -> Iterator[bytes]:
        """Streamed. Raises ItemGone or ItemFault for this attachment; Retriable when the answer was cut: what was
        given until then does not count."""
        reader = AttachmentReader()
        with self._transport.stream(mailbox, queries.get_attachment(key)) as response:
            try:
                yield from reader.read(response.iter_content(_CHUNK))
            except Truncated:
                raise Retriable(f"{mailbox}: the answer was cut off", 15.0, code="TruncatedAnswer") from None
            except Garbled:
                raise garbled(mailbox) from None
        if reader.code != "NoError":
            raise coded(reader.code or "NoResponseCode", Where.ITEM, mailbox, reader.back_off)
        if not reader.found:
            raise ItemFault(f"{mailbox}: the attachment has no content", "NoAttachmentContent")

    def find(
        self, mailbox: str, folder_key: str, since: datetime | None, until: datetime | None
    ) -> Iterator[ListedItem]:
        """Walked by time; one request per 500 items."""
        return self._finder.find(mailbox, folder_key, since, until)

    def named(
        self, mailbox: str, message_ids: Sequence[str], folder_keys: Sequence[str]
    ) -> tuple[list[Sighting], list[str]]:
        """One FindItem over all these folders."""
        return named(self._transport, mailbox, message_ids, folder_keys)

    def close(self) -> None:
        """Closes the sessions. Harmless when called twice."""
        self._transport.close()
